// What commands ask of Tollgate, whether it runs in this process or behind --server: the same
// questions and the same JSON answers (app/render/answers.hpp makes them on either side).
#pragma once

#include "app/cli/files.hpp"
#include "app/cli/terminal.hpp"
#include "app/render/deployments.hpp"
#include "app/render/recommend.hpp"
#include "app/render/service_delivery.hpp"
#include "domain/model/events.hpp"
#include "domain/model/request.hpp"
#include "domain/slo/window.hpp"
#include "engine/engine.hpp"
#include "foundation/doc/node.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::cli {

class Invocation;

struct GateQuestion {
  model::GateRequest request;
  std::optional<Time> as_of;  // a what-if at that time, never recorded
  std::string idempotency_key;
};

struct EvidenceFile {
  std::string service;
  std::string version;
  std::string commit;
  std::string format;  // empty: recognised
  std::string file;    // name
  std::string bytes;
  std::string idempotency_key;
};

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

struct SloQuestion {
  std::string slo;
  std::string environment;
  engine::Part part = {};
  std::optional<Time> at = {};
};

struct DecisionQuery {
  std::string service;
  std::string environment;
  int64_t limit = 20;
  std::optional<int64_t> before;
};

/// A webhook's delivery as its sender would make it.
struct HookDelivery {
  std::string integration;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  bool is_trial = false;  // nothing is recorded
};

/// Alert rules over the past of an SLO.
struct AlertPastQuery {
  std::string slo;
  std::string environment = {};
  std::optional<Time> from = {};  // none: `since` before `to`
  std::optional<Time> to = {};    // none: now
  Duration since = days(30);
  std::string rules = {};  // rule set; empty: the SLO's own
  std::string severity = "page";
  Ppm injected = {50'000};
  std::vector<slo::Span> incidents = {};
};

class Backend {
 public:
  virtual ~Backend() = default;

  virtual Result<doc::Node> gate(const GateQuestion& question) = 0;
  virtual Result<doc::Node> record(const EvidenceFile& evidence) = 0;
  virtual Result<doc::Node> release(const model::ReleaseEnded& ended,
                                    const std::string& idempotency_key) = 0;
  /// A fact that somebody tells: {type, ...}, as POST /v1/observations takes it.
  virtual Result<doc::Node> observe(const doc::Node& fact, const std::string& idempotency_key) = 0;
  virtual Result<doc::Node> deployments(const render::DeploymentQuery& query) = 0;
  virtual Result<doc::Node> bypasses(const render::DeploymentQuery& query) = 0;
  /// Integrations, open questions and effects; how integrations fare only from a server.
  virtual Result<doc::Node> hooks() = 0;
  /// Takes a delivery in, as POST /v1/hooks/NAME does.
  virtual Result<doc::Node> deliver(const HookDelivery& delivery) = 0;
  /// Asks again for an effect that was given up.
  virtual Result<doc::Node> redeliver(int64_t effect, const std::string& idempotency_key) = 0;
  virtual Result<doc::Node> import_signals(const SignalFile& file) = 0;
  virtual Result<doc::Node> push_counters(const CounterPush& push) = 0;
  /// The answer of OTLP as JSON.
  virtual Result<doc::Node> push_otlp(const OtlpPush& push) = 0;
  virtual Result<doc::Node> status(const std::string& environment) = 0;
  virtual Result<doc::Node> decisions(const DecisionQuery& query) = 0;
  virtual Result<doc::Node> decision(const std::string& id) = 0;

  virtual Result<doc::Node> plan(const std::vector<NamedText>& files) = 0;
  virtual Result<doc::Node> apply(const std::vector<NamedText>& files, const std::string& reason,
                                  const std::string& expected_digest) = 0;
  virtual Result<doc::Node> policy() = 0;
  virtual Result<doc::Node> resources(const std::string& kind, const std::string& name) = 0;

  virtual Result<doc::Node> budget(const SloQuestion& question) = 0;
  virtual Result<doc::Node> burn(const SloQuestion& question) = 0;

  virtual Result<doc::Node> calendar_check(const engine::CalendarQuestion& question) = 0;
  virtual Result<doc::Node> calendar_when(const engine::CalendarQuestion& question) = 0;
  virtual Result<doc::Node> calendar_list(const std::string& calendar, int64_t days) = 0;
  virtual Result<doc::Node> calendar_add(const std::string& calendar,
                                         const model::CalendarEntry& entry,
                                         const std::string& idempotency_key) = 0;
  virtual Result<doc::Node> calendar_cancel(const std::string& id, const std::string& reason,
                                            const std::string& idempotency_key) = 0;
  virtual Result<doc::Node> calendar_import(const model::CalendarImported& imported,
                                            const std::string& idempotency_key) = 0;
  /// The iCalendar text.
  virtual Result<std::string> calendar_feed(const std::string& calendar) = 0;

  virtual Result<doc::Node> queue_list(const std::string& queue) = 0;
  virtual Result<doc::Node> queue_join(const model::QueueJoined& joined,
                                       const std::string& idempotency_key) = 0;
  /// Where a ticket stands; with a server after `wait`, or as soon as it waits no more.
  virtual Result<doc::Node> queue_ticket(const std::string& id, Duration wait) = 0;
  virtual Result<doc::Node> queue_move(const model::QueueMoved& moved,
                                       const std::string& idempotency_key) = 0;
  virtual Result<doc::Node> queue_leave(const std::string& id, int64_t token,
                                        const std::string& reason,
                                        const std::string& idempotency_key) = 0;
  virtual Result<doc::Node> queue_heartbeat(const std::string& queue, int64_t token) = 0;
  /// Of all SLOs if `slo` is empty.
  virtual Result<doc::Node> alerts(const std::string& slo) = 0;
  virtual Result<doc::Node> alert_backtest(const AlertPastQuery& query) = 0;
  virtual Result<doc::Node> alert_tuning(const AlertPastQuery& query) = 0;
  virtual Result<doc::Node> test_target(const std::string& target) = 0;
  virtual Result<doc::Node> dora(const render::DoraQuery& query) = 0;
  virtual Result<doc::Node> recommend(const render::RecommendQuery& query) = 0;
  virtual Result<doc::Node> latency(const LatencyQuery& query) = 0;

  virtual Result<doc::Node> ledger_head() = 0;
  virtual Result<doc::Node> ledger_proof(int64_t position) = 0;
  virtual Result<doc::Node> ledger_replay() = 0;
  /// The exported ledger, piece by piece.
  virtual Result<void> ledger_export(
      const std::function<Result<void>(std::string_view)>& write) = 0;

  /// Address of a page about a decision; empty in local mode.
  virtual std::string decision_link(const std::string& decision) const = 0;
};

/// The server if --server is set, else an engine on --data-dir that runs within this call.
Result<std::unique_ptr<Backend>> open_backend(const Invocation& call);
std::unique_ptr<Backend> open_remote(const Invocation& call);
Result<std::unique_ptr<Backend>> open_local(const Invocation& call);

/// --data-dir, or its default for local mode.
std::string data_dir_of(const Invocation& call);
/// Who is acting, from the CI's environment or the user's name; the subject only.
model::Actor local_actor(const Terminal& terminal);

}  // namespace tollgate::cli
