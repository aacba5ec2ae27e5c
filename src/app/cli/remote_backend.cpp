// Server mode: every question is one HTTP request to the server that --server names.
#include "app/cli/backend.hpp"
#include "app/cli/invocation.hpp"
#include "app/render/answers.hpp"
#include "app/wiring/wiring.hpp"
#include "edge/net/http_types.hpp"
#include "edge/otlp/gzip.hpp"
#include "edge/otlp/otlp.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::cli {
namespace {

using doc::Node;
using net::percent_encode;

constexpr Duration kRequestTimeout = seconds(60);
constexpr size_t kAnswerBytesMax = 1024 * 1024 * 1024;

/// "?a=1&b=2" of the parameters that have a value.
std::string query_of(const std::vector<std::pair<std::string_view, std::string>>& parameters) {
  std::string query;
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    query += fmt::format("{}{}={}", query.empty() ? "?" : "&", name, percent_encode(value));
  }
  return query;
}

std::string time_parameter(std::optional<Time> time) {
  return time ? time_text(*time) : std::string();
}

std::string query_of(const render::DeploymentQuery& query) {
  return query_of({{"service", query.service},
                   {"environment", query.environment},
                   {"since", time_parameter(query.since)},
                   {"until", time_parameter(query.until)},
                   {"limit", std::to_string(query.limit)}});
}

/// The error that a problem document tells, or what can be said without one.
Error error_of(const engine::HttpResponse& response, const std::string& url) {
  const Result<Node> problem = doc::parse_json(response.body);
  Error error{.code = response.status >= 500 ? codes::unreachable : codes::bad_response,
              .message = fmt::format("{} answered with status {}", url, response.status)};
  if (!problem || !problem->is_object()) return error;
  const std::string_view number = problem->text_or("code");
  for (const CodeInfo& info : code_catalogue()) {
    if (code_text(info.code) == number) error.code = info.code;
  }
  const std::string_view detail = problem->text_or("detail", problem->text_or("title"));
  if (!detail.empty()) error.message = detail;
  error.help = problem->text_or("help");
  return error;
}

class RemoteBackend : public Backend {
 public:
  RemoteBackend(const Invocation& call, std::string server)
      : call_(call),
        server_(std::move(server)),
        client_(wiring::make_http_client(call.text("ca-file"))) {
    while (server_.ends_with("/")) server_.pop_back();
  }

  Result<Node> gate(const GateQuestion& question) override {
    Node body = reflect::encode(question.request);
    if (question.as_of) body.set("as_of", time_text(*question.as_of));
    return post("/v1/gates?view=full", doc::compact_json(body), question.idempotency_key);
  }

  Result<Node> record(const EvidenceFile& evidence) override {
    return post("/v1/evidence" + query_of({{"service", evidence.service},
                                           {"version", evidence.version},
                                           {"commit", evidence.commit},
                                           {"format", evidence.format},
                                           {"file", evidence.file}}),
                evidence.bytes, evidence.idempotency_key, "application/octet-stream");
  }

  Result<Node> release(const model::ReleaseEnded& ended, const std::string& key) override {
    return post("/v1/releases", doc::compact_json(reflect::encode(ended)), key);
  }

  Result<Node> observe(const Node& fact, const std::string& key) override {
    return post("/v1/observations", doc::compact_json(fact), key);
  }

  Result<Node> deployments(const render::DeploymentQuery& query) override {
    return get("/v1/deployments" + query_of(query));
  }

  Result<Node> bypasses(const render::DeploymentQuery& query) override {
    return get("/v1/bypasses" + query_of(query));
  }

  Result<Node> hooks() override { return get("/v1/hooks"); }

  Result<Node> deliver(const HookDelivery& delivery) override {
    engine::HttpRequest request{
        .method = "POST",
        .url = server_ + "/v1/hooks/" + percent_encode(delivery.integration),
        .headers = delivery.headers,
        .body = delivery.body};
    request.headers.emplace_back("content-type", "application/json");
    if (delivery.is_trial) request.headers.emplace_back("x-tollgate-dry-run", "1");
    TOLLGATE_TRY(const engine::HttpResponse response, client_->send(request));
    if (response.status != 200) return fail(error_of(response, request.url));
    return doc::parse_json(response.body);
  }

  Result<Node> redeliver(int64_t effect, const std::string& key) override {
    return post(fmt::format("/v1/effects/{}/redeliver", effect), "", key);
  }

  Result<Node> import_signals(const SignalFile& file) override {
    const std::string slower = file.slower_than.ms > 0 ? duration_text(file.slower_than) : "";
    return post("/v1/signals/import" + query_of({{"slo", file.slo},
                                                 {"environment", file.environment},
                                                 {"format", file.format},
                                                 {"bad", file.bad_status},
                                                 {"slower_than", slower}}),
                file.bytes, file.idempotency_key, "application/octet-stream");
  }

  Result<Node> push_counters(const CounterPush& push) override {
    return post("/v1/counters" + query_of({{"source", push.source}}), push.body,
                push.idempotency_key);
  }

  Result<Node> push_otlp(const OtlpPush& push) override {
    const bool is_json = otlp::is_json(push.body);
    engine::HttpRequest request =
        request_for("POST", "/v1/" + push.signal + query_of({{"source", push.source}}),
                    is_json ? "application/json" : "application/x-protobuf");
    if (otlp::is_gzip(push.body)) request.headers.emplace_back("content-encoding", "gzip");
    for (auto& [name, value] : request.headers) {
      if (name == "accept") value += ", application/problem+json";
    }
    request.body = push.body;
    return answer_json(request);
  }

  Result<Node> latency(const LatencyQuery& query) override {
    return get("/v1/services/" + percent_encode(query.service) + "/latency" +
               query_of({{"before", query.before},
                         {"after", query.after},
                         {"environment", query.environment},
                         {"track_before", query.track_before},
                         {"track_after", query.track_after},
                         {"operation", query.operation}}));
  }

  Result<Node> status(const std::string& environment) override {
    return get("/v1/status" + query_of({{"environment", environment}}));
  }

  Result<Node> decisions(const DecisionQuery& query) override {
    return get("/v1/decisions" +
               query_of({{"service", query.service},
                         {"environment", query.environment},
                         {"limit", std::to_string(query.limit)},
                         {"next", query.before ? std::to_string(*query.before) : ""}}));
  }

  Result<Node> decision(const std::string& id) override {
    return get("/v1/decisions/" + percent_encode(id));
  }

  Result<Node> plan(const std::vector<NamedText>& files) override {
    return post("/v1/policy/plan", doc::compact_json(files_json(files)), "");
  }

  Result<Node> apply(const std::vector<NamedText>& files, const std::string& reason,
                     const std::string& expected_digest) override {
    // The server wants to know which policy this one replaces; without --if-digest, the one in
    // force now.
    std::string expected = expected_digest;
    if (expected.empty()) {
      TOLLGATE_TRY(const Node in_force, policy());
      expected = in_force.text_or("digest");
    }
    Node body = files_json(files);
    if (!reason.empty()) body.set("reason", reason);
    engine::HttpRequest request = request_for("POST", "/v1/policy/apply", "application/json");
    request.headers.emplace_back("if-match", fmt::format("\"{}\"", expected));
    if (call_.has("idempotency-key")) {
      request.headers.emplace_back("idempotency-key", call_.text("idempotency-key"));
    }
    request.body = doc::compact_json(body);
    return answer_json(request);
  }

  Result<Node> policy() override { return get("/v1/policy"); }

  Result<Node> resources(const std::string& kind, const std::string& name) override {
    std::string path = "/v1/resources/" + percent_encode(kind);
    for (std::string_view part : split(name, '/')) {
      if (!part.empty()) path += "/" + percent_encode(part);
    }
    return get(path);
  }

  Result<Node> budget(const SloQuestion& asked) override { return slo_question(asked, "budget"); }
  Result<Node> burn(const SloQuestion& asked) override { return slo_question(asked, "burn"); }

  Result<Node> calendar_check(const engine::CalendarQuestion& question) override {
    return get("/v1/calendar/check" + calendar_query(question));
  }

  Result<Node> calendar_when(const engine::CalendarQuestion& question) override {
    return get("/v1/calendar/when" + calendar_query(question));
  }

  Result<Node> calendar_list(const std::string& calendar, int64_t span) override {
    return get("/v1/calendars" +
               query_of({{"calendar", calendar}, {"days", std::to_string(span)}}));
  }

  Result<Node> calendar_add(const std::string& calendar, const model::CalendarEntry& entry,
                            const std::string& key) override {
    return post("/v1/calendars/" + percent_encode(calendar) + "/entries",
                doc::compact_json(reflect::encode(entry)), key);
  }

  Result<Node> calendar_cancel(const std::string& id, const std::string& reason,
                               const std::string& key) override {
    engine::HttpRequest request = request_for(
        "DELETE", "/v1/calendar/entries/" + percent_encode(id) + query_of({{"reason", reason}}),
        "");
    if (!key.empty()) request.headers.emplace_back("idempotency-key", key);
    return answer_json(request);
  }

  Result<Node> calendar_import(const model::CalendarImported& imported,
                               const std::string& key) override {
    return post("/v1/calendars/" + percent_encode(imported.calendar) + "/import",
                doc::compact_json(reflect::encode(imported)), key);
  }

  Result<std::string> calendar_feed(const std::string& calendar) override {
    TOLLGATE_TRY(
        const engine::HttpResponse response,
        send(request_for("GET", "/v1/calendars/" + percent_encode(calendar) + ".ics", "")));
    return response.body;
  }

  Result<Node> queue_list(const std::string& queue) override {
    return get("/v1/queues" + query_of({{"queue", queue}}));
  }

  Result<Node> queue_join(const model::QueueJoined& joined, const std::string& key) override {
    return post("/v1/queues/" + percent_encode(joined.queue) + "/tickets",
                doc::compact_json(reflect::encode(joined)), key);
  }

  Result<Node> queue_ticket(const std::string& id, Duration wait) override {
    engine::HttpRequest request = request_for("GET", "/v1/tickets/" + percent_encode(id), "");
    if (wait.ms > 0) {
      request.headers.emplace_back("prefer", fmt::format("wait={}", (wait.ms + 999) / 1000));
      request.timeout = wait + kRequestTimeout;
    }
    return answer_json(request);
  }

  Result<Node> queue_move(const model::QueueMoved& moved, const std::string& key) override {
    return post("/v1/tickets/" + percent_encode(moved.ticket) + "/move",
                doc::compact_json(reflect::encode(moved)), key);
  }

  Result<Node> queue_leave(const std::string& id, int64_t token, const std::string& reason,
                           const std::string& key) override {
    engine::HttpRequest request = request_for(
        "DELETE",
        "/v1/tickets/" + percent_encode(id) +
            query_of({{"token", token > 0 ? std::to_string(token) : ""}, {"reason", reason}}),
        "");
    if (!key.empty()) request.headers.emplace_back("idempotency-key", key);
    return answer_json(request);
  }

  Result<Node> queue_heartbeat(const std::string& queue, int64_t token) override {
    return post("/v1/queues/" + percent_encode(queue) + "/heartbeat",
                doc::compact_json(Node::object({{"token", token}})), "");
  }

  Result<Node> alerts(const std::string& slo) override {
    return get("/v1/alerts" + query_of({{"slo", slo}}));
  }

  Result<Node> alert_backtest(const AlertPastQuery& query) override {
    return past_question(query, "backtest");
  }

  Result<Node> alert_tuning(const AlertPastQuery& query) override {
    return past_question(query, "tune");
  }

  Result<Node> test_target(const std::string& target) override {
    return post("/v1/alert-targets/" + percent_encode(target) + "/test", "{}", "");
  }

  Result<Node> dora(const render::DoraQuery& query) override {
    return get("/v1/dora" +
               query_of({{"service", query.service},
                         {"team", query.team},
                         {"environment", query.environment},
                         {"since", time_parameter(query.since)},
                         {"until", time_parameter(query.until)},
                         {"at_position",
                          query.at_position ? std::to_string(*query.at_position) : std::string()},
                         {"bake", duration_text(query.bake)},
                         {"year", std::to_string(query.year)}}));
  }

  Result<Node> recommend(const render::RecommendQuery& query) override {
    return get("/v1/dora/recommend" + query_of({{"service", query.service},
                                                {"environment", query.environment},
                                                {"figure", query.figure},
                                                {"window", duration_text(query.window)}}));
  }

  Result<Node> ledger_head() override { return get("/v1/ledger/head"); }

  Result<Node> ledger_proof(int64_t position) override {
    return get(fmt::format("/v1/ledger/proof/{}", position));
  }

  Result<Node> ledger_replay() override { return get("/v1/ledger/replay"); }

  Result<void> ledger_export(const std::function<Result<void>(std::string_view)>& write) override {
    engine::HttpRequest request = request_for("GET", "/v1/ledger/export", "");
    request.body_max = kAnswerBytesMax;
    TOLLGATE_TRY(const engine::HttpResponse response, send(request));
    return write(response.body);
  }

  std::string decision_link(const std::string& decision) const override {
    return decision.empty() ? std::string() : server_ + "/d/" + percent_encode(decision);
  }

 private:
  static std::string calendar_query(const engine::CalendarQuestion& question) {
    return query_of({{"service", question.service},
                     {"environment", question.environment},
                     {"change_class", std::string(reflect::enum_name(question.change_class))},
                     {"at", time_parameter(question.at)}});
  }

  static Node files_json(const std::vector<NamedText>& files) {
    Node list = Node::array();
    for (const NamedText& file : files) {
      list.push(Node::object({{"file", file.name}, {"text", file.text}}));
    }
    return Node::object({{"files", std::move(list)}});
  }

  Result<Node> past_question(const AlertPastQuery& query, std::string_view question) {
    TOLLGATE_TRY(const std::string address, slo_address(query.slo));
    Node body = Node::object({{"since", duration_text(query.since)},
                              {"severity", query.severity},
                              {"injected", render::ratio(query.injected)}});
    if (!query.environment.empty()) body.set("environment", query.environment);
    if (query.from) body.set("from", time_text(*query.from));
    if (query.to) body.set("to", time_text(*query.to));
    if (!query.rules.empty() && query.rules != "own") body.set("rules", query.rules);
    Node incidents = Node::array();
    for (const slo::Span& incident : query.incidents) {
      Node pair = Node::array();
      pair.push(time_text(incident.from));
      pair.push(time_text(incident.to));
      incidents.push(std::move(pair));
    }
    body.set("incidents", std::move(incidents));
    return post(fmt::format("/v1/slos/{}/{}", address, question), doc::compact_json(body), "");
  }

  /// "SERVICE/SLO" as a part of a path.
  static Result<std::string> slo_address(const std::string& slo) {
    const size_t slash = slo.find('/');
    if (slash == std::string::npos)
      return fail(codes::bad_usage, "an SLO is named SERVICE/SLO, not \"{}\"", slo);
    return percent_encode(slo.substr(0, slash)) + "/" + percent_encode(slo.substr(slash + 1));
  }

  Result<Node> slo_question(const SloQuestion& asked, std::string_view what) {
    TOLLGATE_TRY(const std::string address, slo_address(asked.slo));
    return get(fmt::format("/v1/slos/{}/{}", address, what) +
               query_of({{"environment", asked.environment},
                         {"track", asked.part.track},
                         {"version", asked.part.version},
                         {"group", asked.part.group},
                         {"at", time_parameter(asked.at)}}));
  }

  engine::HttpRequest request_for(std::string method, const std::string& path,
                                  std::string_view content_type) const {
    engine::HttpRequest request;
    request.method = std::move(method);
    request.url = server_ + path;
    request.timeout = kRequestTimeout;
    request.headers.emplace_back("accept", "application/json");
    if (!content_type.empty()) request.headers.emplace_back("content-type", content_type);
    return request;
  }

  Result<Node> get(const std::string& path) { return answer_json(request_for("GET", path, "")); }

  Result<Node> post(const std::string& path, std::string body, const std::string& key,
                    std::string_view content_type = "application/json") {
    engine::HttpRequest request = request_for("POST", path, content_type);
    request.body = std::move(body);
    if (!key.empty()) request.headers.emplace_back("idempotency-key", key);
    return answer_json(request);
  }

  /// The token stays out of argv, messages and logs.
  Result<std::string> token() const {
    const std::string direct = call_.terminal().variable("TOLLGATE_TOKEN");
    if (!direct.empty()) return direct;
    const std::string file = call_.terminal().variable("TOLLGATE_TOKEN_FILE");
    if (file.empty()) return std::string();
    TOLLGATE_TRY(const std::string text, read_file(file));
    return std::string(trim(text));
  }

  Result<engine::HttpResponse> send(engine::HttpRequest request) {
    TOLLGATE_TRY(const std::string secret, token());
    if (!secret.empty()) request.headers.emplace_back("authorization", "Bearer " + secret);
    TOLLGATE_TRY(engine::HttpResponse response, client_->send(request));
    if (response.status < 200 || response.status > 299) return fail(error_of(response, server_));
    return response;
  }

  Result<Node> answer_json(const engine::HttpRequest& request) {
    TOLLGATE_TRY(const engine::HttpResponse response, send(request));
    Result<Node> node = doc::parse_json(response.body);
    if (!node) return fail(codes::bad_response, "{} answered something that is not JSON", server_);
    return node;
  }

  const Invocation& call_;
  std::string server_;
  std::unique_ptr<engine::HttpClient> client_;
};

}  // namespace

std::unique_ptr<Backend> open_remote(const Invocation& call) {
  return std::make_unique<RemoteBackend>(call, call.text("server"));
}

}  // namespace tollgate::cli
