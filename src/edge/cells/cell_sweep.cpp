#include "edge/cells/cell_sweep.hpp"

#include <algorithm>

namespace tollgate::cells {
namespace {

constexpr size_t kForgottenMax = 1000;       // in one round
constexpr int64_t kPagesGivenBack = 10'000;  // of 4 KiB, in one round

/// Pushed series without changes that are older than their SLO keeps anything.
std::vector<Resident*> silent_series(
    SeriesTable& table, const std::function<slo::Retention(const std::string& slo)>& retention_of) {
  std::vector<Resident*> silent;
  std::vector<Resident*> of_slo;
  const auto judge = [&] {
    if (of_slo.empty()) return;
    const slo::Retention retention =
        retention_of ? retention_of(of_slo.front()->key.slo) : slo::Retention{};
    Time newest;
    for (const Resident* series : of_slo) newest = std::max(newest, series->newest);
    for (Resident* series : of_slo) {
      const bool is_busy = series->is_listed || series->is_writing || !series->is_stored;
      if (!is_busy && series->newest + retention.all < newest) silent.push_back(series);
    }
    of_slo.clear();
  };
  for (auto& [id, each] : table.all()) {
    Resident* const series = &each;
    if (!of_slo.empty() && of_slo.front()->key.slo != series->key.slo) judge();
    if (silent.size() >= kForgottenMax) break;
    if (series->is_live) of_slo.push_back(series);
  }
  judge();
  silent.resize(std::min(silent.size(), kForgottenMax));
  return silent;
}

}  // namespace

Result<Swept> sweep(const CellFile& file, SeriesTable& table,
                    const std::function<slo::Retention(const std::string& slo)>& retention_of) {
  const std::vector<Resident*> silent = silent_series(table, retention_of);
  if (silent.empty()) return Swept{};
  const auto erase_rows = [&]() -> Result<void> {
    for (const Resident* series : silent) TOLLGATE_CHECK(file.forget(series->id));
    return file.commit();
  };
  TOLLGATE_CHECK(file.begin());
  if (Result<void> erased = erase_rows(); !erased) {
    file.rollback();
    return tl::unexpected(erased.error());
  }
  for (Resident* series : silent) table.forget(*series);
  TOLLGATE_CHECK(file.shrink(kPagesGivenBack));
  return Swept{.series = static_cast<int64_t>(silent.size())};
}

}  // namespace tollgate::cells
