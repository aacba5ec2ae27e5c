// Alerts: what is on, what may go on next, and a test of those who are told.
#include "app/api/route.hpp"
#include "app/render/answers.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::api {
namespace {

Result<net::Response> list(Call& call) {
  return json_response(render::alerts_json(call.engine().alerts(), call.query("slo")));
}

Result<net::Response> test(Call& call) {
  TOLLGATE_CHECK(call.engine().test_target(call.captures[0]));
  return json_response(doc::Node::object({{"target", call.captures[0]}, {"delivered", true}}));
}

/// The body of a question about the past: {environment, from, to, since, rules, severity, injected,
/// incidents: [[from, to], ...]}, all optional. Without incidents nobody says what was wrong.
Result<engine::PastQuestion> past_question(Call& call, const doc::Node& body) {
  engine::PastQuestion question{.slo = call.captures[0] + "/" + call.captures[1],
                                .environment = std::string(body.text_or("environment"))};
  question.past.to = call.engine().now();
  if (const std::string_view to = body.text_or("to"); !to.empty()) {
    TOLLGATE_TRY(question.past.to, parse_time(to));
  }
  TOLLGATE_TRY(const Duration since, parse_duration(body.text_or("since", "30d")));
  question.past.from = question.past.to - since;
  if (const std::string_view from = body.text_or("from"); !from.empty()) {
    TOLLGATE_TRY(question.past.from, parse_time(from));
  }
  if (const std::string_view rules = body.text_or("rules"); !rules.empty()) {
    TOLLGATE_TRY(question.set, slo::parse_rule_set(rules));
  }
  const doc::Node* incidents = body.find("incidents");
  if (incidents == nullptr || !incidents->is_array()) return question;
  question.incidents.emplace();
  for (const doc::Node& pair : incidents->items()) {
    const bool is_pair = pair.is_array() && pair.items().size() == 2 && pair.items()[0].is_text() &&
                         pair.items()[1].is_text();
    if (!is_pair) return fail(codes::bad_request, "an incident is [\"from\", \"to\"]");
    slo::Span incident;
    TOLLGATE_TRY(incident.from, parse_time(pair.items()[0].as_text()));
    TOLLGATE_TRY(incident.to, parse_time(pair.items()[1].as_text()));
    question.incidents->push_back(incident);
  }
  return question;
}

Result<net::Response> backtest(Call& call) {
  TOLLGATE_TRY(const doc::Node body, call.json());
  TOLLGATE_TRY(const engine::PastQuestion question, past_question(call, body));
  TOLLGATE_TRY(const engine::AlertBacktest answer, call.engine().alert_backtest(question));
  return json_response(render::alert_backtest_json(answer));
}

Result<net::Response> tune(Call& call) {
  TOLLGATE_TRY(const doc::Node body, call.json());
  TOLLGATE_TRY(const engine::PastQuestion question, past_question(call, body));
  slo::TuneOptions options{.severity = std::string(body.text_or("severity", "page"))};
  if (const doc::Node* injected = body.find("injected");
      injected != nullptr && injected->is_number())
    options.injected = model::ratio_ppm(injected->as_number());
  TOLLGATE_TRY(const engine::AlertTuning answer, call.engine().alert_tuning(question, options));
  return json_response(render::alert_tuning_json(answer));
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/v1/alerts", .answer = list},
    RouteDef{.method = "POST",
             .path = "/v1/alert-targets/{target}/test",
             .access = Access::apply,
             .answer = test},
    RouteDef{.method = "POST",
             .path = "/v1/slos/{service}/{slo}/backtest",
             .access = Access::read,
             .answer = backtest},
    RouteDef{.method = "POST",
             .path = "/v1/slos/{service}/{slo}/tune",
             .access = Access::read,
             .answer = tune},
};

}  // namespace

const std::span<const RouteDef> kAlertsRoutes = kRoutes;

}  // namespace tollgate::api
