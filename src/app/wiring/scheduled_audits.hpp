// Makes the audits of the policy's AuditSchedules when they are due, in a server by itself. Each
// becomes an audit.recorded; which ones are due follows from those, so that a restart neither
// repeats nor loses one.
#pragma once

#include "app/api/audit_desk.hpp"
#include "app/render/audit_round.hpp"
#include "engine/engine.hpp"
#include "foundation/base/round_thread.hpp"

#include <map>
#include <mutex>
#include <string>

namespace tollgate::wiring {

/// Safe from any thread.
class ScheduledAudits : public api::AuditDesk {
 public:
  static constexpr Duration kRetryFirst = minutes(1);  // doubled with every failure in a row, up to
                                                       // the schedule's own interval
  /// Folders of checked-out repositories, by source.
  using Checkouts = std::map<std::string, std::string>;

  /// Both outlive this.
  ScheduledAudits(engine::Engine& engine, engine::Clock& clock, Checkouts checkouts)
      : engine_(engine), clock_(clock), checkouts_(std::move(checkouts)) {}
  ~ScheduledAudits() override { stop(); }
  ScheduledAudits(const ScheduledAudits&) = delete;
  ScheduledAudits& operator=(const ScheduledAudits&) = delete;

  /// Starts the thread that makes them.
  void start();
  void stop();
  doc::Node run_due() override;

 private:
  struct Failure {
    int64_t count = 0;  // in a row
    Time retry = {};
    std::string error = {};
    std::string_view advice = {};
  };

  Result<doc::Node> run(const model::AuditSchedule& schedule, Time due);
  Result<render::AuditDraft> draft_of(const model::AuditSchedule& schedule);
  void note_failure(const model::AuditSchedule& schedule, const Error& error, Time now);

  engine::Engine& engine_;
  engine::Clock& clock_;
  const Checkouts checkouts_;
  std::mutex running_;                       // held by the thread that makes audits
  std::map<std::string, Failure> failures_;  // by schedule; guarded by running_
  RoundThread thread_;
};

}  // namespace tollgate::wiring
