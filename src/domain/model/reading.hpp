// What a signal source said about one SLO over one span of time: the aggregate that a decision used
// and the ledger keeps. Counts, never ratios.
#pragma once

#include "foundation/reflect/type_info.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tollgate::model {

/// Slices of a time-slice SLO.
struct Slices {
  int64_t good = 0;
  int64_t bad = 0;
  int64_t no_data = 0;
  int64_t ratio_sum_ppm = 0;  // sum over slices with data of good/total in ppm (RatioTimeslices)
};

/// What was taken out of a reading because it happened in approved maintenance.
struct Excluded {
  Duration time;
  int64_t windows = 0;
  int64_t good = 0;
  int64_t bad = 0;
};

/// Sums of the squared weights of sampled events, rounded; an unsampled event weighs 1. See
/// domain/stats/sampling.hpp.
struct WeightSquares {
  int64_t good = 0;
  int64_t bad = 0;
};

/// Why counts are not to be trusted although there are some. Such a reading is no evidence, for or
/// against.
enum class DoubtReason {
  quarantined,         // somebody said so: source.quarantined
  good_exceeds_total,  // there are more good events than events
  duplicate_series,    // two senders write one series
  traffic_drop,        // far fewer events than at this hour of the weeks before
  counter_resets,      // its counters begin anew again and again
  target_down,         // some of what is scraped does not answer: `up` is 0
  clock_skew           // the sender's clock differs from ours
};
/// Whether the doubt is about the counts themselves, and not only about what they leave out: then
/// they do not alert, either.
constexpr bool makes_counts_wrong(DoubtReason reason) {
  return reason == DoubtReason::quarantined || reason == DoubtReason::good_exceeds_total ||
         reason == DoubtReason::duplicate_series;
}

struct Doubt {
  DoubtReason reason = DoubtReason::quarantined;
  std::string source;  // which one; empty if nobody can tell
  std::string detail;  // one clause for a person, which names the source
};

struct Reading {
  std::string slo;  // SERVICE/SLO
  std::string environment;
  Duration window;  // the span that was asked for
  Time from;        // [from, to)
  Time to;
  int64_t good = 0;
  int64_t bad = 0;
  int64_t total = 0;  // good + bad
  std::optional<Slices> slices;
  std::optional<WeightSquares> squares =
      {};              // if events were sampled: then the counts are estimates
  std::string source;  // who said it: "cells", "prometheus:NAME"
  Time watermark;      // everything before it has arrived, as far as the source knows
  Time fetched_at;
  Ppm completeness{1'000'000};            // share of the span's slices that have data
  std::string error;                      // why there are no counts; empty if there are
  std::optional<Excluded> excluded = {};  // left out of the counts above
  std::optional<Doubt> doubt = {};        // why the counts are no evidence
};

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct Reflect<model::Slices> {
  static constexpr std::string_view name = "Slices";
  static constexpr std::array fields = {
      field<&model::Slices::good>("good", "Good slices.", {.min = 0}),
      field<&model::Slices::bad>("bad", "Bad slices.", {.min = 0}),
      field<&model::Slices::no_data>("no_data", "Slices without data.", {.min = 0}),
      field<&model::Slices::ratio_sum_ppm>("ratio_sum_ppm", "Sum of the slices' ratios, ppm.",
                                           {.min = 0})};
};
template <>
struct Reflect<model::Excluded> {
  static constexpr std::string_view name = "Excluded";
  static constexpr std::array fields = {
      field<&model::Excluded::time>("time", "Length of the maintenance in the span."),
      field<&model::Excluded::windows>("windows", "How many stretches of it.", {.min = 0}),
      field<&model::Excluded::good>("good", "Good events in it.", {.min = 0}),
      field<&model::Excluded::bad>("bad", "Bad events in it.", {.min = 0})};
};
template <>
struct Reflect<model::WeightSquares> {
  static constexpr std::string_view name = "WeightSquares";
  static constexpr std::array fields = {
      field<&model::WeightSquares::good>("good", "Of good events.", {.min = 0}),
      field<&model::WeightSquares::bad>("bad", "Of bad events.", {.min = 0})};
};
template <>
struct EnumNames<model::DoubtReason> {
  static constexpr std::array<std::string_view, 7> names = {
      "quarantined",    "good_exceeds_total", "duplicate_series", "traffic_drop",
      "counter_resets", "target_down",        "clock_skew"};
};
template <>
struct Reflect<model::Doubt> {
  static constexpr std::string_view name = "Doubt";
  static constexpr std::array fields = {
      field<&model::Doubt::reason>("reason", "Kind of doubt."),
      field<&model::Doubt::source>("source", "Source that it is about."),
      field<&model::Doubt::detail>("detail", "One clause for a person.")};
};
template <>
struct Reflect<model::Reading> {
  static constexpr std::string_view name = "Reading";
  static constexpr std::array fields = {
      field<&model::Reading::slo>("slo", "SERVICE/SLO.", {.is_required = true}),
      field<&model::Reading::environment>("environment", "Environment that was measured."),
      field<&model::Reading::window>("window", "Span that was asked for."),
      field<&model::Reading::from>("from", "First moment of the span."),
      field<&model::Reading::to>("to", "First moment behind the span."),
      field<&model::Reading::good>("good", "Good events.", {.min = 0}),
      field<&model::Reading::bad>("bad", "Bad events.", {.min = 0}),
      field<&model::Reading::total>("total", "All events.", {.min = 0}),
      field<&model::Reading::slices>("slices", "Slices, for time-slice SLOs."),
      field<&model::Reading::squares>("squares", "Squared weights, if events were sampled."),
      field<&model::Reading::source>("source", "Who said it."),
      field<&model::Reading::watermark>("watermark", "Everything before it has arrived."),
      field<&model::Reading::fetched_at>("fetched_at", "When it was read."),
      field<&model::Reading::completeness>("completeness", "Share of the span that has data."),
      field<&model::Reading::error>("error", "Why there are no counts."),
      field<&model::Reading::excluded>("excluded", "Left out as approved maintenance."),
      field<&model::Reading::doubt>("doubt", "Why the counts are no evidence.")};
};

}  // namespace tollgate::reflect
