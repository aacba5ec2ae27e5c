#include "edge/cells/cell_codec.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/varint.hpp"

namespace tollgate::cells {
namespace {

constexpr int64_t kCountEnd = int64_t{1} << 54;
constexpr std::string_view kMark = "\xff\x03";  // as a slot: 511, which no cell has

bool is_count(int64_t count) { return count > -kCountEnd && count < kCountEnd; }

}  // namespace

std::string encode_cells(const slo::HourCells& hour) {
  std::string bytes(kMark);
  bytes.reserve(hour.cells.size() * 6 + 4);
  append_varint(bytes, static_cast<uint64_t>(hour.length.ms / slo::kCellLength.ms));
  for (const slo::Cell& cell : hour.cells) {
    append_varint(bytes, cell.slot);
    append_varint(bytes, zigzag(cell.good));
    append_varint(bytes, zigzag(cell.bad));
  }
  return bytes;
}

Result<slo::HourCells> decode_cells(int64_t hour, std::string_view bytes) {
  const auto damaged = [] { return fail(codes::store_failed, "the cells of an hour are damaged"); };
  slo::HourCells cells{.hour = hour};
  const bool has_mark = bytes.starts_with(kMark);
  uint64_t step = 1;
  if (has_mark) {
    bytes.remove_prefix(kMark.size());
    if (!take_varint(bytes, step) || step < 1 || slo::kCellsPerHour % static_cast<int64_t>(step))
      return damaged();
    cells.length = slo::kCellLength * static_cast<int64_t>(step);
  }
  int64_t last_slot = -1;
  while (!bytes.empty()) {
    uint64_t slot = 0;
    uint64_t good = 0;
    uint64_t bad = 0;
    if (!take_varint(bytes, slot) || !take_varint(bytes, good) || !take_varint(bytes, bad))
      return damaged();
    const slo::Cell cell{.slot = static_cast<uint16_t>(slot),
                         .good = has_mark ? unzigzag(good) : static_cast<int64_t>(good),
                         .bad = has_mark ? unzigzag(bad) : static_cast<int64_t>(bad)};
    if (slot >= slo::kCellsPerHour || slot % step != 0 || static_cast<int64_t>(slot) <= last_slot ||
        !is_count(cell.good) || !is_count(cell.bad)) {
      return damaged();
    }
    last_slot = static_cast<int64_t>(slot);
    cells.cells.push_back(cell);
  }
  return cells;
}

}  // namespace tollgate::cells
