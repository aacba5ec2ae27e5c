// gRPC as a dress of HTTP/2 requests and answers: the prefix of a message, statuses in trailers.
// Unary calls only. Pure. Source: "gRPC over HTTP2" (PROTOCOL-HTTP2) and google.rpc.Status.
#pragma once

#include "edge/net/http_types.hpp"
#include "foundation/base/time.hpp"

#include <string>
#include <string_view>

namespace tollgate::net {

/// The statuses of gRPC that this server gives.
enum class GrpcStatus {
  ok = 0,
  invalid_argument = 3,
  deadline_exceeded = 4,
  permission_denied = 7,
  resource_exhausted = 8,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  unauthenticated = 16,
};

/// True if the request says that it is a call of gRPC.
bool is_grpc(const Request& request);
/// The one message of a call: a view into the body, still compressed if `is_compressed`.
struct GrpcMessage {
  std::string_view bytes;
  bool is_compressed = false;  // with gzip
};
/// Errors: bad_request (no message, more than one, cut off, compressed without saying how),
/// unsupported_media (a codec or a compression that is not taken).
Result<GrpcMessage> grpc_message(const Request& request);
/// How long the client waits (grpc-timeout); 0: for ever. Broken values count as 0.
Duration grpc_timeout(const Request& request);

/// The status for an error, by the HTTP status of its catalogue row.
GrpcStatus grpc_status(const Error& error);
/// An answer with one message.
Response grpc_answer(std::string_view message);
/// An answer without one. RESOURCE_EXHAUSTED and UNAVAILABLE of a moment carry RetryInfo, without
/// which OpenTelemetry's exporters drop what they sent.
Response grpc_refusal(const Error& error);
Response grpc_refusal(GrpcStatus status, std::string_view words, Duration retry_after = {});

}  // namespace tollgate::net
