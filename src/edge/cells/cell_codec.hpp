// The cells of one hour as bytes: for each cell its slot, good and bad as variable-length integers
// (LEB128).
#pragma once

#include "domain/slo/cells.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::cells {

std::string encode_cells(const std::vector<slo::Cell>& cells);
/// Errors: store_failed for bytes that encode_cells does not write.
Result<std::vector<slo::Cell>> decode_cells(std::string_view bytes);

}  // namespace tollgate::cells
