#include "app/cli/ask/alerts.hpp"

#include "app/render/answers.hpp"
#include "edge/net/http_types.hpp"
#include "foundation/base/encoding.hpp"

namespace tollgate::cli::ask {

using doc::Node;

namespace {

Node spans_json(const std::vector<slo::Span>& spans) {
  Node list = Node::array();
  for (const slo::Span& span : spans) {
    Node pair = Node::array();
    pair.push(time_text(span.from));
    pair.push(time_text(span.to));
    list.push(std::move(pair));
  }
  return list;
}

Result<Node> ask_server(Remote& remote, const AlertPastQuery& query, std::string_view question) {
  TOLLGATE_TRY(const std::string address, slo_address(query.slo));
  Node body = Node::object({{"since", duration_text(query.since)},
                            {"severity", query.severity},
                            {"injected", render::ratio(query.injected)}});
  if (!query.environment.empty()) body.set("environment", query.environment);
  if (query.from) body.set("from", time_text(*query.from));
  if (query.to) body.set("to", time_text(*query.to));
  if (!query.rules.empty() && query.rules != "own") body.set("rules", query.rules);
  if (query.incidents) body.set("incidents", spans_json(*query.incidents));
  return remote.post_json(fmt::format("/v1/slos/{}/{}", address, question), body, "");
}

engine::PastQuestion question_of(const engine::Engine& engine, const AlertPastQuery& query) {
  const Time to = query.to.value_or(engine.now());
  return {.slo = query.slo,
          .environment = query.environment,
          .past = {query.from.value_or(to - query.since), to},
          .incidents = query.incidents};
}

}  // namespace

Result<Node> alerts(Backend& backend, const std::string& slo) {
  if (Remote* const remote = backend.remote())
    return remote->get("/v1/alerts" + query_of({{"slo", slo}}));
  TOLLGATE_TRY(engine::Engine* const engine, backend.local().governed());
  return render::alerts_json(engine->alerts(), slo);
}

Result<Node> alert_backtest(Backend& backend, const AlertPastQuery& query) {
  if (Remote* const remote = backend.remote()) return ask_server(*remote, query, "backtest");
  TOLLGATE_TRY(engine::Engine* const engine, backend.local().governed());
  engine::PastQuestion question = question_of(*engine, query);
  if (!query.rules.empty() && query.rules != "own") {
    TOLLGATE_TRY(question.set, slo::parse_rule_set(query.rules));
  }
  TOLLGATE_TRY(const engine::AlertBacktest answer, engine->alert_backtest(question));
  return render::alert_backtest_json(answer);
}

Result<Node> alert_tuning(Backend& backend, const AlertPastQuery& query) {
  if (Remote* const remote = backend.remote()) return ask_server(*remote, query, "tune");
  TOLLGATE_TRY(engine::Engine* const engine, backend.local().governed());
  TOLLGATE_TRY(const engine::AlertTuning answer,
               engine->alert_tuning(question_of(*engine, query),
                                    {.injected = query.injected, .severity = query.severity}));
  return render::alert_tuning_json(answer);
}

Result<Node> test_target(Backend& backend, const std::string& target) {
  if (Remote* const remote = backend.remote())
    return remote->post("/v1/alert-targets/" + percent_encode(target) + "/test", "{}", "");
  TOLLGATE_TRY(engine::Engine* const engine, backend.local().governed());
  TOLLGATE_CHECK(engine->test_target(target));
  return Node::object({{"target", target}, {"delivered", true}});
}

}  // namespace tollgate::cli::ask
