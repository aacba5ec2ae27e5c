#include "domain/stats/sampling.hpp"

#include "domain/stats/distribution.hpp"
#include "foundation/base/assert.hpp"

#include <algorithm>
#include <cmath>

namespace tollgate::stats {
namespace {

constexpr size_t kDigits = kRandomBits / 4;
constexpr double kWholePpm = 1'000'000;

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Lower-case hex digits as the high digits of a 56-bit number; missing digits are zeros.
std::optional<uint64_t> high_digits(std::string_view hex) {
  if (hex.empty() || hex.size() > kDigits) return std::nullopt;
  uint64_t value = 0;
  for (const char c : hex) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<uint64_t>(digit);
  }
  return value << (4 * (kDigits - hex.size()));
}

/// Cuts the text before `separator` off `rest`.
std::string_view cut(std::string_view& rest, char separator) {
  const size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

SamplingState parse_members(std::string_view members) {
  SamplingState state;
  while (!members.empty()) {
    const std::string_view member = cut(members, ';');
    if (member.starts_with("th:")) state.threshold = high_digits(member.substr(3));
    if (member.starts_with("rv:") && member.size() == 3 + kDigits) {
      state.randomness = high_digits(member.substr(3));
    }
  }
  return state;
}

}  // namespace

SamplingState parse_tracestate(std::string_view tracestate) {
  while (!tracestate.empty()) {
    const std::string_view entry = trimmed(cut(tracestate, ','));
    if (entry.starts_with("ot=")) return parse_members(entry.substr(3));
  }
  return {};
}

double adjusted_count(uint64_t threshold) {
  ASSERT(threshold < kRandomWhole);
  return static_cast<double>(kRandomWhole) / static_cast<double>(kRandomWhole - threshold);
}

uint64_t sampling_threshold(double share) {
  if (!(share < 1)) return 0;
  const double kept = std::max(1.0, share * static_cast<double>(kRandomWhole));
  return kRandomWhole - static_cast<uint64_t>(kept);
}

double effective_size(const WeightSums& sums) {
  return sums.squares > 0 ? sums.weight * sums.weight / sums.squares : 0;
}

double effective_total(const WeightSums& good, const WeightSums& bad) {
  const double total = good.weight + bad.weight;
  if (!(good.weight > 0) || !(bad.weight > 0)) return effective_size(good) + effective_size(bad);
  const double share = bad.weight / total;
  const double spread = 1 / effective_size(good) + 1 / effective_size(bad);
  return 1 / (share * (1 - share) * spread);
}

Interval wilson_weighted(double share, double effective, Ppm confidence) {
  ASSERT(share >= 0 && share <= 1);
  ASSERT(confidence.value >= 500'000 && confidence.value < 1'000'000);
  if (!(effective > 0)) return {0, 1};
  const double alpha = (kWholePpm - static_cast<double>(confidence.value)) / kWholePpm / 2;
  const double z = normal_quantile(1 - alpha);
  const double square = z * z / effective;
  const double centre = (share + square / 2) / (1 + square);
  const double half = z * std::sqrt((share * (1 - share) + square / 4) / effective) / (1 + square);
  return {share <= 0 ? 0 : std::max(0.0, centre - half),
          share >= 1 ? 1 : std::min(1.0, centre + half)};
}

Interval clopper_pearson_weighted(double share, double effective, Ppm confidence) {
  ASSERT(share >= 0 && share <= 1);
  ASSERT(confidence.value >= 500'000 && confidence.value < 1'000'000);
  if (!(effective > 0)) return {0, 1};
  const double alpha = (kWholePpm - static_cast<double>(confidence.value)) / kWholePpm / 2;
  const double hits = share * effective;
  const double misses = effective - hits;
  return {hits > 0 ? beta_quantile(hits, misses + 1, alpha) : 0,
          misses > 0 ? beta_quantile(hits + 1, misses, 1 - alpha) : 1};
}

Interval weighted_interval(double share, double effective, Ppm confidence) {
  const double hits = share * effective;
  return std::min(hits, effective - hits) <= static_cast<double>(kExactHitsMax)
             ? clopper_pearson_weighted(share, effective, confidence)
             : wilson_weighted(share, effective, confidence);
}

}  // namespace tollgate::stats
