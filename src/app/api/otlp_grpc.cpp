// OTLP over gRPC at the names that its specification gives: metrics, logs and traces. The messages
// are those of OTLP over HTTP, and so are the answers; only their dress differs.
#include "app/api/intake.hpp"
#include "app/api/otlp.hpp"
#include "app/api/route.hpp"
#include "edge/net/grpc.hpp"
#include "edge/otlp/gzip.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::api {
namespace {

using otlp::Signal;

template <Signal signal>
net::Response taken(const intake::Receipt& receipt, const std::string&) {
  return net::grpc_answer(otlp_answer(signal, false, receipt));
}

net::Response refused(const Error& error, const std::string&) { return net::grpc_refusal(error); }

net::Response problem(const Error& error, const std::string& path) {
  return net::problem(error, path);
}

/// Leaves the message alone as the body.
Result<void> take_message(net::Request& request) {
  if (!net::is_grpc(request)) {
    return fail(codes::unsupported_media, "calls of gRPC are application/grpc, not \"{}\"",
                request.header("content-type"));
  }
  if (!request.is_http2) return fail(codes::bad_request, "calls of gRPC need HTTP/2");
  TOLLGATE_TRY(const net::GrpcMessage message, net::grpc_message(request));
  if (message.is_compressed != otlp::is_gzip(message.bytes)) {
    return fail(codes::bad_request, "the message {} gzip, and its prefix says otherwise",
                message.is_compressed ? "is no" : "is");
  }
  request.body.erase(0, request.body.size() - message.bytes.size());
  return {};
}

template <Signal signal>
void receive(Call call, net::Responder responder) {
  SignalAnswers answers{taken<signal>, refused};
  if (!call.request.is_http2 || !net::is_grpc(call.request)) answers.refused = problem;
  Result<intake::Encoding> encoding = otlp::encoding_of(signal, false);
  if (auto ready = take_message(call.request); !ready) encoding = tl::unexpected(ready.error());
  submit_signals(std::move(call), std::move(responder), std::move(encoding), answers);
}

constexpr std::array kRoutes = {
    RouteDef{.method = "POST",
             .path = "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
             .access = Access::push,
             .start = receive<Signal::logs>},
    RouteDef{.method = "POST",
             .path = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
             .access = Access::push,
             .start = receive<Signal::metrics>},
    RouteDef{.method = "POST",
             .path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
             .access = Access::push,
             .start = receive<Signal::traces>},
};

}  // namespace

const std::span<const RouteDef> kOtlpGrpcRoutes = kRoutes;

}  // namespace tollgate::api
