// Where senders of webhooks deliver, and where those of them that wait for an answer ask. These
// addresses are open: each delivery proves itself by the secret of its Integration.
#include "app/render/hooks.hpp"

#include "app/api/hook_desk.hpp"
#include "app/api/route.hpp"
#include "app/render/deployments.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::api {
namespace {

using doc::Node;

/// A call on its way through workers and writer.
struct Delivered {
  explicit Delivered(Call c, net::Responder r) : call(std::move(c)), responder(std::move(r)) {}
  Call call;
  net::Responder responder;

  void send(net::Response response) {
    ApiCounters& counters = call.api.counters();
    counters.responses_by_class[static_cast<size_t>(response.status / 100 % 6)].fetch_add(
        1, std::memory_order_relaxed);
    response.headers.push_back({"X-Request-Id", call.request_id});
    responder.send(std::move(response));
  }
  void refuse(const Error& error) {
    call.api.hooks().count_refusal(call.captures[0], error, call.engine().now());
    send(net::problem(error, call.request.path));
  }
};

void take_delivery(const std::shared_ptr<Delivered>& delivered) {
  Call& call = delivered->call;
  auto arrival = std::make_shared<Arrival>();
  auto taken = call.api.hooks().take(call.engine(), call.captures[0], call.request, {});
  if (!taken) return delivered->refuse(taken.error());
  *arrival = std::move(*taken);
  if (call.request.header("x-tollgate-dry-run") == "1")
    return delivered->send(json_response(trial_json(*arrival)));
  const auto finish = [delivered, arrival](const Result<engine::ObserveAnswer>& answer) {
    if (!answer) return delivered->refuse(answer.error());
    Call& done = delivered->call;
    done.api.hooks().count(*arrival, *answer, done.engine().now());
    delivered->send(json_response(arrival_json(*arrival, *answer), 200));
  };
  if (arrival->records.empty()) return finish(engine::ObserveAnswer{});
  call.engine().observe(std::move(arrival->records), call.request.body, arrival->caller, finish);
}

/// POST /v1/hooks/{integration}: 200 once everything in it is durable.
void deliver(Call call, net::Responder responder) {
  Api& api = call.api;
  auto delivered = std::make_shared<Delivered>(std::move(call), std::move(responder));
  if (api.workers().run([delivered] { take_delivery(delivered); })) return;
  delivered->send(
      net::problem({.code = codes::queue_full, .message = "too many deliveries wait; retry"}));
}

/// OPTIONS: the handshake of CloudEvents' web hooks, which asks before it sends.
Result<net::Response> greet(Call& call) {
  net::Response response{.status = 200, .body = {}};
  const std::string_view origin = call.request.header("webhook-request-origin");
  if (!origin.empty()) {
    response.headers.push_back({"WebHook-Allowed-Origin", std::string(origin)});
    response.headers.push_back({"WebHook-Allowed-Rate", "*"});
  }
  response.headers.push_back({"Allow", "POST, OPTIONS"});
  return response;
}

/// The gate that a question of an adapter asks, at once; recorded like any other.
Result<engine::GateAnswer> ask(Call& call, const Arrival& arrival) {
  if (arrival.records.empty()) {
    return fail(codes::bad_webhook, "{}",
                arrival.dropped.empty() ? arrival.ignored : arrival.dropped.front());
  }
  const auto* question = std::get_if<model::QuestionReceived>(&arrival.records.front());
  if (question == nullptr) return fail(codes::bad_webhook, "this is no question");
  call.api.hooks().count(arrival, {}, call.engine().now());
  return call.engine().gate(question->request, {.actor = arrival.caller.actor});
}

std::string words_of(const engine::GateAnswer& answer) {
  std::string text =
      fmt::format("{} {} to {}: {}", answer.verdict.request.service, answer.verdict.request.version,
                  answer.verdict.request.environment, reflect::enum_name(answer.verdict.outcome));
  for (const model::CheckRecord& check : answer.verdict.checks) {
    if (check.state != model::CheckState::fail && check.state != model::CheckState::unknown)
      continue;
    text += fmt::format("; {} {}", check.check, reflect::enum_name(check.state));
  }
  return text;
}

/// Argo Rollouts: 200 whatever happens, since any other status counts as an error of the
/// measurement and five of them abort the rollout. Trouble of ours is inconclusive, which pauses.
Result<net::Response> measure(Call& call) {
  const auto inconclusive = [&call](const Error& error) {
    call.api.hooks().count_refusal(call.captures[0], error, call.engine().now());
    return json_response(Node::object({{"verdict", "inconclusive"}, {"reason", error.message}}));
  };
  auto arrival = call.api.hooks().take(call.engine(), call.captures[0], call.request, {});
  if (!arrival) return inconclusive(arrival.error());
  const auto answer = ask(call, *arrival);
  if (!answer) return inconclusive(answer.error());
  const model::Outcome outcome = answer->verdict.outcome;
  const std::string_view verdict = outcome == model::Outcome::allow  ? "pass"
                                   : outcome == model::Outcome::deny ? "fail"
                                                                     : "inconclusive";
  return json_response(Node::object(
      {{"verdict", verdict}, {"reason", words_of(*answer)}, {"decision_id", answer->decision}}));
}

/// Flagger: 2xx lets the canary go on. Hooks that tell are recorded; those that ask get the gate's
/// answer as a status; rollback asks the other way round: 2xx rolls back, which only a deny does.
Result<net::Response> hook_flagger(Call& call) {
  const std::string& hook = call.captures[1];
  // Flagger cannot send a header of ours, so its secret may stand in the address.
  const std::string token = call.query("token");
  if (!token.empty() && call.request.header("x-tollgate-token").empty())
    call.request.headers.push_back({"x-tollgate-token", token});
  const auto refused = [&call](const Error& error) {
    call.api.hooks().count_refusal(call.captures[0], error, call.engine().now());
    return fail(error);
  };
  auto arrival = call.api.hooks().take(call.engine(), call.captures[0], call.request, hook);
  if (!arrival) return refused(arrival.error());
  if (hook == "event" || hook == "post-rollout") {
    if (arrival->records.empty()) {
      call.api.hooks().count(*arrival, {}, call.engine().now());
      return json_response(arrival_json(*arrival, {}));
    }
    const auto answer = call.engine().observe(arrival->records, call.request.body, arrival->caller);
    if (!answer) return refused(answer.error());
    call.api.hooks().count(*arrival, *answer, call.engine().now());
    return json_response(arrival_json(*arrival, *answer));
  }
  const auto answer = ask(call, *arrival);
  if (!answer) return refused(answer.error());
  const model::Outcome outcome = answer->verdict.outcome;
  const bool is_rollback = hook == "rollback";
  const bool goes =
      is_rollback ? outcome == model::Outcome::deny : outcome == model::Outcome::allow;
  const Node node = Node::object({{"verdict", reflect::enum_name(outcome)},
                                  {is_rollback ? "roll_back" : "go_on", goes},
                                  {"reason", words_of(*answer)},
                                  {"decision_id", answer->decision}});
  constexpr int kGo = 200;
  constexpr int kStop = 403;
  return json_response(node, goes ? kGo : kStop);
}

/// How integrations fare, which questions wait, and what could not be told outside.
Result<net::Response> list(Call& call) {
  const auto health = call.api.hooks().health();
  return json_response(render::hooks_json(call.engine(), [&health](Node& node) {
    const auto known = health.find(std::string(node.text_or("integration")));
    const HookHealth fares = known == health.end() ? HookHealth{} : known->second;
    node.set("received", fares.received);
    node.set("recorded", fares.recorded);
    node.set("known", fares.known);
    node.set("ignored", fares.ignored);
    node.set("refused", fares.refused);
    node.set("last", fares.last.ms > 0 ? Node(time_text(fares.last)) : Node());
    if (!fares.last_problem.empty()) node.set("last_problem", fares.last_problem);
  }));
}

Result<net::Response> redeliver(Call& call) {
  TOLLGATE_TRY(const int64_t position, parse_integer(call.captures[0]));
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  TOLLGATE_TRY(const int64_t again, call.engine().redeliver(position, caller));
  return json_response(Node::object({{"position", again}}), 202);
}

Result<net::Response> targets(Call& call) {
  return json_response(render::targets_json(call.engine()));
}

Result<net::Response> unconfirmed(Call& call) {
  return json_response(render::unconfirmed_json(call.engine()));
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/v1/targets", .answer = targets},
    RouteDef{.method = "GET", .path = "/v1/unconfirmed", .answer = unconfirmed},
    RouteDef{.method = "GET", .path = "/v1/hooks", .answer = list},
    RouteDef{.method = "POST",
             .path = "/v1/hooks/{integration}",
             .access = Access::open,
             .start = deliver},
    RouteDef{.method = "OPTIONS",
             .path = "/v1/hooks/{integration}",
             .access = Access::open,
             .answer = greet},
    RouteDef{.method = "POST",
             .path = "/v1/adapters/argo-rollouts/{integration}",
             .access = Access::open,
             .answer = measure},
    RouteDef{.method = "POST",
             .path = "/v1/adapters/flagger/{integration}/{hook}",
             .access = Access::open,
             .answer = hook_flagger},
    RouteDef{.method = "POST",
             .path = "/v1/effects/{position}/redeliver",
             .access = Access::record,
             .answer = redeliver},
};

}  // namespace

const std::span<const RouteDef> kHooksRoutes = kRoutes;

}  // namespace tollgate::api
