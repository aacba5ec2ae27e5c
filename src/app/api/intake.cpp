// Signals that are pushed: Prometheus remote write, and counters in JSON. An answer means that what
// was accepted is durable. Prometheus retries what was answered with 5xx, and with 429 if it is
// told to; all other refusals it drops, so those are for requests that can never be taken.
#include "app/api/intake.hpp"

#include "app/api/route.hpp"
#include "edge/intake/counters_json.hpp"
#include "edge/intake/service.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::api {
namespace {

constexpr std::string_view kRetryAfterSeconds = "2";
constexpr std::string_view kWritten = "X-Prometheus-Remote-Write-";

/// Counts the answer and gives it.
void give(Api& api, net::Responder& responder, net::Response response, const std::string& id) {
  api.counters().responses_by_class[static_cast<size_t>(response.status / 100 % 6)].fetch_add(
      1, std::memory_order_relaxed);
  response.headers.push_back({"X-Request-Id", id});
  responder.send(std::move(response));
}

net::Response refusal(const Error& error, const std::string& path) {
  net::Response response = net::problem(error, path);
  if (response.status == 429 || response.status == 503)
    response.headers.push_back({"Retry-After", std::string(kRetryAfterSeconds)});
  return response;
}

/// Who brings the signals. With a token nobody can speak for another: the name follows the subject.
std::string source_of(const Call& call) {
  const std::string name = call.query("source");
  if (name.empty()) return call.actor.subject;
  const bool is_known = call.actor.issuer == "token";
  return is_known ? call.actor.subject + "/" + name : name;
}

Error unsupported(std::string message) {
  return {.code = codes::unsupported_media,
          .message = std::move(message),
          .help =
              "Send what Prometheus' remote_write sends: Content-Type: application/x-protobuf, "
              "Content-Encoding: snappy. Counters as JSON go to /v1/counters."};
}

/// By the Content-Type: protobuf of 1.0 unless it says otherwise. Source: "Prometheus Remote-Write
/// Specification" 2.0, "Protocol".
Result<intake::Encoding> remote_write_encoding(const net::Request& request) {
  const std::string_view type = request.header("content-type");
  const std::string_view compression = request.header("content-encoding");
  if (compression != "snappy") {
    return fail(unsupported(
        compression.empty()
            ? std::string("remote write is compressed with snappy; this is not compressed")
            : fmt::format("remote write is compressed with snappy, not \"{}\"", compression)));
  }
  const std::string media = lower_case(trim(type.substr(0, type.find(';'))));
  std::string_view proto = "prometheus.WriteRequest";
  for (size_t at = type.find(';'); at != std::string_view::npos; at = type.find(';', at + 1)) {
    const std::string_view parameter = trim(type.substr(at + 1, type.find(';', at + 1) - at - 1));
    if (parameter.starts_with("proto=")) proto = parameter.substr(6);
  }
  if (media == "application/x-protobuf" && proto == "prometheus.WriteRequest")
    return intake::Encoding::remote_write_1;
  if (media == "application/x-protobuf" && proto == "io.prometheus.write.v2.Request")
    return intake::Encoding::remote_write_2;
  return fail(unsupported(
      fmt::format("the body must be application/x-protobuf of prometheus.WriteRequest or "
                  "io.prometheus.write.v2.Request, not \"{}\"",
                  type)));
}

/// 204; or 400 if a limit refused samples, for sending them again would not help.
net::Response describe_write(const intake::Receipt& receipt, const std::string& path) {
  net::Response response{.status = 204};
  if (!receipt.refused.empty()) {
    response = net::problem(
        {.code = codes::bad_request,
         .message = fmt::format("{} of {} samples were refused: {}", receipt.counts.refused,
                                receipt.counts.samples, receipt.refused)},
        path);
  }
  const auto say = [&](std::string_view what, int64_t count) {
    response.headers.push_back(
        {fmt::format("{}{}-Written", kWritten, what), std::to_string(count)});
  };
  const int64_t taken = receipt.counts.samples - receipt.counts.refused;
  say("Samples", std::max<int64_t>(0, taken - receipt.histograms));
  say("Histograms", std::min(taken, receipt.histograms));
  say("Exemplars", 0);
  return response;
}

void remote_write(Call call, net::Responder responder) {
  auto encoding = remote_write_encoding(call.request);
  submit_signals(std::move(call), std::move(responder), std::move(encoding),
                 {describe_write, refusal});
}

net::Response describe_counters(const intake::Receipt& receipt, const std::string&) {
  return json_response(counters_json(receipt));
}

void counters(Call call, net::Responder responder) {
  const std::string_view type = call.request.header("content-type");
  const std::string key(call.request.header("idempotency-key"));
  Result<intake::Encoding> encoding = intake::Encoding::counters_json;
  if (lower_case(trim(type.substr(0, type.find(';')))) != "application/json") {
    encoding =
        fail(codes::unsupported_media, "the body must be application/json, not \"{}\"", type);
  } else if (key.size() > intake::kIdempotencyKeyMax || key.find('\n') != std::string::npos) {
    encoding = fail(codes::bad_request, "the Idempotency-Key is longer than {}",
                    intake::kIdempotencyKeyMax);
  } else {
    call.request.body = intake::counters_envelope(call.request.body, key, call.engine().now().ms);
  }
  submit_signals(std::move(call), std::move(responder), std::move(encoding),
                 {describe_counters, refusal});
}

constexpr std::array kRoutes = {
    RouteDef{
        .method = "POST", .path = "/api/v1/write", .access = Access::push, .start = remote_write},
    RouteDef{.method = "POST", .path = "/v1/counters", .access = Access::push, .start = counters},
};

}  // namespace

void submit_signals(Call call, net::Responder responder, Result<intake::Encoding> encoding,
                    const SignalAnswers& answers) {
  Api& api = call.api;
  intake::Service* const service = api.parts().intake;
  if (service == nullptr) encoding = fail(codes::not_found, "this server takes no signals");
  std::string source = source_of(call);
  if (encoding && source.size() > intake::kSourceBytesMax) {
    encoding = fail(codes::bad_request, "the name of the source is longer than {}",
                    intake::kSourceBytesMax);
  }
  if (!encoding) {
    return give(api, responder, answers.refused(encoding.error(), call.request.path),
                call.request_id);
  }
  auto shared = std::make_shared<net::Responder>(std::move(responder));
  const bool is_queued = service->submit(
      {.encoding = *encoding, .source = std::move(source), .bytes = std::move(call.request.body)},
      [&api, shared, answers, id = call.request_id,
       path = call.request.path](Result<intake::Receipt> receipt) {
        give(api, *shared,
             receipt ? answers.taken(*receipt, path) : answers.refused(receipt.error(), path), id);
      });
  if (is_queued) return;
  const Error full{.code = codes::too_many_requests,
                   .message = "the intake of signals is full; retry later"};
  give(api, *shared, answers.refused(full, call.request.path), call.request_id);
}

const std::span<const RouteDef> kIntakeRoutes = kRoutes;

doc::Node counters_json(const intake::Receipt& receipt) {
  doc::Node node = doc::Node::object({{"accepted", receipt.counts.events_counted},
                                      {"refused", receipt.counts.refused},
                                      {"too_far_ahead", receipt.counts.future},
                                      {"duplicate", receipt.is_duplicate}});
  if (!receipt.refused.empty()) node.set("message", receipt.refused);
  return node;
}

}  // namespace tollgate::api
