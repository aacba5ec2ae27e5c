#include "app/render/latency.hpp"

#include "foundation/base/text.hpp"

#include <array>
#include <cmath>

namespace tollgate::render {
namespace {

using doc::Node;

constexpr double kMilliseconds = 1000;  // microseconds
constexpr Ppm kConfidence{950'000};

/// Two decimals are plenty for a bucket of 2 %.
Node milliseconds_node(double microseconds) {
  return std::round(microseconds / kMilliseconds * 1000) / 1000;
}
Node rounded(double number) { return std::round(number * 1000) / 1000; }

std::string_view change_name(traces::Change change) {
  constexpr std::array<std::string_view, 5> kNames = {"slower", "faster", "similar", "mixed",
                                                      "inconclusive"};
  return kNames[static_cast<size_t>(change)];
}

Node estimate_json(const traces::Estimate& estimate) {
  return Node::object(
      {{"lower_ms", milliseconds_node(estimate.lower)},
       {"ms", milliseconds_node(estimate.middle)},
       {"upper_ms", estimate.is_bounded ? milliseconds_node(estimate.upper) : Node()}});
}

Node quantile_json(const traces::QuantileChange& quantile) {
  Node ratio = Node::array();
  ratio.push(rounded(quantile.ratio_lower));
  ratio.push(quantile.ratio_upper > 0 ? rounded(quantile.ratio_upper) : Node());
  return Node::object({{"quantile", static_cast<double>(quantile.share.value) / 1e6},
                       {"before", estimate_json(quantile.before_us)},
                       {"after", estimate_json(quantile.after_us)},
                       {"ratio", std::move(ratio)},
                       {"change", change_name(quantile.change)}});
}

Node side_json(const traces::Side& side, const std::string& version, const std::string& track) {
  Node node = Node::object({{"version", version},
                            {"visits", rounded(side.visits)},
                            {"effective_visits", rounded(side.effective)},
                            {"mean_ms", milliseconds_node(side.mean_us)},
                            {"errors", side.errors},
                            {"spans_per_visit", rounded(side.spans)}});
  if (!track.empty()) node.set("track", track);
  return node;
}

Node operation_json(const traces::OperationChange& change) {
  Node interval = Node::array();
  for (const double bound : {change.change_lower_us, change.change_upper_us})
    interval.push(std::isfinite(bound) ? milliseconds_node(bound) : Node());
  return Node::object(
      {{"service", change.operation.service},
       {"operation", change.operation.name},
       {"change_ms", milliseconds_node(change.change_us)},
       {"interval_ms", std::move(interval)},
       {"is_certain", change.is_certain},
       {"own_ms", Node::object({{"before", milliseconds_node(change.own_before_us)},
                                {"after", milliseconds_node(change.own_after_us)}})},
       {"calls", Node::object({{"before", rounded(change.calls_before)},
                               {"after", rounded(change.calls_after)}})}});
}

/// Why "faster" may not be better.
Node doubt_json(traces::Doubt doubt, const traces::Comparison& comparison) {
  switch (doubt) {
    case traces::Doubt::less_work:
      return Node::object(
          {{"code", "less_work"},
           {"message",
            fmt::format("a visit causes {:.1f} spans instead of {:.1f}: requests may end "
                        "early",
                        comparison.after.spans, comparison.before.spans)}});
    case traces::Doubt::more_errors:
      return Node::object({{"code", "more_errors"},
                           {"message", fmt::format("{:.2f} % of visits fail instead of {:.2f} %",
                                                   comparison.after.errors * 100,
                                                   comparison.before.errors * 100)}});
    case traces::Doubt::lost_operations:
      break;
  }
  std::vector<std::string> lost;
  for (const traces::OperationChange& each : comparison.operations) {
    if (each.calls_before >= 0.1 && each.calls_after < 0.1 * each.calls_before && lost.size() < 3)
      lost.push_back(each.operation.name);
  }
  return Node::object(
      {{"code", "lost_operations"},
       {"message", fmt::format("operations that were common are hardly called any more{}{}",
                               lost.empty() ? "" : ": ", join(lost, ", "))}});
}

std::string sentence(const traces::Comparison& comparison) {
  using traces::Change;
  if (comparison.before.visits <= 0 || comparison.after.visits <= 0)
    return "one side has no visits";
  if (comparison.change == Change::inconclusive && comparison.latency != Change::inconclusive) {
    return fmt::format("latency alone says {}, but what the visits do has changed, too",
                       change_name(comparison.latency));
  }
  switch (comparison.change) {
    case Change::slower:
      return "slower, surely at one of the quantiles at least";
    case Change::faster:
      return "faster, surely at one of the quantiles at least";
    case Change::similar:
      return "no change beyond a quarter at any of the quantiles";
    case Change::mixed:
      return "slower at some quantiles and faster at others";
    case Change::inconclusive:
      break;
  }
  return "the visits are too few or too different to say";
}

std::string range_words(const Node& estimate) {
  const Node* upper = estimate.find("upper_ms");
  const bool is_open = upper == nullptr || upper->is_null();
  return fmt::format("{} [{}, {}]", member_text(estimate, "ms"), member_text(estimate, "lower_ms"),
                     is_open ? "?" : scalar_text(*upper));
}

std::string pair_words(const Node& pair) {
  const auto& items = pair.items();
  const auto text = [](const Node& node) { return node.is_null() ? "?" : scalar_text(node); };
  return items.size() == 2 ? fmt::format("[{}, {}]", text(items[0]), text(items[1])) : "-";
}

}  // namespace

Node latency_json(const spans::CompareAnswer& answer) {
  const traces::Comparison& comparison = answer.comparison;
  Node quantiles = Node::array();
  for (const auto& quantile : comparison.quantiles) quantiles.push(quantile_json(quantile));
  Node operations = Node::array();
  for (const auto& operation : comparison.operations) operations.push(operation_json(operation));
  Node doubts = Node::array();
  for (const traces::Doubt doubt : comparison.doubts) doubts.push(doubt_json(doubt, comparison));
  const spans::CompareQuestion& question = answer.question;
  return Node::object(
      {{"service", question.service},
       {"environment", question.environment},
       {"change", change_name(comparison.change)},
       {"latency", change_name(comparison.latency)},
       {"message", sentence(comparison)},
       {"confidence", static_cast<double>(kConfidence.value) / 1e6},
       {"before", side_json(comparison.before, question.before, question.track_before)},
       {"after", side_json(comparison.after, question.after, question.track_after)},
       {"doubts", std::move(doubts)},
       {"quantiles", std::move(quantiles)},
       {"operations", std::move(operations)},
       {"traces", Node::object({{"spans", answer.counts.spans},
                                {"traces", answer.counts.traces},
                                {"without_root", answer.counts.rootless},
                                {"orphans", answer.counts.orphans},
                                {"late", answer.counts.late},
                                {"skewed", answer.counts.skewed},
                                {"shed", answer.counts.shed}})}});
}

Node operations_json(const std::string& service,
                     const std::vector<spans::OperationLatency>& operations,
                     const std::vector<traces::LatencyBook::Version>& versions) {
  Node list = Node::array();
  for (const spans::OperationLatency& each : operations) {
    Node row = Node::object(
        {{"operation", each.name},
         {"spans", rounded(each.cell.all.weight)},
         {"errors",
          each.cell.all.weight > 0 ? each.cell.errors.weight / each.cell.all.weight : 0}});
    for (const auto& [name, share] :
         {std::pair{"p50", 500'000}, std::pair{"p90", 900'000}, std::pair{"p99", 990'000}})
      row.set(name, estimate_json(traces::quantile_of(each.cell, {share}, kConfidence)));
    list.push(std::move(row));
  }
  Node known = Node::array();
  for (const auto& version : versions) {
    known.push(Node::object({{"version", version.version},
                             {"from", time_text(version.first)},
                             {"to", time_text(version.last)},
                             {"visits", rounded(version.visits)}}));
  }
  return Node::object(
      {{"service", service}, {"versions", std::move(known)}, {"operations", std::move(list)}});
}

Node slo_latency_json(const std::string& slo, const slo::Span& span,
                      const stats::ExponentialHistogram& latencies) {
  constexpr std::array<int64_t, 5> kQuantiles = {500'000, 900'000, 950'000, 990'000, 999'000};
  Node list = Node::array();
  for (const int64_t share : kQuantiles) {
    if (latencies.is_empty()) break;
    const auto bounds = latencies.quantile({share});
    list.push(Node::object({{"quantile", static_cast<double>(share) / 1e6},
                            {"above_seconds", bounds.lower},
                            {"at_most_seconds", bounds.upper}}));
  }
  return Node::object({{"slo", slo},
                       {"from", time_text(span.from)},
                       {"to", time_text(span.to)},
                       {"events", latencies.count()},
                       {"quantiles", std::move(list)}});
}

std::string operations_words(const Node& answer, const Palette& palette) {
  Table operations{.header = {"OPERATION", "SPANS", "ERRORS", "P50 MS", "P90 MS", "P99 MS"},
                   .rows = {}};
  for (const Node& row : answer.find("operations")->items()) {
    operations.rows.push_back({member_text(row, "operation"), member_text(row, "spans"),
                               percent_of(row.find("errors")), range_words(*row.find("p50")),
                               range_words(*row.find("p90")), range_words(*row.find("p99"))});
  }
  Table versions{.header = {"VERSION", "VISITS", "FROM", "TO"}, .rows = {}};
  for (const Node& row : answer.find("versions")->items()) {
    versions.rows.push_back({member_text(row, "version"), member_text(row, "visits"),
                             member_text(row, "from"), member_text(row, "to")});
  }
  return table_text(operations, palette) + "\n" + table_text(versions, palette);
}

std::string slo_latency_words(const Node& answer, const Palette& palette) {
  std::string text =
      fmt::format("{}: {} with a duration from {} to {}\n", answer.text_or("slo"),
                  count_text(answer.integer_or("events", 0), "event", "events"),
                  answer.text_or("from").substr(0, 16), answer.text_or("to").substr(0, 16));
  Table table{.header = {"QUANTILE", "ABOVE MS", "AT MOST MS"}, .rows = {}};
  const auto milliseconds = [](const Node* seconds) {
    return scalar_text(rounded(seconds->as_number() * kMilliseconds));
  };
  for (const Node& row : answer.find("quantiles")->items()) {
    table.rows.push_back({member_text(row, "quantile"), milliseconds(row.find("above_seconds")),
                          milliseconds(row.find("at_most_seconds"))});
  }
  return table.rows.empty() ? text : text + "\n" + table_text(table, palette);
}

std::string latency_words(const Node& answer, const Palette& palette) {
  const std::string_view change = answer.text_or("change");
  const Tone tone = change == "slower"                          ? Tone::bad
                    : change == "faster" || change == "similar" ? Tone::good
                                                                : Tone::warning;
  std::string text = palette.paint(tone, std::string(change));
  text += fmt::format("   {}: {}\n", answer.text_or("service"), answer.text_or("message"));
  for (const Node& doubt : answer.find("doubts")->items())
    text += palette.paint(Tone::warning, fmt::format("  ! {}\n", doubt.text_or("message")));
  Table sides{.header = {"", "VERSION", "VISITS", "MEAN MS", "ERRORS", "SPANS/VISIT"}, .rows = {}};
  for (const std::string_view side : {"before", "after"}) {
    const Node& node = *answer.find(side);
    sides.rows.push_back({std::string(side), member_text(node, "version"),
                          member_text(node, "visits"), member_text(node, "mean_ms"),
                          percent_of(node.find("errors")), member_text(node, "spans_per_visit")});
  }
  text += "\n" + table_text(sides, palette);
  Table quantiles{.header = {"QUANTILE", "BEFORE MS", "AFTER MS", "RATIO", "CHANGE"}, .rows = {}};
  for (const Node& row : answer.find("quantiles")->items()) {
    quantiles.rows.push_back({member_text(row, "quantile"), range_words(*row.find("before")),
                              range_words(*row.find("after")), pair_words(*row.find("ratio")),
                              member_text(row, "change")});
  }
  text += "\n" + table_text(quantiles, palette);
  Table operations{.header = {"OPERATION", "CHANGE MS", "INTERVAL", "CALLS"}, .rows = {}};
  for (const Node& row : answer.find("operations")->items()) {
    const Node& calls = *row.find("calls");
    operations.rows.push_back(
        {fmt::format("{} {}", row.text_or("service"), row.text_or("operation")),
         member_text(row, "change_ms"), pair_words(*row.find("interval_ms")),
         fmt::format("{} -> {}", member_text(calls, "before"), member_text(calls, "after"))});
  }
  if (!operations.rows.empty()) text += "\n" + table_text(operations, palette);
  return text;
}

}  // namespace tollgate::render
