// What feeds which SLO, read from a policy: one row for each metric of an SLO that is counted here.
// The rows stand in the journal, so that a journal is read as it was written.
#pragma once

#include "domain/model/bundle.hpp"
#include "foundation/reflect/type_info.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::intake {

enum class RouteKind { series, events };
/// What the events of a row are. threshold: of the observations of a histogram, those on the good
/// side of the value. up: none; the samples say whether a target answers (1) or not (0).
enum class Role { good, bad, total, threshold, up };

/// One row.
struct RouteSpec {
  std::string slo;  // SERVICE/SLO
  RouteKind kind = RouteKind::series;
  Role role = Role::total;
  bool is_beside_bad = false;  // of a total: its partner counts bad events, not good ones
  std::string query = {};      // series: selectors. events: one selector, may be empty
  model::Operator op = model::Operator::lte;  // of a threshold
  double value = 0;                           // of a threshold
  std::string signal = {};                    // events: "logs", "traces", "lines"; empty: not lines
  std::vector<std::string> bad =
      {};                     // events: "error", statuses "5xx", selectors "{...}"; any of them
  Duration slower_than = {};  // events: longer ones belong to `bad`, too; 0: no matter
  // Which labels carry these; empty: the usual ones.
  std::string track = {};
  std::string version = {};
  std::string environment = {};
  std::string group = {};
  bool keeps_all = false;  // its events are never sampled
  friend bool operator==(const RouteSpec&, const RouteSpec&) = default;
};

/// Types of a metricSource or a DataSource whose metrics are counted here.
inline constexpr std::string_view kSeriesType = "series";
inline constexpr std::string_view kEventsType = "events";
inline constexpr std::string_view kScrapeType = "scrape";
/// Whether a DataSource of this type is counted here; letter case does not matter.
bool is_counted_here(std::string_view type);
inline constexpr std::string_view kAccessLogType = "accesslog";
/// RouteSpec::signal of what a DataSource of type accesslog reads.
inline constexpr std::string_view kLinesSignal = "lines";
/// The condition of a selector that asks for one DataSource.
std::string source_matcher(std::string_view source);

struct RouteTable {
  std::vector<RouteSpec> routes;
  /// Why some metrics of the policy are not counted: each names its SLO.
  Problems problems;
};

/// The rows of all SLOs of a policy, in the policy's order. Pure.
RouteTable routes_of(const model::Bundle& bundle);

/// One line of JSON for a journal, and back. Errors: those of decoding.
std::string routes_text(const std::vector<RouteSpec>& routes);
Result<std::vector<RouteSpec>> parse_routes(std::string_view text);

}  // namespace tollgate::intake

namespace tollgate::reflect {

template <>
struct EnumNames<intake::RouteKind> {
  static constexpr std::array<std::string_view, 2> names = {"series", "events"};
};
template <>
struct EnumNames<intake::Role> {
  static constexpr std::array<std::string_view, 5> names = {"good", "bad", "total", "threshold",
                                                            "up"};
};
template <>
struct Reflect<intake::RouteSpec> {
  using Spec = intake::RouteSpec;
  static constexpr std::string_view name = "Route";
  static constexpr std::array fields = {
      field<&Spec::slo>("slo", "SERVICE/SLO."),
      field<&Spec::kind>("kind", "Series or events."),
      field<&Spec::role>("role", "What its events are."),
      field<&Spec::is_beside_bad>("is_beside_bad", "Of a total: its partner counts bad events."),
      field<&Spec::query>("query", "Selectors."),
      field<&Spec::op>("op", "Of a threshold."),
      field<&Spec::value>("value", "Of a threshold."),
      field<&Spec::signal>("signal", "Of events."),
      field<&Spec::bad>("bad", "Of events."),
      field<&Spec::slower_than>("slower_than", "Of events."),
      field<&Spec::track>("track", "Label of the track."),
      field<&Spec::version>("version", "Label of the version."),
      field<&Spec::environment>("environment", "Label of the environment."),
      field<&Spec::group>("group", "Label of the group."),
      field<&Spec::keeps_all>("keeps_all", "Its events are never sampled."),
  };
};

}  // namespace tollgate::reflect
