#include "app/render/audit_round.hpp"

#include "foundation/doc/json.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace tollgate::render {
namespace {

using doc::Node;

constexpr size_t kLineBytesMax = 500;

/// What names a finding from one audit to the next. The line of a file is none of it: lines move.
std::string finding_key(const Node& finding) {
  if (const Node* deployment = finding.find("deployment")) {
    return fmt::format("{}\n{}\n{}\n{}", deployment->text_or("service"),
                       deployment->text_or("environment"), deployment->text_or("id"),
                       finding.text_or("reason"));
  }
  return fmt::format("{}\n{}\n{}", finding.text_or("file"), finding.text_or("code"),
                     finding.text_or("message"));
}

std::string finding_line(const Node& finding) {
  std::string line(finding.text_or("message"));
  if (!finding.text_or("file").empty()) {
    line = fmt::format("{}:{}: {}", finding.text_or("file"), finding.integer_or("line", 0), line);
  }
  if (line.size() > kLineBytesMax) line.resize(kLineBytesMax);
  while (!line.empty() && (line.back() & 0xC0) == 0x80) line.pop_back();
  return line;
}

/// The targets that are told of what belongs to `owner`.
std::vector<std::string> targets_of(const model::AuditSchedule& schedule, std::string_view owner) {
  std::vector<std::string> any;
  for (const model::AuditRoute& route : schedule.notifies) {
    if (route.owner == owner) return route.targets;
    if (route.owner == model::kAnyOwner) any = route.targets;
  }
  return any;
}

using Findings = std::multimap<std::string, const Node*>;

Findings by_key(const Node& list) {
  Findings found;
  for (const Node& finding : list.items()) found.emplace(finding_key(finding), &finding);
  return found;
}

class Comparison {
 public:
  Comparison(const model::AuditSchedule& schedule, model::AuditRound& round)
      : schedule_(schedule), round_(round) {}

  void compare(const Findings& before, const Findings& now) {
    for (auto it = now.begin(); it != now.end(); it = now.upper_bound(it->first)) {
      const size_t had = before.count(it->first);
      size_t index = 0;
      for (auto [one, end] = now.equal_range(it->first); one != end; ++one, ++index)
        take(*one->second, index >= had);
    }
    for (auto it = before.begin(); it != before.end(); it = before.upper_bound(it->first)) {
      const size_t has = now.count(it->first);
      size_t index = 0;
      for (auto [one, end] = before.equal_range(it->first); one != end; ++one, ++index) {
        if (index >= has) end_of(*one->second);
      }
    }
  }
  /// Targets that had open findings, and whom nobody names any more: for them, it is over.
  void leave(const model::AuditRound& before, const model::Bundle& policy) {
    for (const model::AuditTold& told : before.told) {
      const bool exists = policy.find("AlertNotificationTarget", told.target) != nullptr;
      if (told.open > 0 && exists && !told_.contains(told.target))
        told_[told.target].closed = told.open;
    }
  }
  void finish() {
    for (auto& [target, told] : told_) {
      if (round_.told.size() >= model::kAuditToldMax) return;
      told.target = target;
      round_.told.push_back(std::move(told));
    }
  }

 private:
  void take(const Node& finding, bool is_new) {
    if (is_new) ++round_.opened;
    for (const std::string& target : targets_of(schedule_, finding.text_or("owner"))) {
      model::AuditTold& told = told_[target];
      ++told.open;
      if (!is_new) continue;
      ++told.opened;
      if (told.lines.size() < model::kAuditLinesMax) told.lines.push_back(finding_line(finding));
    }
  }
  void end_of(const Node& finding) {
    ++round_.closed;
    for (const std::string& target : targets_of(schedule_, finding.text_or("owner")))
      ++told_[target].closed;
  }

  const model::AuditSchedule& schedule_;
  model::AuditRound& round_;
  std::map<std::string, model::AuditTold> told_;
};

}  // namespace

std::vector<const model::AuditSchedule*> audit_schedules(const model::Bundle& policy) {
  std::vector<const model::AuditSchedule*> schedules;
  for (const model::Resource* resource : policy.of_kind("AuditSchedule")) {
    if (const auto* schedule = resource->as<model::AuditSchedule>()) schedules.push_back(schedule);
  }
  return schedules;
}

Time audit_due(const engine::Engine& engine, const model::AuditSchedule& schedule, Time now) {
  const auto last = engine.views().last_audit(schedule.name);
  if (!last) return now;
  const Time next = last->audit.round->due + schedule.every;
  if (next >= now) return next;
  return next + schedule.every * ((now - next).ms / schedule.every.ms);
}

Result<void> compare_round(const engine::Engine& engine, const model::AuditSchedule& schedule,
                           Time due, AuditDraft& draft) {
  model::AuditRound round{.schedule = schedule.name,
                          .due = due,
                          .severity = schedule.severity.empty() ? std::string(model::kAuditSeverity)
                                                                : schedule.severity};
  const auto last = engine.views().last_audit(schedule.name);
  Node before = Node::array();
  if (last) {
    TOLLGATE_TRY(const std::string bytes, engine.blobs().get(last->audit.digest));
    TOLLGATE_TRY(before, doc::parse_json(bytes));
  }
  TOLLGATE_TRY(const Node now, doc::parse_json(draft.findings));
  Comparison comparison(schedule, round);
  comparison.compare(by_key(before), by_key(now));
  if (last) comparison.leave(*last->audit.round, engine.policy()->bundle());
  comparison.finish();
  draft.audit.round = std::move(round);
  return {};
}

Node audit_schedules_json(const engine::Engine& engine) {
  const auto policy = engine.policy();
  const Time now = engine.now();
  Node list = Node::array();
  for (const model::AuditSchedule* schedule : audit_schedules(policy->bundle())) {
    const auto last = engine.views().last_audit(schedule->name);
    const Time due = last ? last->audit.round->due + schedule->every : now;
    Node one = Node::object({{"name", schedule->name},
                             {"scope", reflect::enum_name(schedule->scope)},
                             {"source", schedule->source},
                             {"every", duration_text(schedule->every)}});
    one.set("last", last ? Node(time_text(last->time)) : Node());
    one.set("next", time_text(due));
    one.set("overdue", now - due > schedule->every);
    list.push(std::move(one));
  }
  return list;
}

}  // namespace tollgate::render
