// Lines of CSV files.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::ingest {

inline constexpr size_t kColumnsMax = 1000;

/// Cells of a CSV line; quotes may enclose a cell, and a doubled quote inside stands for one.
/// False: broken quotes, or more than kColumnsMax cells.
bool split_csv(std::string_view line, std::vector<std::string>& cells);

}  // namespace tollgate::ingest
