#include "edge/intake/series_book.hpp"

#include "foundation/base/codes.hpp"

#include <algorithm>
#include <cstring>

namespace tollgate::intake {
namespace {

constexpr uint32_t kStateVersion = 1;
constexpr Duration kForgetAfter = days(2);  // counters that send nothing any more

template <class T>
void put(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}
template <class T>
bool get(std::string_view& bytes, T& value) {
  if (bytes.size() < sizeof(value)) return false;
  std::memcpy(&value, bytes.data(), sizeof(value));
  bytes.remove_prefix(sizeof(value));
  return true;
}

}  // namespace

SeriesIdentity SeriesBook::identity_of(std::span<const Label> labels) {
  sorted_.clear();
  for (const Label& label : labels) {
    if (!label.value.empty()) sorted_.push_back(label);
  }
  std::sort(sorted_.begin(), sorted_.end(),
            [](const Label& a, const Label& b) { return a.name < b.name; });
  SeriesIdentity identity{1, 2};
  for (const Label& label : sorted_) {
    for (const std::string_view text : {label.name, label.value}) {
      identity.high = hash_bytes(text, identity.high);
      identity.low = hash_bytes(text, identity.low);
    }
  }
  return identity;
}

uint32_t SeriesBook::find(const SeriesIdentity& identity) const {
  const auto known = numbers_.find(identity);
  return known == numbers_.end() ? kNone : known->second;
}

uint32_t SeriesBook::add(const SeriesIdentity& identity) {
  const auto number = static_cast<uint32_t>(series_.size());
  numbers_.emplace(identity, number);
  identities_.push_back(identity);
  series_.push_back({});
  return number;
}

void SeriesBook::forget_routes() {
  for (CountedSeries& series : series_) series.route_count = 0;
}

std::string SeriesBook::save() const {
  int64_t newest = INT64_MIN;
  for (const CountedSeries& series : series_) newest = std::max(newest, series.counter.time_ms);
  const auto is_kept = [&](const CountedSeries& series) {
    return series.counter.time_ms != slo::CounterState::kNever &&
           newest - series.counter.time_ms <= kForgetAfter.ms;
  };
  std::string out;
  out.reserve(series_.size() * (sizeof(SeriesIdentity) + sizeof(slo::CounterState) + 1) + 64);
  put(out, kStateVersion);
  put(out, static_cast<uint64_t>(std::count_if(series_.begin(), series_.end(), is_kept)));
  for (uint32_t i = 0; i < series_.size(); ++i) {
    if (!is_kept(series_[i])) continue;
    put(out, identities_[i]);
    put(out, series_[i].counter);
    const auto histogram = histograms_.find(i);
    put(out, static_cast<uint8_t>(histogram != histograms_.end()));
    if (histogram != histograms_.end()) save_histogram(histogram->second, out);
  }
  return out;
}

Result<void> SeriesBook::load(std::string_view bytes) {
  *this = {};
  if (bytes.empty()) return {};
  const auto broken = [] {
    return fail(codes::store_failed, "the state of counters in the cell store is damaged");
  };
  uint32_t version = 0;
  uint64_t count = 0;
  if (!get(bytes, version) || version != kStateVersion || !get(bytes, count)) return broken();
  for (uint64_t i = 0; i < count; ++i) {
    SeriesIdentity identity;
    slo::CounterState counter;
    uint8_t has_histogram = 0;
    if (!get(bytes, identity) || !get(bytes, counter) || !get(bytes, has_histogram))
      return broken();
    const uint32_t number = add(identity);
    series_[number].counter = counter;
    if (has_histogram != 0 && !load_histogram(bytes, histograms_[number])) return broken();
  }
  return bytes.empty() ? Result<void>{} : broken();
}

}  // namespace tollgate::intake
