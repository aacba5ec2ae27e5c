#include "domain/slo/composite.hpp"

#include "domain/slo/ratio.hpp"
#include "foundation/base/assert.hpp"

#include <algorithm>
#include <set>

namespace tollgate::slo {
namespace {

/// The bad events that the weighted burn rates come to among `total`.
int64_t bad_equivalent(const Objective& whole, std::span<const model::Reading> readings,
                       int64_t total) {
  const Wide allowed = allowed_bad(whole).value;
  Wide bad = 0;  // in ppm of an event
  for (size_t i = 0; i < readings.size(); ++i) {
    const ObjectivePart& part = whole.parts[i];
    const Wide part_allowed = kWhole - part.target.value;
    if (readings[i].total <= 0 || part_allowed <= 0) continue;
    bad += Wide{readings[i].bad} * part.weight_ppm * total / readings[i].total * allowed /
           part_allowed;
  }
  return std::min(total, saturate((bad + kWhole - 1) / kWhole));
}

/// The squared weights of the whole: a bad event of a part counts as many times as its share of the
/// whole's budget says, so it is evidence of one event only. Nothing if every event counts once.
std::optional<model::WeightSquares> squares_of(const Objective& whole,
                                               std::span<const model::Reading> readings,
                                               const model::Reading& combined) {
  double good = 0;
  double bad = 0;
  for (size_t i = 0; i < readings.size(); ++i) {
    const model::Reading& reading = readings[i];
    const ObjectivePart& part = whole.parts[i];
    const int64_t part_allowed = kWhole - part.target.value;
    if (reading.total <= 0 || part_allowed <= 0) continue;
    const double factor =
        static_cast<double>(part.weight_ppm) / kWhole *
        (static_cast<double>(combined.total) / static_cast<double>(reading.total)) *
        (static_cast<double>(allowed_bad(whole).value) / static_cast<double>(part_allowed));
    good += static_cast<double>(reading.squares ? reading.squares->good : reading.good);
    bad +=
        factor * factor * static_cast<double>(reading.squares ? reading.squares->bad : reading.bad);
  }
  static constexpr double kMost = 9e18;
  const auto whole_number = [](double sum) {
    return static_cast<int64_t>(std::min(sum, kMost) + 0.5);
  };
  const model::WeightSquares squares{.good = std::max(combined.good, whole_number(good)),
                                     .bad = std::max(combined.bad, whole_number(bad))};
  if (squares.good == combined.good && squares.bad == combined.bad) return std::nullopt;
  return squares;
}

/// One slice: bad in any part is bad, good in one and bad in none is good.
model::Slices any_bad(std::span<const model::Reading> readings) {
  bool is_bad = false;
  bool is_good = false;
  for (const model::Reading& reading : readings) {
    if (!reading.slices) continue;
    is_bad |= reading.slices->bad > 0;
    is_good |= reading.slices->good > 0;
  }
  model::Slices slices;
  (is_bad ? slices.bad : is_good ? slices.good : slices.no_data) = 1;
  slices.ratio_sum_ppm = slices.good * kWhole;
  return slices;
}

/// All slices at once: the mean of a weighted sum is the weighted sum of means.
model::Slices weighted(const Objective& whole, std::span<const model::Reading> readings) {
  model::Slices slices;
  Wide missing = 0;  // ppm of slices, times ppm of weight
  int64_t with_data = 0;
  for (size_t i = 0; i < readings.size(); ++i) {
    if (!readings[i].slices) continue;
    const model::Slices& part = *readings[i].slices;
    const int64_t count = part.good + part.bad;
    missing += (Wide{count} * kWhole - part.ratio_sum_ppm) * whole.parts[i].weight_ppm;
    with_data = std::max(with_data, count);
    slices.bad = std::max(slices.bad, part.bad);
    slices.no_data = i == 0 ? part.no_data : std::min(slices.no_data, part.no_data);
  }
  slices.good = with_data - slices.bad;
  slices.ratio_sum_ppm =
      std::max<int64_t>(0, saturate(Wide{with_data} * kWhole - (missing + kWhole - 1) / kWhole));
  return slices;
}

}  // namespace

Ppm composite_target(std::span<const ObjectivePart> parts) {
  if (parts.empty()) return {};
  int64_t allowed = 0;
  for (const ObjectivePart& part : parts) allowed += kWhole - part.target.value;
  return {kWhole - allowed / static_cast<int64_t>(parts.size())};
}

Objective part_objective(const Objective& whole, const ObjectivePart& part) {
  Objective objective = whole;
  objective.slo = part.slo;
  objective.target = part.target;
  objective.slice_target = part.slice_target;
  objective.parts.clear();
  return objective;
}

model::Reading combine(const Objective& whole, std::span<const model::Reading> parts) {
  ASSERT(!parts.empty() && parts.size() == whole.parts.size());
  model::Reading combined = parts.front();
  combined.slo = whole.slo;
  combined.good = combined.bad = combined.total = 0;
  combined.slices.reset();
  combined.squares.reset();
  std::set<std::string> sources;
  for (const model::Reading& part : parts) {
    if (combined.error.empty()) combined.error = part.error;
    if (!combined.doubt) combined.doubt = part.doubt;
    combined.total += part.total;
    combined.bad += part.bad;
    combined.watermark = std::min(combined.watermark, part.watermark);
    combined.completeness = std::min(combined.completeness, part.completeness);
    sources.insert(part.source);
  }
  combined.source.clear();
  for (const std::string& source : sources)
    combined.source += (combined.source.empty() ? "" : "+") + source;
  if (!combined.error.empty()) {
    combined.bad = combined.total = 0;
    return combined;
  }
  if (whole.method == BudgetingMethod::occurrences)
    combined.bad = bad_equivalent(whole, parts, combined.total);
  combined.good = combined.total - combined.bad;
  if (whole.method == BudgetingMethod::occurrences)
    combined.squares = squares_of(whole, parts, combined);
  if (whole.method == BudgetingMethod::timeslices) combined.slices = any_bad(parts);
  if (whole.method == BudgetingMethod::ratio_timeslices) combined.slices = weighted(whole, parts);
  return combined;
}

void add_slices(model::Slices& sum, const model::Slices& more) {
  sum.good += more.good;
  sum.bad += more.bad;
  sum.no_data += more.no_data;
  sum.ratio_sum_ppm += more.ratio_sum_ppm;
}

}  // namespace tollgate::slo
