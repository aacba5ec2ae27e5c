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

bool AlertReader::turn_to(const AlertSubject& subject, StandingCounts* standing) {
  subject_ = &subject;
  standing_ = standing;
  is_counted_here_ = false;
  known_.resize(subject.windows.size());
  is_known_.assign(subject.windows.size(), false);
  const slo::Objective& objective = subject.resolved.objective;
  if (!objective.window.is_rolling) return false;  // its span needs a calendar
  spans_.clear();
  for (const Duration window : subject.windows) {
    const Duration length = window.ms > 0 ? window : slo::nominal_length(objective.window);
    spans_.push_back({now_ - length, now_});
  }
  counts_.resize(spans_.size());
  const std::optional<Time> watermark =
      standing != nullptr
          ? standing->count(spans_, counts_)
          : collector_.count_spans(subject.resolved, subject.environment, spans_, counts_);
  if (!watermark) return false;
  is_counted_here_ = true;
  is_ahead_ = *watermark > now_;
  for (size_t i = 0; i < spans_.size(); ++i) {
    WindowCounts& known = known_[i];
    is_known_[i] = true;
    known.doubt.reset();
    known.error.clear();
    known.counts = counts_[i];
    known.total = counts_[i].total();
    known.length = spans_[i].length();
    known.watermark = std::min(*watermark, now_);
    known.left.reset();
    if (subject.windows[i].ms == 0 && known.total > 0)
      known.left = slo::left_of_events(objective, counts_[i]);
  }
  return true;
}

const WindowCounts& AlertReader::read(Duration window) {
  const auto place = std::find(subject_->windows.begin(), subject_->windows.end(), window);
  ASSERT(place != subject_->windows.end());
  const auto index = static_cast<size_t>(place - subject_->windows.begin());
  if (!is_known_[index]) known_[index] = read_slowly(window);
  is_known_[index] = true;
  return known_[index];
}

Time AlertReader::next_change() const {
  constexpr int64_t kCell = slo::kCellLength.ms;
  int64_t least = is_ahead_ ? 0 : kCell;
  const auto add = [&](Time edge) {  // a cell counts for the edges behind its start
    const int64_t into = edge.ms >= 0 ? edge.ms % kCell : 0;
    least = std::min(least, into == 0 ? 0 : kCell - into);
  };
  add(now_);
  for (const slo::Span& span : spans_) add(span.from);
  return now_ + milliseconds(least + 1);
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
  if (is_counted_here_ && standing_ != nullptr && standing_->count({&span, 1}, {&counts, 1}))
    return counts;
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
