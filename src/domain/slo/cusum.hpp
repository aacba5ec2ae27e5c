// Fast detection of a worse share of bad events: Bernoulli CUSUM charts side by side, one for each
// size of change, so that a total outage and a slow leak are both found about as soon as counts
// allow. Pure; the same bits on every machine (domain/stats).
// Source: E. S. Page, Biometrika 41 (1954); M. R. Reynolds and Z. G. Stoumbos, J. Quality
// Technology 31 (1999) for Bernoulli counts.
#pragma once

#include "domain/slo/cells.hpp"

#include <array>
#include <cstdint>

namespace tollgate::slo {

/// Shares of bad events: `usual` is what the objective allows, `worse` what must be found.
struct CusumChart {
  double good_step = 0;  // what a good event adds: below 0
  double bad_step = 0;   // what a bad event adds: above 0
};
/// The steps of a chart for 0 < usual < worse < 1 (asserted): logarithms of likelihood ratios.
CusumChart cusum_chart(double usual, double worse);

inline constexpr size_t kCusumCharts = 4;
/// How far each chart has risen; 0 is calm. Additive updates, never below 0.
using CusumLevels = std::array<double, kCusumCharts>;

struct Cusum {
  std::array<CusumChart, kCusumCharts> charts = {};
  double limit = 0;  // for a fixed limit; 0: it follows the traffic
};
/// Charts for `allowed` (the share of bad events that the objective allows): 14.4 times it, and the
/// geometric steps from there to 90 %. A fixed `limit`, or 0 for one that follows the traffic.
Cusum make_cusum(double allowed, double limit = 0);
/// One chart alone, the classical form.
Cusum make_single_cusum(double usual, double worse, double limit);

/// The levels after a batch whose order within is unknown. `worth` of one event, in unsampled ones:
/// an event that stands for a hundred is evidence of one.
CusumLevels advance(const Cusum& cusum, const CusumLevels& levels, const Counts& counts,
                    double worth = 1);
double highest(const CusumLevels& levels);

/// The limit at which charts rise falsely about once in some months, however much traffic there is:
/// ln(events in 30 days) - kCusumSlack, at least kCusumLimitMin. The mean run length of a chart
/// grows as e^limit counted in events, so a fixed limit pages the more often the busier a service.
double cusum_limit(double events_in_30_days);
inline constexpr double kCusumSlack = 0.2;
inline constexpr double kCusumLimitMin = 7.0;

}  // namespace tollgate::slo
