// The delivery figures of services, from the records of the ledger or of a file.
#pragma once

#include "app/render/output.hpp"
#include "domain/delivery/bands.hpp"
#include "domain/delivery/service_figures.hpp"
#include "domain/model/bundle.hpp"
#include "domain/schedule/timeline.hpp"
#include "engine/engine.hpp"
#include "foundation/doc/node.hpp"

#include <string>

namespace tollgate::render {

/// Which figures are wanted; empty texts do not narrow.
struct DoraQuery {
  std::string service = {};
  std::string team = {};
  std::string environment = {};  // empty: those of production, or all if none is said to be
  std::optional<Time> since = {};
  std::optional<Time> until = {};
  std::optional<int64_t> at_position = {};  // as known when the ledger was so long
  Duration bake = days(7);
  int64_t year = delivery::kBandYearNewest;       // of the clusters
  std::optional<delivery::PeriodLength> by = {};  // also the course over such periods
  std::string zone = {};  // of days and weeks; empty: the one that the services' label `timeZone`
                          // names, if it is one, else UTC
};

/// Periods of a course; of a longer window the newest are shown.
inline constexpr size_t kTrendPeriodsMax = 120;

/// What the records are judged by.
struct DoraGround {
  const model::Bundle& policy;
  schedule::FindZone find_zone;
  Time now;
};

/// {window, zone, at_position, places: [{service, environment, ...figures, benchmark}], all:
/// figures, trend: [{from, to, ...}], benchmark, peers}. `all` takes several places together.
/// Errors: unknown_name for a service, team or zone that is not known.
Result<doc::Node> dora_json(const delivery::KnownDeliveries& records, const DoraGround& ground,
                            const DoraQuery& query);
/// The same of what the engine knows, now; or, if a position is given, of the ledger up to it,
/// judged at the time of its last record, for which the ledger is read up to there.
Result<doc::Node> dora_json(const engine::Engine& engine, const DoraQuery& query);

/// The records of the ledger's first `end` positions; `last` (unless null) gets the time of the
/// last. Reads them all. Errors: those of the ledger.
Result<delivery::DeliveryRecords> read_records(const engine::Engine& engine, int64_t end,
                                               Time* last);

std::string dora_text(const doc::Node& answer, const Palette& palette);
Table dora_table(const doc::Node& answer);
/// Rows of its trend, if it has one.
Table dora_trend_table(const doc::Node& answer);

}  // namespace tollgate::render
