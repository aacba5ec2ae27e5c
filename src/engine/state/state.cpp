#include "engine/state/state.hpp"

#include "foundation/base/assert.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>

namespace tollgate::engine {

State::State() : policy_(std::make_shared<const Policy>(model::Bundle())) {}

Result<void> State::evolve(const model::Event& event) {
  if (event.position != size_) {
    return fail(codes::bad_ledger_file, "record {} stands where {} was due", event.position, size_);
  }
  if (const auto* applied = std::get_if<model::PolicyApplied>(&event.data)) {
    TOLLGATE_CHECK(apply(*applied, event.time));
  } else if (const auto* evidence = std::get_if<model::EvidenceRecorded>(&event.data)) {
    take(*evidence, event);
  } else if (const auto* given = std::get_if<model::VerdictGiven>(&event.data)) {
    const model::Verdict& verdict = given->verdict;
    if (verdict.outcome == model::Outcome::allow) {
      take_release(verdict.request.service, verdict.request.environment,
                   {.version = verdict.request.version,
                    .commit = verdict.request.commit,
                    .position = event.position,
                    .time = event.time});
    }
  } else if (const auto* ended = std::get_if<model::ReleaseEnded>(&event.data)) {
    if (ended->result == model::ReleaseResult::succeeded) {
      take_release(ended->service, ended->environment,
                   {.version = ended->version,
                    .commit = ended->commit,
                    .position = event.position,
                    .is_confirmed = true,
                    .time = event.time});
    } else {
      for (Released& released : services_[ended->service].released[ended->environment]) {
        if (released.version == ended->version) released.is_gone = true;
      }
    }
  }
  book_.take(event);
  board_.take(event);
  observed_.take(event);
  alerts_.take(event);
  quarantines_.take(event);
  ++size_;
  time_ = std::max(time_, event.time);
  return {};
}

Result<void> State::apply(const model::PolicyApplied& applied, Time time) {
  TOLLGATE_TRY(model::Bundle bundle, policy_->bundle().changed(applied.removed, applied.resources));
  if (bundle.digest() != applied.digest) {
    return fail(codes::bad_ledger_file, "record {} builds policy {}, not the recorded {}", size_,
                digest_text(bundle.digest()), digest_text(applied.digest));
  }
  policy_ = std::make_shared<const Policy>(std::move(bundle), time);
  return {};
}

void State::take(const model::EvidenceRecorded& evidence, const model::Event& event) {
  std::deque<Build>& builds = services_[evidence.service].builds;
  auto build = std::find_if(builds.rbegin(), builds.rend(), [&](const Build& candidate) {
    return candidate.version == evidence.version && candidate.commit == evidence.commit;
  });
  if (build == builds.rend()) {
    builds.push_back({.version = evidence.version, .commit = evidence.commit, .reports = {}});
    if (builds.size() > kBuildsMax) builds.pop_front();
    build = builds.rbegin();
  }
  build->reports[evidence.report.kind] = {.position = event.position,
                                          .time = event.time,
                                          .version = evidence.version,
                                          .commit = evidence.commit,
                                          .report = evidence.report};
  take_provenance(evidence, event);
}

void State::take_provenance(const model::EvidenceRecorded& evidence, const model::Event& event) {
  ServiceState& service = services_[evidence.service];
  for (const model::Provenance& stated : evidence.report.provenance) {
    for (const model::ProvenanceSubject& subject : stated.subjects) {
      const auto [place, is_new] = service.provenance.try_emplace(subject.digest);
      if (is_new) service.artifacts.push_back(subject.digest);
      auto& statements = place->second;
      statements.push_back({.position = event.position, .time = event.time, .provenance = stated});
      if (statements.size() > kStatementsMax) statements.erase(statements.begin());
      if (service.artifacts.size() <= kArtifactsMax) continue;
      service.provenance.erase(service.artifacts.front());
      service.artifacts.pop_front();
    }
  }
}

void State::take_release(const std::string& service, const std::string& environment,
                         Released released) {
  std::deque<Released>& list = services_[service].released[environment];
  list.push_back(std::move(released));
  if (list.size() > kReleasedMax) list.pop_front();
}

const Build* State::find_build(const std::string& service, std::string_view version,
                               std::string_view commit) const {
  const auto found = services_.find(service);
  if (found == services_.end()) return nullptr;
  const auto& builds = found->second.builds;
  // A commit names a build better than a version; either may be missing on one side.
  const auto matches = [&](const Build& build) {
    if (!commit.empty() && !build.commit.empty()) return build.commit == commit;
    return !version.empty() && build.version == version;
  };
  const auto build = std::find_if(builds.rbegin(), builds.rend(), matches);
  return build == builds.rend() ? nullptr : &*build;
}

const gate::RecordedReport* State::candidate_report(const model::GateRequest& request,
                                                    model::ReportKind kind) const {
  const Build* build = find_build(request.service, request.version, request.commit);
  if (build == nullptr) return nullptr;
  const auto report = build->reports.find(kind);
  return report == build->reports.end() ? nullptr : &report->second;
}

const Released* State::baseline(const model::GateRequest& request) const {
  const auto service = services_.find(request.service);
  if (service == services_.end()) return nullptr;
  const auto list = service->second.released.find(request.environment);
  if (list == service->second.released.end()) return nullptr;
  const auto newest = [&](bool must_be_confirmed) -> const Released* {
    for (auto released = list->second.rbegin(); released != list->second.rend(); ++released) {
      if (released->version == request.version) continue;
      if (released->is_confirmed || !must_be_confirmed) return &*released;
    }
    return nullptr;
  };
  // Where releases are confirmed, only those count; a gate's allow alone does not mean that it went
  // out.
  const Released* confirmed = newest(true);
  return confirmed != nullptr ? confirmed : newest(false);
}

gate::ReleaseFact State::release_in(const model::GateRequest& request,
                                    const std::string& environment) const {
  gate::ReleaseFact fact{.environment = environment};
  const auto service = services_.find(request.service);
  if (service == services_.end()) return fact;
  const auto list = service->second.released.find(environment);
  if (list == service->second.released.end()) return fact;
  const bool must_be_confirmed =
      std::any_of(list->second.begin(), list->second.end(),
                  [](const Released& released) { return released.is_confirmed; });
  for (const Released& released : list->second) {
    const bool is_same =
        released.version == request.version &&
        (released.commit.empty() || request.commit.empty() || released.commit == request.commit);
    if (!is_same || (must_be_confirmed && !released.is_confirmed)) continue;
    fact.position = released.position;
    fact.since = released.time;
    fact.is_gone = released.is_gone;
  }
  return fact;
}

gate::ArtifactFact State::artifact(const model::GateRequest& request) const {
  gate::ArtifactFact fact{.digest = model::artifact_digest(request.artifact),
                          .commit = request.commit};
  const auto service = services_.find(request.service);
  if (service == services_.end() || fact.digest.empty()) return fact;
  if (fact.commit.empty()) {
    if (const Build* build = find_build(request.service, request.version, {}))
      fact.commit = build->commit;
  }
  const auto stated = service->second.provenance.find(fact.digest);
  if (stated != service->second.provenance.end()) fact.statements = stated->second;
  return fact;
}

const gate::RecordedReport* State::baseline_report(const model::GateRequest& request,
                                                   model::ReportKind kind) const {
  const Released* released = baseline(request);
  if (released == nullptr) return nullptr;
  const Build* build = find_build(request.service, released->version, released->commit);
  if (build == nullptr) return nullptr;
  const auto report = build->reports.find(kind);
  return report == build->reports.end() ? nullptr : &report->second;
}

}  // namespace tollgate::engine
