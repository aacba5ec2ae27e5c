// JSON of alerts, in states that people read: Critical, Recovering, Increasing, Acceptable.
#include "app/render/answers.hpp"
#include "domain/slo/alert_words.hpp"

#include <algorithm>

namespace tollgate::render {
namespace {

using doc::Node;
using engine::AlertStatus;

int urgency_of(const AlertStatus& status) {
  return engine::alert_urgency(status.is_on, status.state);
}

Node burn_number(int64_t thousandths) { return static_cast<double>(thousandths) / 1000; }

Node alert_json(const AlertStatus& status) {
  const model::AlertIdentity& identity = status.identity;
  const model::AlertRaised& figures = status.figures;
  Node node = Node::object({{"alert", identity.alert},
                            {"slo", identity.slo},
                            {"environment", identity.environment},
                            {"policy", identity.policy},
                            {"severity", identity.severity},
                            {"cause", identity.cause},
                            {"on", status.is_on},
                            {"state", slo::burn_state_name(status.state)},
                            {"word", slo::burn_state_word(status.state)},
                            {"reason", slo::alert_reason_name(figures.reason)}});
  node.set("since", status.since ? Node(time_text(*status.since)) : Node());
  node.set("position", status.position >= 0 ? Node(status.position) : Node());
  if (figures.window.ms > 0 && figures.reason != model::AlertReason::no_data) {
    node.set("window", duration_text(figures.window));
    node.set("short_window", duration_text(figures.short_window));
    node.set("burn", burn_number(figures.burn));
    node.set("short_burn", burn_number(figures.short_burn));
    node.set("limit", burn_number(figures.limit));
    node.set("bad", figures.bad);
    node.set("total", figures.total);
    node.set("budget_spent", ratio(figures.budget_spent));
    node.set("effective_events", figures.effective.value_or(figures.total));
    if (figures.burn_low && figures.burn_high) {
      Node interval = Node::array();
      interval.push(burn_number(*figures.burn_low));
      interval.push(burn_number(*figures.burn_high));
      node.set("interval", std::move(interval));
    }
  }
  node.set("budget_left", figures.budget_left ? Node(ratio(*figures.budget_left)) : Node());
  node.set("empty_in_s", figures.empty_in ? Node(figures.empty_in->ms / 1000) : Node());
  node.set("newest", figures.newest ? Node(time_text(*figures.newest)) : Node());
  node.set("excluded", status.is_excluded);
  node.set("message", status.error.empty() ? slo::raised_words(figures) : status.error);
  if (!status.error.empty()) node.set("error", status.error);
  node.set("at", time_text(status.at));
  return node;
}

}  // namespace

Node alerts_json(std::vector<AlertStatus> statuses, std::string_view slo) {
  if (!slo.empty()) {
    std::erase_if(statuses,
                  [slo](const AlertStatus& status) { return status.identity.slo != slo; });
  }
  std::stable_sort(statuses.begin(), statuses.end(),
                   [](const AlertStatus& a, const AlertStatus& b) {
                     return std::pair(urgency_of(a), -a.figures.budget_spent.value) <
                            std::pair(urgency_of(b), -b.figures.budget_spent.value);
                   });
  Node list = Node::array();
  int64_t on = 0;
  for (const AlertStatus& status : statuses) {
    on += status.is_on ? 1 : 0;
    list.push(alert_json(status));
  }
  return Node::object({{"on", on}, {"alerts", std::move(list)}});
}

}  // namespace tollgate::render
