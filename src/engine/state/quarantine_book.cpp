#include "engine/state/quarantine_book.hpp"

#include "foundation/base/text.hpp"

#include <fmt/core.h>

namespace tollgate::engine {

bool QuarantineBook::concerns(const model::Event& event) {
  return std::holds_alternative<model::SourceQuarantined>(event.data) ||
         std::holds_alternative<model::SourceReleased>(event.data);
}

void QuarantineBook::take(const model::Event& event) {
  const auto end_last = [&](std::deque<Quarantine>& list) {
    if (list.empty() || !list.back().is_in_force(event.time)) return;
    list.back().released = event.time;
    list.back().released_by = event.actor.subject;
  };
  if (const auto* quarantined = std::get_if<model::SourceQuarantined>(&event.data)) {
    std::deque<Quarantine>& list = by_source_[quarantined->source];
    end_last(list);
    list.push_back({.source = quarantined->source,
                    .reason = quarantined->reason,
                    .by = event.actor.subject,
                    .position = event.position,
                    .since = event.time,
                    .until = quarantined->until});
    if (list.size() > kQuarantinesOfSourceMax) list.pop_front();
    revision_ = event.position + 1;
  } else if (const auto* released = std::get_if<model::SourceReleased>(&event.data)) {
    const auto found = by_source_.find(released->source);
    if (found != by_source_.end()) end_last(found->second);
    revision_ = event.position + 1;
  }
}

const Quarantine* QuarantineBook::find(std::string_view source, Time now) const {
  const auto found = by_source_.find(source);
  if (found == by_source_.end()) return nullptr;
  for (auto each = found->second.rbegin(); each != found->second.rend(); ++each) {
    if (each->is_in_force(now)) return &*each;
  }
  return nullptr;
}

std::vector<Quarantine> QuarantineBook::in_force(Time now) const {
  std::vector<Quarantine> found;
  for (const auto& [source, list] : by_source_) {
    if (const Quarantine* quarantine = find(source, now)) found.push_back(*quarantine);
  }
  return found;
}

std::vector<Quarantine> QuarantineBook::of(std::string_view source) const {
  const auto found = by_source_.find(source);
  if (found == by_source_.end()) return {};
  return {found->second.rbegin(), found->second.rend()};
}

model::Doubt doubt_of(const Quarantine& quarantine) {
  std::string detail = fmt::format("{} is quarantined", quarantine.source);
  if (!quarantine.by.empty()) detail += " by " + quarantine.by;
  if (quarantine.until) detail += fmt::format(" until {}", time_text(*quarantine.until));
  return {.reason = model::DoubtReason::quarantined,
          .source = quarantine.source,
          .detail = fmt::format("{}: {}", detail, quarantine.reason)};
}

}  // namespace tollgate::engine
