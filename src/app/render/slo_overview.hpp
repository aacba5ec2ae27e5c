// Every SLO in the places where its budget is worth a line, worst first; of very many the worst.
#pragma once

#include "engine/engine.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::render {

/// Rows without a limit.
inline constexpr size_t kAllRows = std::numeric_limits<size_t>::max();

struct SloOverview {
  struct Row {
    const model::Slo* slo = nullptr;  // of `policy`
    std::string environment;
    std::optional<engine::BudgetAnswer> answer;
    std::string error;  // why there is no answer
  };
  std::shared_ptr<const engine::Policy> policy;
  std::vector<Row> rows;  // overspent before thin before healthy; without data last
  int64_t count = 0;      // of all, in `rows` or not
  std::map<std::string_view, int64_t> states;  // how many of all are "ok", "breach" and so on
};

/// Of one environment if it is named, else of production environments, or of all if none is that.
SloOverview slo_overview(const engine::Engine& engine, std::string_view environment = {},
                         size_t limit = kAllRows);

}  // namespace tollgate::render
