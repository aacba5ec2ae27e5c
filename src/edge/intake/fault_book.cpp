#include "edge/intake/fault_book.hpp"

#include "foundation/doc/json.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace tollgate::intake {
namespace {

using model::DoubtReason;

/// Entries of targets that answer, and troubles that are over, are kept so long to be compared
/// with.
constexpr Duration kKept = slo::kTroubleSpan * 2;

std::string words(DoubtReason reason, std::string_view source, int64_t counters, int64_t all) {
  const char* const more = counters == 1 ? "" : "s";
  switch (reason) {
    case DoubtReason::duplicate_series:
      return fmt::format("{}: {} counter{} written by two senders at once", source, counters,
                         counters == 1 ? " is" : "s are");
    case DoubtReason::counter_resets:
      return fmt::format("{}: {} counter{} began anew {} times or more within {}", source, counters,
                         more, slo::kResetsMax, duration_words(slo::kTroubleSpan));
    case DoubtReason::target_down:
      return fmt::format("{}: {} of {} targets does not answer (up is 0)", source, counters, all);
    default:
      return std::string(source);
  }
}

}  // namespace

void FaultBook::name_series(uint32_t series, const cells::SeriesKey& key) {
  if (series >= keys_.size()) keys_.resize(series + 1);
  keys_[series] = key;
}

void FaultBook::note(const Fault& fault, std::string_view source) {
  if (fault.series >= keys_.size()) return;
  const cells::SeriesKey& key = keys_[fault.series];
  const Time time{fault.time_ms};
  newest_ = std::max(newest_, time);
  const Place place{key.slo, key.environment, fault.counter};
  auto found = counters_.find(place);
  if (found == counters_.end()) {
    if (counters_.size() >= kCountersMax && newest_ > nothing_ends_before_) forget_old();
    if (counters_.size() >= kCountersMax) return;
    found = counters_.emplace(place, Entry{}).first;
  }
  slo::CounterTrouble& trouble = found->second.trouble;
  found->second.source = source;
  switch (fault.kind) {
    case Fault::Kind::reset:
      return trouble.note_reset(time, fault.before, fault.after);
    case Fault::Kind::conflict:
      return trouble.note_conflict(time);
    case Fault::Kind::up:
    case Fault::Kind::down:
      return trouble.note_up(time, fault.kind == Fault::Kind::up);
  }
}

void FaultBook::forget_old() {
  std::erase_if(counters_,
                [this](const auto& each) { return newest_ - each.second.trouble.last > kKept; });
  // Looking through all of them at every fault would cost more than everything else.
  Time oldest = newest_;
  for (const auto& [place, entry] : counters_) oldest = std::min(oldest, entry.trouble.last);
  nothing_ends_before_ = oldest + kKept;
}

std::optional<model::Doubt> FaultBook::find(std::string_view slo, std::string_view environment,
                                            Time now) const {
  struct Tally {
    int64_t counters = 0;
    std::string_view source;
  };
  std::map<DoubtReason, Tally> doubts;
  int64_t targets = 0;
  for (auto each = counters_.lower_bound(Place{std::string(slo), "", 0});
       each != counters_.end() && each->first.slo == slo; ++each) {
    const std::string& own = each->first.environment;
    if (!own.empty() && !environment.empty() && own != environment) continue;
    const slo::CounterTrouble& trouble = each->second.trouble;
    targets +=
        trouble.resets == 0 && trouble.conflicts == 0 && now - trouble.last <= slo::kTroubleSpan;
    const auto reason = slo::doubt_in(trouble, now);
    if (!reason) continue;
    Tally& tally = doubts[*reason];
    ++tally.counters;
    tally.source = each->second.source;
  }
  // The reasons stand in the order of their weight.
  if (doubts.empty()) return std::nullopt;
  const auto& [reason, tally] = *doubts.begin();
  return model::Doubt{.reason = reason,
                      .source = std::string(tally.source),
                      .detail = words(reason, tally.source, tally.counters, targets)};
}

std::vector<FaultBook::Named> FaultBook::of_source(std::string_view source, Time now) const {
  std::vector<Named> found;
  for (const auto& [place, entry] : counters_) {
    if (entry.source != source || !slo::doubt_in(entry.trouble, now)) continue;
    if (!found.empty() && found.back().slo == place.slo) continue;
    if (auto doubt = find(place.slo, place.environment, now))
      found.push_back({place.slo, std::move(*doubt)});
  }
  return found;
}

std::string FaultBook::save() const {
  doc::Node list = doc::Node::array();
  for (const auto& [place, entry] : counters_) {
    const slo::CounterTrouble& t = entry.trouble;
    if (newest_ - t.last > kKept) continue;
    doc::Node row = doc::Node::array();
    row.push(place.slo);
    row.push(place.environment);
    row.push(fmt::format("{:016x}", place.counter));
    row.push(entry.source);
    for (const int64_t number : {t.since.ms, t.last.ms, int64_t{t.resets}, int64_t{t.turns},
                                 int64_t{t.conflicts}, int64_t{t.is_down ? 1 : 0}})
      row.push(number);
    row.push(t.before);
    row.push(t.after);
    list.push(std::move(row));
  }
  return doc::compact_json(list);
}

bool FaultBook::load(std::string_view bytes) {
  counters_.clear();
  if (bytes.empty()) return true;
  const Result<doc::Node> list = doc::parse_json(bytes);
  if (!list || !list->is_array()) return false;
  constexpr size_t kColumns = 12;
  for (const doc::Node& row : list->items()) {
    if (!row.is_array() || row.items().size() != kColumns) return false;
    const auto& cell = row.items();
    for (size_t i = 0; i < kColumns; ++i) {
      if (i < 4 ? !cell[i].is_text() : i < 10 ? !cell[i].is_integer() : !cell[i].is_number())
        return false;
    }
    const Place place{cell[0].as_text(), cell[1].as_text(),
                      std::strtoull(cell[2].as_text().c_str(), nullptr, 16)};
    Entry& entry = counters_[place];
    entry.source = cell[3].as_text();
    entry.trouble = {.since = {cell[4].as_integer()},
                     .last = {cell[5].as_integer()},
                     .before = cell[10].as_number(),
                     .after = cell[11].as_number(),
                     .resets = static_cast<int32_t>(cell[6].as_integer()),
                     .turns = static_cast<int32_t>(cell[7].as_integer()),
                     .conflicts = static_cast<int32_t>(cell[8].as_integer()),
                     .is_down = cell[9].as_integer() != 0};
    newest_ = std::max(newest_, entry.trouble.last);
  }
  return true;
}

}  // namespace tollgate::intake
