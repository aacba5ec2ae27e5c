// "May this release go?": asked by pipelines, and by tools that want one flat answer.
#include "app/api/plain_question.hpp"
#include "app/api/route.hpp"
#include "app/render/answers.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"

#include <chrono>

namespace tollgate::api {
namespace {

void count(Api& api, std::chrono::steady_clock::time_point begin, int status) {
  ApiCounters& counters = api.counters();
  const auto took = std::chrono::steady_clock::now() - begin;
  const double seconds = std::chrono::duration<double>(took).count();
  size_t bucket = 0;
  while (bucket < ApiCounters::kBucketSeconds.size() &&
         seconds > ApiCounters::kBucketSeconds[bucket])
    ++bucket;
  counters.gate_seconds[bucket].fetch_add(1, std::memory_order_relaxed);
  counters.gate_microseconds.fetch_add(
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count()),
      std::memory_order_relaxed);
  counters.responses_by_class[static_cast<size_t>(status / 100 % 6)].fetch_add(
      1, std::memory_order_relaxed);
}

/// The question in the body: a GateRequest, and `as_of` for a what-if.
struct Question {
  model::GateRequest request;
  std::optional<Time> as_of;
  render::GateView view = render::GateView::brief;
};

Result<render::GateView> read_view(const Call& call) {
  if (call.request.query.empty()) return render::GateView::brief;
  const std::string view = call.query("view");
  if (view.empty() || view == "brief") return render::GateView::brief;
  if (view == "full") return render::GateView::full;
  return fail(codes::bad_request, "view must be brief or full, not \"{}\"", view);
}

Result<Question> read_question(const Call& call, Problems& problems) {
  Question question;
  TOLLGATE_TRY(question.view, read_view(call));
  if (call.request.header("content-type") == "application/json") {
    if (auto plain = read_plain_question(call.request.body)) {
      question.request = std::move(*plain);
      return question;
    }
  }
  TOLLGATE_TRY(doc::Node body, call.json());
  if (body.is_object()) {
    if (const doc::Node* as_of = body.find("as_of"); as_of != nullptr && !as_of->is_null()) {
      if (!as_of->is_text())
        return fail(codes::bad_time, "as_of must be a text such as 2026-03-02T10:00:00Z");
      TOLLGATE_TRY(question.as_of, parse_time(as_of->as_text()));
    }
    std::erase_if(body.members(), [](const doc::Member& member) { return member.key == "as_of"; });
  }
  if (!reflect::decode(reflect::type_of<model::GateRequest>(), body, &question.request, {},
                       problems)) {
    return fail(problems.front());
  }
  return question;
}

void ask(Call call, net::Responder responder) {
  const auto begin = std::chrono::steady_clock::now();
  Problems problems;
  auto question = read_question(call, problems);
  auto caller = question ? call.caller() : Result<engine::Caller>(tl::unexpected(question.error()));
  if (!caller) {
    net::Response refused = net::problem(caller.error(), call.request.path, problems);
    count(call.api, begin, refused.status);
    return responder.send(std::move(refused));
  }
  Api& api = call.api;
  // The engine keeps its replies in std::function, which wants to copy them.
  auto shared = std::make_shared<net::Responder>(std::move(responder));
  const auto reply = [&api, begin, shared, view = question->view,
                      id = call.request_id](const Result<engine::GateAnswer>& answer) {
    net::Response response = answer ? net::Response{.body = render::gate_text(*answer, view)}
                                    : net::problem(answer.error(), "/v1/gates");
    if (answer && !answer->decision.empty())
      response.headers.push_back({"Location", "/v1/decisions/" + answer->decision});
    response.headers.push_back({"X-Request-Id", id});
    count(api, begin, response.status);
    shared->send(std::move(response));
  };
  if (!question->as_of) return api.parts().engine.gate(question->request, *caller, reply);
  const bool is_queued = api.workers().run([&api, reply, asked = std::move(*question)] {
    reply(api.parts().engine.gate_as_of(asked.request, *asked.as_of));
  });
  if (!is_queued) reply(fail(codes::queue_full, "too many requests wait; retry"));
}

/// The latest recorded verdict about a place, flat, for tools that pick one value out of JSON (Argo
/// Rollouts). Asks nothing and records nothing.
Result<net::Response> metric(Call& call) {
  const std::string& service = call.captures[0];
  const std::string& environment = call.captures[1];
  const auto lines = call.engine().views().decisions(INT64_MAX, 1, service, environment);
  doc::Node node = doc::Node::object({{"service", service}, {"environment", environment}});
  if (lines.empty()) {
    node.set("ok", false);
    node.set("verdict", "inconclusive");
    node.set("reason", "no gate has been asked yet");
    return json_response(node);
  }
  node.set("ok", lines.front().outcome == model::Outcome::allow);
  node.set("verdict", reflect::enum_name(lines.front().outcome));
  node.set("version", lines.front().version);
  node.set("decision", lines.front().decision);
  node.set("at", time_text(lines.front().time));
  return json_response(node);
}

constexpr std::array kRoutes = {
    RouteDef{.method = "POST", .path = "/v1/gates", .access = Access::gate, .start = ask},
    RouteDef{.method = "GET", .path = "/v1/gates/{service}/{environment}/metric", .answer = metric},
};

}  // namespace

const std::span<const RouteDef> kGatesRoutes = kRoutes;

}  // namespace tollgate::api
