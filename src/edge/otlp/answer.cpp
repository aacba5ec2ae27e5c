// The answers that senders of OTLP expect.
#include "edge/otlp/gzip.hpp"
#include "edge/otlp/otlp.hpp"
#include "edge/otlp/wire.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <array>

namespace tollgate::otlp {
namespace {

constexpr std::array<std::string_view, 3> kRejectedNames = {"rejectedDataPoints",
                                                            "rejectedLogRecords", "rejectedSpans"};

void put_varint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

void put_number(std::string& out, uint32_t field, int64_t value) {
  if (value == 0) return;
  put_varint(out, field << 3);
  put_varint(out, static_cast<uint64_t>(value));
}

void put_text(std::string& out, uint32_t field, std::string_view text) {
  if (text.empty()) return;
  put_varint(out, field << 3 | 2);
  put_varint(out, text.size());
  out += text;
}

/// google.rpc.Code for an HTTP status.
int64_t rpc_code(int http_status) {
  constexpr int64_t kInvalid = 3, kPermission = 7, kExhausted = 8, kInternal = 13,
                    kUnavailable = 14, kUnauthenticated = 16;
  if (http_status == 401) return kUnauthenticated;
  if (http_status == 403) return kPermission;
  if (http_status == 429) return kExhausted;
  if (http_status == 503) return kUnavailable;
  return http_status >= 500 ? kInternal : kInvalid;
}

}  // namespace

Result<Signal> parse_signal(std::string_view name) {
  const std::vector<std::string> names = {"metrics", "logs", "traces"};
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Signal>(i);
  }
  return fail(codes::unknown_name, "OTLP has no signal \"{}\"{}; known are {}", name,
              did_you_mean(name, names), join(names, ", "));
}

intake::Encoding encoding_of(Signal signal, bool is_json) {
  switch (signal) {
    case Signal::metrics:
      return is_json ? intake::Encoding::otlp_metrics_json : intake::Encoding::otlp_metrics;
    case Signal::logs:
      return is_json ? intake::Encoding::otlp_logs_json : intake::Encoding::otlp_logs;
    case Signal::traces:
      break;
  }
  return is_json ? intake::Encoding::otlp_traces_json : intake::Encoding::otlp_traces;
}

bool is_json(std::string_view body) {
  std::string plain;
  const auto text = uncompress_gzip(body, plain);
  return text && trim(text->substr(0, 64)).starts_with('{');
}

std::string accepted_answer(Signal signal, bool is_json, int64_t rejected, std::string_view why) {
  if (is_json) {
    doc::Node answer = doc::Node::object();
    if (rejected == 0 && why.empty()) return "{}";
    doc::Node partial = doc::Node::object();
    if (rejected != 0)  // 64-bit integers are texts
      partial.set(kRejectedNames[static_cast<size_t>(signal)], std::to_string(rejected));
    if (!why.empty()) partial.set("errorMessage", why);
    answer.set("partialSuccess", std::move(partial));
    return doc::compact_json(answer);
  }
  std::string partial;
  put_number(partial, wire::answer::kRejected, rejected);
  put_text(partial, wire::answer::kErrorMessage, why);
  std::string out;
  put_text(out, wire::answer::kPartialSuccess, partial);
  return out;
}

std::string refused_answer(bool is_json, int http_status, std::string_view why) {
  const int64_t code = rpc_code(http_status);
  if (is_json) return doc::compact_json(doc::Node::object({{"code", code}, {"message", why}}));
  std::string out;
  put_number(out, wire::answer::kStatusCode, code);
  put_text(out, wire::answer::kStatusMessage, why);
  return out;
}

}  // namespace tollgate::otlp
