#include "edge/cells/cell_codec.hpp"

#include "foundation/base/codes.hpp"

namespace tollgate::cells {
namespace {

constexpr uint64_t kCountEnd = uint64_t{1} << 54;

void append_number(std::string& out, uint64_t number) {
  while (number >= 0x80) {
    out += static_cast<char>(number | 0x80);
    number >>= 7;
  }
  out += static_cast<char>(number);
}

/// False if the bytes end early or the number passes 63 bits.
bool take_number(std::string_view& bytes, uint64_t& number) {
  number = 0;
  for (int shift = 0; shift < 63 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    number |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

}  // namespace

std::string encode_cells(const std::vector<slo::Cell>& cells) {
  std::string bytes;
  bytes.reserve(cells.size() * 6);
  for (const slo::Cell& cell : cells) {
    append_number(bytes, cell.slot);
    append_number(bytes, cell.good);
    append_number(bytes, cell.bad);
  }
  return bytes;
}

Result<std::vector<slo::Cell>> decode_cells(std::string_view bytes) {
  std::vector<slo::Cell> cells;
  int64_t last_slot = -1;
  while (!bytes.empty()) {
    uint64_t slot = 0;
    uint64_t good = 0;
    uint64_t bad = 0;
    if (!take_number(bytes, slot) || !take_number(bytes, good) || !take_number(bytes, bad) ||
        slot >= slo::kCellsPerHour || static_cast<int64_t>(slot) <= last_slot ||
        good >= kCountEnd || bad >= kCountEnd) {
      return fail(codes::store_failed, "the cells of an hour are damaged");
    }
    last_slot = static_cast<int64_t>(slot);
    cells.push_back({.slot = slot & 511, .good = good & (kCountEnd - 1), .bad = bad});
  }
  return cells;
}

}  // namespace tollgate::cells
