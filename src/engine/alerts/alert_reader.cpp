#include "engine/alerts/alert_reader.hpp"

#include "domain/gate/check.hpp"
#include "domain/slo/budget.hpp"
#include "foundation/base/assert.hpp"

#include <algorithm>

namespace tollgate::engine {
namespace {

/// The part of the budget that a reading of the objective's whole window leaves.
std::optional<Ppm> left_of(const slo::Objective& objective, const model::Reading& reading) {
  if (!reading.error.empty() || reading.total <= 0) return std::nullopt;
  return slo::spending(objective, reading).left;
}

}  // namespace

bool AlertReader::turn_to(const AlertSubject& subject) {
  subject_ = &subject;
  is_counted_here_ = false;
  known_.assign(subject.windows.size(), std::nullopt);
  const slo::Objective& objective = subject.resolved.objective;
  if (!objective.window.is_rolling) return false;  // its span needs a calendar
  spans_.clear();
  for (const Duration window : subject.windows) {
    const Duration length = window.ms > 0 ? window : slo::nominal_length(objective.window);
    spans_.push_back({now_ - length, now_});
  }
  counts_.resize(spans_.size());
  const std::optional<Time> watermark =
      collector_.count_spans(subject.resolved, subject.environment, spans_, counts_);
  if (!watermark) return false;
  is_counted_here_ = true;
  for (size_t i = 0; i < spans_.size(); ++i) {
    WindowCounts& known = known_[i].emplace();
    known.counts = counts_[i];
    known.total = counts_[i].total();
    known.length = spans_[i].length();
    known.watermark = std::min(*watermark, now_);
    if (subject.windows[i].ms > 0) continue;
    model::Reading reading;
    reading.good = counts_[i].good;
    reading.bad = counts_[i].bad;
    reading.total = known.total;
    known.left = left_of(objective, reading);
  }
  return true;
}

const WindowCounts& AlertReader::read(Duration window) {
  const auto place = std::find(subject_->windows.begin(), subject_->windows.end(), window);
  ASSERT(place != subject_->windows.end());
  std::optional<WindowCounts>& known =
      known_[static_cast<size_t>(place - subject_->windows.begin())];
  if (!known) known = read_slowly(window);
  return *known;
}

WindowCounts AlertReader::read_slowly(Duration window) const {
  const gate::Need need = gate::reading_need(subject_->resolved, window);
  // Few events raise nothing by themselves, so nobody need ask how many were to be expected.
  const model::Reading reading =
      collector_.read_one(need, subject_->environment, now_, {}, Care::bare);
  const slo::Objective& objective = subject_->resolved.objective;
  WindowCounts counts{.counts = slo::evidence_of(objective, reading),
                      .total = reading.total,
                      .length = reading.to - reading.from,
                      .watermark = reading.watermark,
                      .doubt = reading.doubt,
                      .error = reading.error};
  if (window.ms == 0) counts.left = left_of(objective, reading);
  return counts;
}

slo::Counts AlertReader::count(const slo::Span& span) {
  slo::Counts counts;
  if (is_counted_here_ &&
      collector_.count_spans(subject_->resolved, subject_->environment, {&span, 1}, {&counts, 1})) {
    return counts;
  }
  const gate::Need need = gate::reading_need(subject_->resolved, span.length());
  const model::Reading reading =
      collector_.read_one(need, subject_->environment, span.to, {}, Care::bare);
  return slo::evidence_of(subject_->resolved.objective, reading).counts();
}

}  // namespace tollgate::engine
