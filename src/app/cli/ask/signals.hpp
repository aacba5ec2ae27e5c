// Giving signals, and the latency that traces tell.
#pragma once

#include "app/cli/backend.hpp"
#include "foundation/doc/node.hpp"

#include <optional>
#include <string>

namespace tollgate::cli::ask {

struct SignalFile {
  std::string slo;
  std::string environment;
  std::string format;
  std::string bad_status;  // "5xx,429"; empty: 5xx
  Duration slower_than;    // 0: time does not count
  std::string bytes;
  std::string idempotency_key;
};

struct CounterPush {
  std::string body;    // JSON, as POST /v1/counters takes it
  std::string source;  // empty: who acts
  std::string idempotency_key;
};

/// OTLP, protobuf or JSON, plain or with gzip.
struct OtlpPush {
  std::string signal = {};  // metrics, logs, traces
  std::string body = {};
  std::string source = {};  // empty: who acts
};

/// How the latency of a service changed; empty versions: the last two.
struct LatencyQuery {
  std::string service = {};
  std::string before = {};
  std::string after = {};
  std::string environment = {};
  std::string track_before = {};
  std::string track_after = {};
  std::string operation = {};
};

Result<doc::Node> import_signals(Backend& backend, const SignalFile& file);
Result<doc::Node> push_counters(Backend& backend, const CounterPush& push);
/// The answer of OTLP as JSON.
Result<doc::Node> push_otlp(Backend& backend, const OtlpPush& push);
Result<doc::Node> latency(Backend& backend, const LatencyQuery& query);

/// The latency of every operation of a service; empty texts match all.
struct OperationsQuery {
  std::string service = {};
  std::string version = {};
  std::string environment = {};
};
Result<doc::Node> operations(Backend& backend, const OperationsQuery& query);

/// How long the events of an SLO took within `window` before `at` (none: now).
struct SloLatencyQuery {
  std::string slo = {};
  std::string environment = {};
  std::string track = {};
  std::string version = {};
  std::string group = {};
  Duration window = hours(1);
  std::optional<Time> at = {};
};
Result<doc::Node> slo_latency(Backend& backend, const SloLatencyQuery& query);

}  // namespace tollgate::cli::ask
