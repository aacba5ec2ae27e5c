// The cells of one hour as bytes: a mark, the length of the cells in steps of 10 s, then for each
// cell its slot, good and bad as variable-length integers (LEB128, counts in zigzag). Bytes without
// the mark are read, too: slot, good and bad of cells of 10 s as plain numbers.
#pragma once

#include "domain/slo/cells.hpp"

#include <string>
#include <string_view>

namespace tollgate::cells {

std::string encode_cells(const slo::HourCells& hour);
/// Errors: store_failed for bytes that encode_cells does not write.
Result<slo::HourCells> decode_cells(int64_t hour, std::string_view bytes);

}  // namespace tollgate::cells
