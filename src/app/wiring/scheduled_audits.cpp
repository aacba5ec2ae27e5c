#include "app/wiring/scheduled_audits.hpp"

#include "app/render/audit.hpp"
#include "app/wiring/pipelines.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace tollgate::wiring {
namespace {

using doc::Node;

constexpr std::chrono::seconds kTick{1};

}  // namespace

void ScheduledAudits::start() {
  thread_.start("audits", kTick, [this] { run_due(); });
}
void ScheduledAudits::stop() { thread_.stop(); }

Node ScheduledAudits::run_due() {
  const std::lock_guard lock(running_);
  const auto policy = engine_.policy();
  const auto schedules = render::audit_schedules(policy->bundle());
  std::erase_if(failures_, [&](const auto& failure) {
    return std::none_of(schedules.begin(), schedules.end(),
                        [&](const auto* one) { return one->name == failure.first; });
  });
  Node audits = Node::array();
  int64_t findings = 0;
  for (const model::AuditSchedule* schedule : schedules) {
    if (thread_.is_stopping()) break;
    const Time now = clock_.now();
    const Time due = render::audit_due(engine_, *schedule, now);
    const auto failure = failures_.find(schedule->name);
    if (due > now || (failure != failures_.end() && failure->second.retry > now)) continue;
    Result<Node> made = run(*schedule, due);
    if (!made) {
      note_failure(*schedule, made.error(), now);
      continue;
    }
    failures_.erase(schedule->name);
    findings += made->integer_or("findings", 0);
    audits.push(std::move(*made));
  }
  Node failed = Node::array();
  for (const auto& [name, failure] : failures_) {
    failed.push(Node::object({{"schedule", name},
                              {"error", failure.error},
                              {"advice", failure.advice},
                              {"retry", time_text(failure.retry)}}));
  }
  return Node::object(
      {{"audits", std::move(audits)}, {"findings", findings}, {"failed", std::move(failed)}});
}

Result<Node> ScheduledAudits::run(const model::AuditSchedule& schedule, Time due) {
  TOLLGATE_TRY(render::AuditDraft draft, draft_of(schedule));
  TOLLGATE_CHECK(render::compare_round(engine_, schedule, due, draft));
  return render::record_draft(
      engine_, draft,
      {.actor = {.subject = "tollgate", .issuer = std::string(engine::kEngineIssuer)}});
}

Result<render::AuditDraft> ScheduledAudits::draft_of(const model::AuditSchedule& schedule) {
  const Time now = clock_.now();
  if (schedule.scope == model::AuditScope::deployments)
    return render::draft_of_deployments(engine_, now - schedule.window, now);
  const auto checkout = checkouts_.find(schedule.source);
  if (checkout == checkouts_.end()) {
    std::vector<std::string> known;
    for (const auto& [source, folder] : checkouts_) known.push_back(source);
    return fail(codes::unknown_checkout, "no folder is known for the pipelines of \"{}\"{}",
                schedule.source, did_you_mean(schedule.source, known));
  }
  TOLLGATE_TRY(const pipelines::AuditReport report,
               audit_checkout(checkout->second, engine_.policy()->bundle(), now));
  return render::draft_of_pipelines(
      render::recordable_audit(report, schedule.source, checked_out_commit(checkout->second)));
}

void ScheduledAudits::note_failure(const model::AuditSchedule& schedule, const Error& error,
                                   Time now) {
  Failure& failure = failures_[schedule.name];
  failure.error = error.text();
  failure.advice = code_info(error.code).help;
  Duration wait = kRetryFirst;
  for (int64_t i = 0; i < failure.count && wait < schedule.every; ++i) wait = wait * 2;
  failure.retry = now + std::min(wait, schedule.every);
  if (failure.count++ == 0)
    log::warn("the audit {} cannot be made: {}", schedule.name, failure.error);
}

}  // namespace tollgate::wiring
