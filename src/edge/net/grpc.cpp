#include "edge/net/grpc.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::net {
namespace {

constexpr std::string_view kContentType = "application/grpc";
constexpr std::string_view kEncodings = "identity,gzip";
constexpr size_t kPrefixBytes = 5;  // whether it is compressed, and its length
constexpr size_t kWordsMax = 1000;  // of a message in a header
constexpr Duration kRetryAfter = seconds(2);
constexpr std::string_view kRetryInfo = "type.googleapis.com/google.rpc.RetryInfo";

uint32_t read_length(std::string_view bytes) {
  uint32_t length = 0;
  for (const char byte : bytes) length = length << 8 | static_cast<uint8_t>(byte);
  return length;
}

/// Percent escapes as gRPC wants them: everything but visible ASCII and the space.
std::string escape(std::string_view words) {
  std::string out;
  for (const char c : words.substr(0, kWordsMax)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte <= 0x7E && c != '%') {
      out += c;
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

void put_varint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

void put_field(std::string& out, uint32_t field, std::string_view bytes) {
  put_varint(out, field << 3 | 2);
  put_varint(out, bytes.size());
  out += bytes;
}

/// google.rpc.Status with one detail: RetryInfo{retry_delay}.
std::string status_with_retry(GrpcStatus status, std::string_view words, Duration retry_after) {
  std::string delay;  // google.protobuf.Duration
  if (retry_after.ms >= 1000) {
    put_varint(delay, 1 << 3);
    put_varint(delay, static_cast<uint64_t>(retry_after.ms / 1000));
  }
  if (retry_after.ms % 1000 != 0) {
    constexpr uint64_t kNanosecondsPerMs = 1'000'000;
    put_varint(delay, 2 << 3);
    put_varint(delay, static_cast<uint64_t>(retry_after.ms % 1000) * kNanosecondsPerMs);
  }
  std::string info;
  put_field(info, 1, delay);
  std::string detail;  // google.protobuf.Any
  put_field(detail, 1, kRetryInfo);
  put_field(detail, 2, info);
  std::string out;
  put_varint(out, 1 << 3);
  put_varint(out, static_cast<uint64_t>(status));
  put_field(out, 2, words);
  put_field(out, 3, detail);
  return out;
}

}  // namespace

bool is_grpc(const Request& request) {
  const std::string_view type = request.header("content-type");
  if (!type.starts_with(kContentType)) return false;
  const std::string_view rest = type.substr(kContentType.size());
  return rest.empty() || rest.front() == '+' || rest.front() == ';';
}

Result<GrpcMessage> grpc_message(const Request& request) {
  const std::string media = lower_case(request.header("content-type"));
  const std::string_view codec =
      std::string_view(media).substr(std::min(kContentType.size(), media.size()));
  if (codec.starts_with('+') && !codec.starts_with("+proto"))
    return fail(codes::unsupported_media, "calls carry protobuf, not \"{}\"", media);
  const std::string_view body = request.body;
  if (body.size() < kPrefixBytes)
    return fail(codes::bad_request, "the call has no message, or it is cut off");
  const size_t length = read_length(body.substr(1, kPrefixBytes - 1));
  if (length != body.size() - kPrefixBytes) {
    return fail(codes::bad_request,
                "the call must have exactly one message: its prefix says {} bytes, {} came", length,
                body.size() - kPrefixBytes);
  }
  GrpcMessage message{.bytes = body.substr(kPrefixBytes), .is_compressed = body.front() != 0};
  if (!message.is_compressed) return message;
  const std::string encoding = lower_case(request.header("grpc-encoding"));
  if (encoding.empty() || encoding == "identity" || body.front() != 1)
    return fail(codes::bad_request, "the message is compressed, but grpc-encoding names nothing");
  if (encoding != "gzip") {
    return fail(codes::unsupported_media, "messages may be compressed with gzip, not \"{}\"",
                encoding);
  }
  return message;
}

Duration grpc_timeout(const Request& request) {
  constexpr size_t kDigitsMax = 8;
  const std::string_view text = request.header("grpc-timeout");
  if (text.size() < 2 || text.size() > kDigitsMax + 1) return {};
  const Result<int64_t> number = parse_integer(text.substr(0, text.size() - 1));
  if (!number || *number <= 0) return {};
  switch (text.back()) {
    case 'H':
      return hours(*number);
    case 'M':
      return minutes(*number);
    case 'S':
      return seconds(*number);
    case 'm':
      return milliseconds(*number);
    case 'u':
      return milliseconds(*number / 1000 + 1);
    case 'n':
      return milliseconds(*number / 1'000'000 + 1);
    default:
      return {};
  }
}

GrpcStatus grpc_status(const Error& error) {
  const int status = code_info(error.code).http_status;
  switch (status) {
    case 401:
      return GrpcStatus::unauthenticated;
    case 403:
      return GrpcStatus::permission_denied;
    case 404:
    case 405:
    case 415:
      return GrpcStatus::unimplemented;
    case 408:
      return GrpcStatus::deadline_exceeded;
    case 413:
    case 429:
    case 431:
      return GrpcStatus::resource_exhausted;
    default:
      return status >= 500 ? GrpcStatus::unavailable : GrpcStatus::invalid_argument;
  }
}

Response grpc_answer(std::string_view message) {
  Response response{.content_type = kContentType,
                    .headers = {{"grpc-accept-encoding", std::string(kEncodings)}},
                    .trailers = {{"grpc-status", "0"}}};
  const auto length = static_cast<uint32_t>(message.size());
  response.body = {'\0', static_cast<char>(length >> 24), static_cast<char>(length >> 16),
                   static_cast<char>(length >> 8), static_cast<char>(length)};
  response.body += message;
  return response;
}

Response grpc_refusal(const Error& error) {
  const int status = code_info(error.code).http_status;
  const bool is_worth_a_retry = status == 429 || status >= 500;
  return grpc_refusal(grpc_status(error),
                      fmt::format("{}: {}", code_text(error.code), error.message),
                      is_worth_a_retry ? kRetryAfter : Duration{});
}

Response grpc_refusal(GrpcStatus status, std::string_view words, Duration retry_after) {
  Response response{.content_type = kContentType,
                    .headers = {{"grpc-status", std::to_string(static_cast<int>(status))},
                                {"grpc-message", escape(words)},
                                {"grpc-accept-encoding", std::string(kEncodings)}}};
  if (retry_after.ms > 0) {
    response.headers.push_back(
        {"grpc-status-details-bin",
         base64_encode(status_with_retry(status, words.substr(0, kWordsMax), retry_after))});
  }
  return response;
}

}  // namespace tollgate::net
