// What a journey happens in. Answers are the program's own JSON, so that every world is held to the
// same words.
#pragma once

#include "app/render/recommend.hpp"
#include "app/render/service_delivery.hpp"
#include "domain/model/events.hpp"
#include "engine/engine.hpp"
#include "foundation/doc/node.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace tollgate::journeys {

struct GateQuestion {
  model::GateRequest request;
  std::string idempotency_key;
  std::string as_of;  // empty: now, and recorded
};

struct ReportFile {
  std::string service;
  std::string version;
  std::string commit;
  std::string name;
  std::string bytes;
};

/// A webhook, signed as its sender would.
struct Webhook {
  std::string integration;
  std::string event;
  std::string delivery;  // the sender's name for it; empty: one of its own
  std::string body;
  bool is_forged = false;  // signed with another secret
};
/// The secret of every integration of a journey, which names it env:TOLLGATE_JOURNEY_SECRET.
inline constexpr const char* kHookSecretVariable = "TOLLGATE_JOURNEY_SECRET";
inline constexpr const char* kHookSecret = "a secret of the journey";
struct CounterPush {
  std::string slo;
  std::string environment;
  std::string track;
  std::string good;
  std::string bad;
  std::string time;  // empty: now
  std::string source;
  std::string key;
};

class World {
 public:
  virtual ~World() = default;
  virtual void set_time(Time now) = 0;
  virtual Result<doc::Node> apply(std::string_view yaml) = 0;
  virtual Result<doc::Node> plan(std::string_view yaml) = 0;
  virtual Result<doc::Node> import(std::string_view slo, std::string_view environment,
                                   std::string_view format, std::string_view bytes) = 0;
  /// Counters as POST /v1/counters takes them.
  virtual Result<doc::Node> push(const CounterPush& push) = 0;
  /// A request of OTLP: metrics, logs or traces, in JSON.
  virtual Result<doc::Node> otlp(std::string_view signal, std::string_view body) = 0;
  virtual Result<doc::Node> latency(std::string_view service, std::string_view before,
                                    std::string_view after) = 0;
  virtual Result<doc::Node> record(const ReportFile& file) = 0;
  virtual Result<doc::Node> release(const model::ReleaseEnded& ended) = 0;
  virtual Result<doc::Node> gate(const GateQuestion& question) = 0;
  /// Whether the calendars let a release go, or with `wants_when` when they will.
  virtual Result<doc::Node> calendar(const engine::CalendarQuestion& question, bool wants_when) = 0;
  virtual Result<doc::Node> calendar_add(const std::string& calendar,
                                         const model::CalendarEntry& entry) = 0;
  virtual Result<doc::Node> calendar_cancel(const std::string& id, const std::string& reason) = 0;
  virtual Result<doc::Node> queue_join(const model::QueueJoined& joined) = 0;
  virtual Result<doc::Node> queue_ticket(const std::string& id) = 0;
  virtual Result<doc::Node> queue_move(const model::QueueMoved& moved) = 0;
  virtual Result<doc::Node> queue_leave(const std::string& id, int64_t token) = 0;
  virtual Result<doc::Node> queue_heartbeat(const std::string& queue, int64_t token) = 0;
  virtual Result<doc::Node> hook(const Webhook& webhook) = 0;
  /// {type: "deployment", ...}, as POST /v1/observations takes it.
  virtual Result<doc::Node> tell(const doc::Node& fact) = 0;
  virtual Result<doc::Node> deployments(std::string_view service, std::string_view environment) = 0;
  virtual Result<doc::Node> bypasses() = 0;
  /// Audits the deployments, or one file of a pipeline with its path in the repository, and records
  /// it.
  virtual Result<doc::Node> audit(const std::string& file, std::string_view text) = 0;
  /// Makes the audits of the policy's schedules that are due, unless the world did by itself. The
  /// pipelines of acme/checkout are those of `audit`.
  virtual Result<doc::Node> audits_due() = 0;
  virtual Result<doc::Node> audits() = 0;
  virtual Result<doc::Node> dora(const render::DoraQuery& query) = 0;
  virtual Result<doc::Node> recommend(const render::RecommendQuery& query) = 0;
  /// The next 90 days of an environment.
  virtual Result<doc::Node> calendar_days(std::string_view environment, std::string_view zone) = 0;
  virtual Result<doc::Node> budget(std::string_view slo, std::string_view environment,
                                   std::string_view track) = 0;
  virtual Result<doc::Node> source(const std::string& name) = 0;
  virtual Result<doc::Node> source_test(const std::string& name) = 0;
  virtual Result<doc::Node> quarantine(const model::SourceQuarantined& quarantined) = 0;
  virtual Result<doc::Node> release_source(const model::SourceReleased& released) = 0;
  virtual Result<doc::Node> slo_revisions(const std::string& slo) = 0;
  virtual Result<doc::Node> decision_revisions(const std::string& decision) = 0;
  /// {on, alerts: [...]} of one SLO.
  virtual Result<doc::Node> alerts(std::string_view slo) = 0;
  /// One round of the alert watch as of now, which records what goes on and off. False: nobody
  /// watches here.
  virtual Result<bool> watch_alerts() = 0;
  /// {ok, size, ...} of the exported ledger.
  virtual Result<doc::Node> verify() = 0;
  /// {verdicts, identical, different}.
  virtual Result<doc::Node> replay() = 0;
  virtual Result<void> restart() = 0;
};

}  // namespace tollgate::journeys
