// Takes series off the disk of which nothing is wanted any more: versions and other places of an
// SLO that have been silent for longer than it is kept. Only the cell store uses it.
#pragma once

#include "edge/cells/cell_file.hpp"
#include "edge/cells/cell_store.hpp"
#include "edge/cells/series_table.hpp"

namespace tollgate::cells {

/// One round over the table, in one transaction. Silence is told by the SLO's other series, not by
/// a clock: an SLO that is silent as a whole keeps everything. What was imported stays. Errors:
/// store_failed, disk_full; then nothing was removed.
Result<Swept> sweep(const CellFile& file, SeriesTable& table,
                    const std::function<slo::Retention(const std::string& slo)>& retention_of);

}  // namespace tollgate::cells
