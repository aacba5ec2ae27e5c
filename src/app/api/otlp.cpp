// OTLP over HTTP at the addresses that its specification gives: metrics, logs and traces, protobuf
// or JSON. What is worth a retry is answered with 429 or 503, and nothing else is.
#include "app/api/otlp.hpp"

#include "app/api/intake.hpp"
#include "app/api/route.hpp"
#include "edge/otlp/gzip.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::api {
namespace {

using otlp::Signal;

constexpr std::string_view kProtobuf = "application/x-protobuf";
constexpr std::string_view kJson = "application/json";

template <Signal signal, bool is_json>
net::Response taken(const intake::Receipt& receipt, const std::string&) {
  return {.content_type = is_json ? kJson : kProtobuf,
          .body = otlp_answer(signal, is_json, receipt)};
}

template <bool is_json>
net::Response refused(const Error& error, const std::string& path) {
  net::Response response = net::problem(error, path);
  if (response.status >= 500) response.status = 503;
  response.content_type = is_json ? kJson : kProtobuf;
  response.body = otlp::refused_answer(is_json, response.status, error.message);
  return response;
}

net::Response problem(const Error& error, const std::string& path) {
  return net::problem(error, path);
}

/// By the Content-Type; the compression must be what the header says.
Result<intake::Encoding> encoding_of(Signal signal, const net::Request& request, bool& is_json) {
  const std::string_view type = request.header("content-type");
  const std::string media = lower_case(trim(type.substr(0, type.find(';'))));
  is_json = media == kJson;
  if (!is_json && media != kProtobuf) {
    return fail(
        Error{.code = codes::unsupported_media,
              .message = fmt::format("OTLP is {} or {}, not \"{}\"", kProtobuf, kJson, type),
              .help = "Send it as an OTLP exporter does, with one of these as Content-Type."});
  }
  const std::string compression = lower_case(request.header("content-encoding"));
  if (compression == "gzip" ? !otlp::is_gzip(request.body)
                            : !compression.empty() && compression != "identity") {
    return fail(Error{.code = codes::unsupported_media,
                      .message = fmt::format("the body must be plain or compressed with gzip, as "
                                             "Content-Encoding says; it says \"{}\"",
                                             compression),
                      .help = "Set compression: gzip or none in the exporter."});
  }
  return otlp::encoding_of(signal, is_json);
}

template <Signal signal>
void receive(Call call, net::Responder responder) {
  bool is_json = false;
  auto encoding = encoding_of(signal, call.request, is_json);
  // Who knows problem documents gets those; exporters of OTLP do not.
  const std::string_view accept = call.request.header("accept");
  SignalAnswers answers{taken<signal, false>, refused<false>};
  if (accept.find("application/problem+json") != std::string_view::npos) {
    answers = {taken<signal, true>, problem};
  } else if (is_json) {
    answers = {taken<signal, true>, refused<true>};
  }
  submit_signals(std::move(call), std::move(responder), std::move(encoding), answers);
}

constexpr std::array kRoutes = {
    RouteDef{.method = "POST",
             .path = "/v1/metrics",
             .access = Access::push,
             .start = receive<Signal::metrics>},
    RouteDef{.method = "POST",
             .path = "/v1/logs",
             .access = Access::push,
             .start = receive<Signal::logs>},
    RouteDef{.method = "POST",
             .path = "/v1/traces",
             .access = Access::push,
             .start = receive<Signal::traces>},
};

}  // namespace

std::string otlp_answer(Signal signal, bool is_json, const intake::Receipt& receipt) {
  const int64_t rejected = receipt.unusable + receipt.counts.refused + receipt.counts.future;
  std::string why = receipt.unusable_why;
  if (why.empty()) why = receipt.refused;
  if (why.empty() && receipt.counts.future > 0) why = "later than their arrival: a wrong clock";
  return otlp::accepted_answer(signal, is_json, rejected, why);
}

const std::span<const RouteDef> kOtlpRoutes = kRoutes;

}  // namespace tollgate::api
