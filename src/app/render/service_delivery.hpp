// The delivery figures of services, from the records of the ledger or of a file.
#pragma once

#include "app/render/output.hpp"
#include "domain/delivery/service_figures.hpp"
#include "domain/model/bundle.hpp"
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
  int64_t year = 2024;  // of the clusters
};

/// {window, at_position, places: [{service, environment, ...figures}], all: figures or null,
/// benchmark, peers}. `all` takes several places together. Errors: unknown_name for a service or
/// team that the policy does not know.
Result<doc::Node> dora_json(const delivery::DeliveryRecords& records, const model::Bundle& policy,
                            const DoraQuery& query, Time now);
/// The same from the ledger up to query.at_position, judged at the time of its last record if a
/// position is given, else now. Reads the whole ledger.
Result<doc::Node> dora_json(const engine::Engine& engine, const DoraQuery& query);

/// The records of the ledger's first `end` positions; `last` (unless null) gets the time of the
/// last. Reads them all. Errors: those of the ledger.
Result<delivery::DeliveryRecords> read_records(const engine::Engine& engine, int64_t end,
                                               Time* last);

std::string dora_text(const doc::Node& answer, const Palette& palette);
Table dora_table(const doc::Node& answer);

}  // namespace tollgate::render
