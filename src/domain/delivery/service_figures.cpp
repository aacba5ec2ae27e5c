#include "domain/delivery/service_figures.hpp"

#include "domain/delivery/record_index.hpp"

#include <algorithm>
#include <numeric>

namespace tollgate::delivery {
namespace {

using model::DeploymentKind;
using model::DeploymentStatus;

constexpr Ppm kConfidence{950'000};
constexpr double kWeekSeconds = 7 * 86'400;

/// Whether users met it: only then it is a deployment, and can fail as one.
bool was_met(const Deployment& deployment) {
  if (!deployment.end) return false;
  if (deployment.took_traffic) return *deployment.took_traffic;
  return deployment.status == DeploymentStatus::succeeded;
}

bool is_counted(DeploymentKind kind) {
  return kind == DeploymentKind::planned || kind == DeploymentKind::emergency ||
         kind == DeploymentKind::hotfix || kind == DeploymentKind::rollforward;
}

bool is_remedy(const Deployment& deployment) {
  return deployment.kind == DeploymentKind::rollback ||
         ((deployment.kind == DeploymentKind::hotfix ||
           deployment.kind == DeploymentKind::emergency ||
           deployment.kind == DeploymentKind::rollforward) &&
          !deployment.incident.empty());
}

bool is_rework(const Deployment& deployment) {
  return is_remedy(deployment) || deployment.kind == DeploymentKind::hotfix;
}

int64_t seconds_between(Time from, Time to) { return (to.ms - from.ms) / 1000; }

ShareFigure share_of(int64_t hits, int64_t of) {
  return {
      .hits = hits, .of = of, .interval = stats::wilson({.hits = hits, .total = of}, kConfidence)};
}

std::optional<Quantile> median_of(std::vector<int64_t> values) {
  std::sort(values.begin(), values.end());
  return quantile_of(values, 0.5);
}

/// Adds up one place after the other.
class Adder {
 public:
  explicit Adder(const RecordRules& rules) : rules_(rules) {}

  void add(const Place& place) {
    std::vector<const Deployment*> met;
    for (const Deployment& deployment : place.deployments) {
      if (was_met(deployment)) met.push_back(&deployment);
    }
    add_frequency(met);
    add_lead_times(place, met);
    add_failures(place, met);
    for (const Deployment& deployment : place.deployments) {
      const bool is_ended_rollback = deployment.kind == DeploymentKind::rollback && deployment.end;
      if (!is_ended_rollback || !is_inside(*deployment.end)) continue;
      ++rollbacks_;
      if (deployment.status == DeploymentStatus::succeeded) ++rollbacks_good_;
    }
  }

  ServiceFigures finish() {
    ServiceFigures& out = figures_;
    if (out.first) {
      const Time from = rules_.since.value_or(*out.first);
      const Time to = rules_.until.value_or(rules_.since ? rules_.now : *out.last);
      const int64_t counted = out.deployments - (rules_.since ? 0 : 1);
      const double span = static_cast<double>(seconds_between(from, to));
      if (span > 0) out.per_week = static_cast<double>(counted) * kWeekSeconds / span;
    }
    out.days = deployment_days();
    std::sort(gaps_.begin(), gaps_.end());
    out.gap.n = static_cast<int64_t>(gaps_.size());
    out.gap.median = quantile_of(gaps_, 0.5);
    if (!gaps_.empty()) {
      out.gap.mean_s =
          static_cast<double>(std::accumulate(gaps_.begin(), gaps_.end(), int64_t{0})) /
          static_cast<double>(gaps_.size());
    }
    std::sort(leads_.begin(), leads_.end());
    out.lead_time.n = static_cast<int64_t>(leads_.size());
    out.lead_time.median = quantile_of(leads_, 0.5);
    out.lead_time.p90 = quantile_of(leads_, 0.9);
    const int64_t failed = static_cast<int64_t>(out.failed.size());
    out.failures = share_of(failed, judged_);
    out.has_failure_data = rules_.has_incident_source || failed > 0;
    out.restore = open_spans(std::move(restored_), std::move(open_));
    out.detect = median_of(std::move(detects_));
    out.decide = median_of(std::move(decides_));
    out.roll_back = median_of(std::move(roll_backs_));
    out.rework = share_of(rework_, all_);
    out.rollbacks = share_of(rollbacks_good_, rollbacks_);
    out.gap_spans_s = std::move(gaps_);
    out.lead_spans_s = std::move(leads_);
    return std::move(figures_);
  }

 private:
  bool is_inside(Time at) const {
    return (!rules_.since || at >= *rules_.since) && (!rules_.until || at < *rules_.until);
  }

  DeploymentDays deployment_days() const {
    if (!first_day_ || (days_.empty() && !rules_.since)) return {};
    const calendar::Zone& zone = rules_.zone;
    // The first whole week in the window, and the first one that is not.
    int64_t first = rules_.since ? monday_of(local_day(zone, *rules_.since - milliseconds(1)) + 7)
                                 : monday_of(*days_.begin());
    first = std::max(first, monday_of(*first_day_));  // of the weeks before nothing is known
    int64_t behind = rules_.since || rules_.until
                         ? monday_of(local_day(zone, rules_.until.value_or(rules_.now)))
                         : monday_of(*days_.rbegin()) + 7;
    DeploymentDays out;
    std::vector<int64_t> counts;
    for (; first + 7 <= behind && counts.size() < kPeriodsMax; behind -= 7) {
      counts.push_back(std::distance(days_.lower_bound(behind - 7), days_.lower_bound(behind)));
    }
    std::sort(counts.begin(), counts.end());
    out.weeks = static_cast<int64_t>(counts.size());
    if (const auto median = quantile_of(counts, 0.5)) out.median = median->value;
    return out;
  }

  void add_frequency(const std::vector<const Deployment*>& met) {
    const Deployment* before = nullptr;
    for (const Deployment* deployment : met) {
      const Time end = *deployment->end;
      if (is_inside(end)) {
        ++figures_.by_kind[deployment->kind];
        if (deployment->kind != DeploymentKind::redeploy) ++all_;
        if (is_rework(*deployment)) ++rework_;
      }
      if (!is_counted(deployment->kind)) continue;
      const int64_t day = local_day(rules_.zone, end);
      first_day_ = std::min(day, first_day_.value_or(day));
      if (is_inside(end)) {
        ++figures_.deployments;
        days_.insert(day);
        if (!figures_.first || end < *figures_.first) figures_.first = end;
        if (!figures_.last || end > *figures_.last) figures_.last = end;
        if (before != nullptr) gaps_.push_back(seconds_between(*before->end, end));
      }
      before = deployment;
    }
  }

  /// The changes up to the one that a deployment names are shipped by it, unless an earlier one
  /// did.
  void add_lead_times(const Place& place, const std::vector<const Deployment*>& met) {
    const ChangeIndex index(place.changes);
    size_t shipped = 0;
    bool is_first = true;
    for (const Deployment* deployment : met) {
      if (deployment->status != DeploymentStatus::succeeded) continue;
      const size_t end = index.shipped_until(*deployment);
      const bool counts = is_inside(*deployment->end) && is_counted(deployment->kind);
      if (end == 0) {
        if (counts) ++figures_.unknown_changes;
        continue;
      }
      for (; shipped < end; ++shipped) {
        if (counts) add_change(place.changes[shipped], *deployment->end, is_first);
      }
      is_first = false;
    }
  }

  void add_change(const Change& change, Time deployed, bool is_first) {
    std::vector<Time> begins;
    for (const model::ChangeCommit& commit : change.commits)
      begins.push_back(commit.at.value_or(change.at));
    if (begins.empty()) begins.push_back(change.at);
    for (const Time begin : begins) {
      const int64_t span = seconds_between(begin, deployed);
      if (is_first) {
        ++figures_.lead_time.no_predecessor;
      } else if (span < 0) {
        ++figures_.lead_time.negative;
      } else {
        leads_.push_back(span);
      }
    }
  }

  void add_failures(const Place& place, const std::vector<const Deployment*>& met) {
    const CauseIndex causes(place.incidents);
    std::set<std::string> explained;  // incidents with a cause
    for (size_t i = 0; i < met.size(); ++i) {
      const Deployment& deployment = *met[i];
      const bool can_fail =
          is_counted(deployment.kind) || deployment.kind == DeploymentKind::config;
      if (!can_fail || !is_inside(*deployment.end)) continue;
      const Deployment* const next = i + 1 < met.size() ? met[i + 1] : nullptr;
      std::optional<ServiceFailure> failure =
          failure_of(place, causes, deployment, next, explained);
      if (failure) {
        ++judged_;
        add_spans(*failure);
        figures_.failed.push_back(std::move(*failure));
      } else if (*deployment.end + rules_.bake > rules_.now) {
        ++figures_.undetermined;
      } else {
        ++judged_;
      }
    }
    propose(place, met, explained);
  }

  std::optional<ServiceFailure> failure_of(const Place& place, const CauseIndex& causes,
                                           const Deployment& deployment, const Deployment* next,
                                           std::set<std::string>& explained) const {
    ServiceFailure failure{.service = place.service,
                           .environment = place.environment,
                           .deployment = deployment.id,
                           .version = deployment.version,
                           .ended = *deployment.end};
    const Incident* named = nullptr;
    for (const size_t at : causes.naming(deployment)) {
      const Incident& incident = place.incidents[at];
      explained.insert(incident.id);
      if (named == nullptr) named = &incident;
    }
    const bool is_taken_back = next != nullptr && next->kind == DeploymentKind::rollback;
    const bool is_fixed = next != nullptr && !is_taken_back && is_remedy(*next);
    if (deployment.status == DeploymentStatus::failed) {
      failure.evidence = FailureEvidence::aborted;
      failure.by = deployment.id;
      failure.detected = deployment.end;
    } else if (is_taken_back) {
      failure.evidence = FailureEvidence::rolled_back;
      failure.by = next->id;
    } else if (named != nullptr) {
      failure.evidence = FailureEvidence::incident_named;
      failure.by = named->id;
    } else if (is_fixed) {
      failure.evidence = FailureEvidence::hotfix;
      failure.by = next->id;
    } else {
      return std::nullopt;
    }
    if (named != nullptr) {
      failure.detected = named->opened;
      failure.restored = named->resolved;
    }
    if (is_taken_back || is_fixed) {
      failure.decided = next->begin;
      if (!next->incident.empty()) explained.insert(next->incident);
      if (next->status == DeploymentStatus::succeeded) {
        failure.remedied = next->end;
        failure.restored = std::min(failure.restored.value_or(*next->end), *next->end);
      }
    }
    return failure;
  }

  void add_spans(const ServiceFailure& failure) {
    const auto push = [](std::vector<int64_t>& spans, const std::optional<Time>& from,
                         const std::optional<Time>& to) {
      if (from && to && *to >= *from) spans.push_back(seconds_between(*from, *to));
    };
    push(detects_, failure.ended, failure.detected);
    push(decides_, failure.detected ? failure.detected : std::optional(failure.ended),
         failure.decided);
    push(roll_backs_, failure.decided, failure.remedied);
    if (failure.restored) {
      restored_.push_back(std::max<int64_t>(seconds_between(failure.ended, *failure.restored), 0));
    } else {
      open_.push_back(std::max<int64_t>(seconds_between(failure.ended, rules_.now), 0));
    }
  }

  /// Incidents without a cause that opened soon after the newest deployment before them.
  void propose(const Place& place, const std::vector<const Deployment*>& met,
               const std::set<std::string>& explained) {
    // The earliest end from each deployment on: it never falls, so that the last deployment that
    // ended by a moment is found by halving.
    std::vector<Time> earliest(met.size());
    for (size_t i = met.size(); i-- > 0;) {
      earliest[i] = *met[i]->end;
      if (i + 1 < met.size()) earliest[i] = std::min(earliest[i], earliest[i + 1]);
    }
    for (const Incident& incident : place.incidents) {
      if (explained.contains(incident.id) || !incident.caused_by.empty()) continue;
      const auto behind = std::upper_bound(earliest.begin(), earliest.end(), incident.opened);
      if (behind == earliest.begin()) continue;
      const Deployment* const newest = met[static_cast<size_t>(behind - earliest.begin()) - 1];
      if (!is_inside(*newest->end)) continue;
      if (incident.opened - *newest->end > rules_.near) continue;
      figures_.proposals.push_back({.service = place.service,
                                    .environment = place.environment,
                                    .deployment = newest->id,
                                    .incident = incident.id});
    }
  }

  const RecordRules& rules_;
  ServiceFigures figures_;
  std::vector<int64_t> gaps_, leads_, restored_, open_, detects_, decides_, roll_backs_;
  std::set<int64_t> days_;                 // with a deployment
  std::optional<int64_t> first_day_ = {};  // with one, also before the window
  int64_t judged_ = 0;
  int64_t all_ = 0;
  int64_t rework_ = 0;
  int64_t rollbacks_ = 0;
  int64_t rollbacks_good_ = 0;
};

}  // namespace

std::string_view failure_evidence_name(FailureEvidence evidence) {
  switch (evidence) {
    case FailureEvidence::aborted:
      return "aborted";
    case FailureEvidence::rolled_back:
      return "rolled_back";
    case FailureEvidence::incident_named:
      return "incident_named";
    case FailureEvidence::hotfix:
      return "hotfix";
  }
  return "";
}

ServiceFigures service_figures(std::span<const Place> places, const RecordRules& rules) {
  Adder adder(rules);
  for (const Place& place : places) adder.add(place);
  return adder.finish();
}

ServiceFigures service_figures(const Places& places, const RecordRules& rules) {
  Adder adder(rules);
  for (const std::shared_ptr<const Place>& place : places) adder.add(*place);
  return adder.finish();
}

OpenSpans open_spans(std::vector<int64_t> ended, std::vector<int64_t> open) {
  std::sort(ended.begin(), ended.end());
  std::sort(open.begin(), open.end());
  OpenSpans spans{.n = static_cast<int64_t>(ended.size()),
                  .open = static_cast<int64_t>(open.size())};
  if (open.empty()) {
    spans.median = quantile_of(ended, 0.5);
    return spans;
  }
  double surviving = 1;
  for (size_t i = 0; i < ended.size(); ++i) {
    const int64_t span = ended[i];
    // At risk: all that lasted at least this long.
    const auto still_open = open.end() - std::lower_bound(open.begin(), open.end(), span);
    const double at_risk = static_cast<double>(ended.size() - i) + static_cast<double>(still_open);
    surviving *= 1 - 1 / at_risk;
    if (surviving > 0.5 + 1e-12) continue;
    const double value = static_cast<double>(span);
    spans.median = Quantile{.value = value, .interval = {.low = value, .high = value}};
    // The interval of the ended ones alone would be too sure; its lower end is all that is known.
    const std::optional<Quantile> alone = quantile_of(ended, 0.5);
    spans.median->interval = {
        .low = std::min(alone->interval.low, value),
        .high = std::max({alone->interval.high, value, static_cast<double>(open.back())})};
    return spans;
  }
  const int64_t longest = std::max(ended.empty() ? 0 : ended.back(), open.back());
  spans.at_least_s = static_cast<double>(longest);
  return spans;
}

}  // namespace tollgate::delivery
