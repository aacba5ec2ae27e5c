#include "domain/slo/hour_sums.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace tollgate::slo {
namespace {

constexpr size_t kBlock = 16;               // cells
constexpr size_t kBlockWords = 2 + kBlock;  // good and bad before it, then its cells
constexpr size_t kListWords = 5;            // slot, good and bad of 64 bits
constexpr size_t kWideWords = 2;            // good and bad

bool fits16(int64_t count) { return count >= 0 && count <= UINT16_MAX; }
bool fits32(int64_t count) { return count >= 0 && count <= UINT32_MAX; }
bool fit16(const Counts& counts) { return fits16(counts.good) && fits16(counts.bad); }
bool fit32(const Counts& counts) { return fits32(counts.good) && fits32(counts.bad); }

uint32_t pack(const Counts& counts) {
  return static_cast<uint32_t>(counts.good) << 16 | static_cast<uint32_t>(counts.bad);
}
Counts unpack(uint32_t word) { return {word >> 16, word & UINT16_MAX}; }

void put_pair(uint32_t* words, const Counts& counts) {
  words[0] = static_cast<uint32_t>(counts.good);
  words[1] = static_cast<uint32_t>(counts.bad);
}
Counts pair(const uint32_t* words) { return {words[0], words[1]}; }

void put_long(uint32_t* words, int64_t count) {
  words[0] = static_cast<uint32_t>(count);
  words[1] = static_cast<uint32_t>(count >> 32);
}
int64_t get_long(const uint32_t* words) {
  return static_cast<int64_t>(static_cast<uint64_t>(words[1]) << 32 | words[0]);
}
Counts listed(const uint32_t* entry) { return {get_long(entry + 1), get_long(entry + 3)}; }
void put_listed(uint32_t* entry, int64_t slot, const Counts& sum) {
  entry[0] = static_cast<uint32_t>(slot);
  put_long(entry + 1, sum.good);
  put_long(entry + 3, sum.bad);
}

/// Entries that a list with `size` of them has memory for.
size_t list_capacity(size_t size) { return std::bit_ceil(std::max<size_t>(size, 2)); }
size_t blocks_for(size_t cells) { return (cells + kBlock - 1) / kBlock; }

/// `count` times part / whole, towards 0. Both are below 361: nothing overflows.
int64_t part_of(int64_t count, int64_t part, int64_t whole) {
  return count / whole * part + count % whole * part / whole;
}

/// Sum of the first cells of a block, without a branch: the others are masked out.
Counts sum_of_first(const uint32_t* cells, size_t count) {
  static constexpr auto kMasks = [] {
    std::array<uint32_t, 2 * kBlock> masks{};
    for (size_t i = 0; i < kBlock; ++i) masks[i] = UINT32_MAX;
    return masks;
  }();
  const uint32_t* const masks = kMasks.data() + kBlock - count;
  uint32_t good = 0;
  uint32_t bad = 0;
  for (size_t i = 0; i < kBlock; ++i) {
    const uint32_t cell = cells[i] & masks[i];
    good += cell >> 16;
    bad += cell & UINT16_MAX;
  }
  return {good, bad};
}

}  // namespace

size_t HourSums::words() const {
  if (words_ == nullptr) return 0;
  switch (form()) {
    case Form::one:
      return 0;
    case Form::listed:
      return kListWords * list_capacity(size_);
    case Form::blocks:
      return kBlockWords * blocks_for(length());
    case Form::wide:
      return kWideWords * length();
  }
  return 0;
}

HourSums HourSums::copy() const {
  HourSums same(hour_);
  same.size_ = size_;
  same.slots_ = slots_;
  same.form_ = form_;
  if (words_ == nullptr) return same;
  same.words_ = std::make_unique_for_overwrite<uint32_t[]>(words());
  std::copy_n(words_.get(), words(), same.words_.get());
  return same;
}

/// The cells that start before `slot`.
size_t HourSums::cells_before(int64_t slot) const {
  return static_cast<size_t>(slot + slots_ - 1) / slots_;
}

size_t HourSums::word_of(size_t cell) const {
  switch (form()) {
    case Form::blocks:
      return cell / kBlock * kBlockWords + 2 + cell % kBlock;
    case Form::wide:
      return kWideWords * cell;
    default:
      return kListWords * std::min<size_t>(cell, size_);
  }
}

Counts HourSums::before(int64_t slot, const Counts& total) const {
  const int64_t into = slots_ == 1 ? 0 : slot % slots_;
  if (into == 0) return before_cell(slot, total);
  const Counts start = before_cell(slot - into, total);
  const Counts cell = before_cell(slot - into + slots_, total) - start;
  return start + Counts{part_of(cell.good, into, slots_), part_of(cell.bad, into, slots_)};
}

Counts HourSums::around(int64_t slot, const Counts& total) const {
  const int64_t start = slot - slot % slots_;
  if (start == slot) return {};
  return before_cell(start + slots_, total) - before_cell(start, total);
}

/// Sum of the cells that start before `slot`, which is the start of one or the hour's end.
Counts HourSums::before_cell(int64_t slot, const Counts& total) const {
  if (slot <= 0) return {};
  if (form() == Form::one) return total;
  if (form() == Form::listed) {
    const size_t count = listed_before(slot);
    return count == 0 ? Counts{} : listed(words_.get() + kListWords * (count - 1));
  }
  const size_t count = cells_before(slot);
  if (count >= size_) return total;
  if (form() == Form::wide) return pair(words_.get() + kWideWords * (count - 1));
  const uint32_t* const block = words_.get() + count / kBlock * kBlockWords;
  return pair(block) + sum_of_first(block + 2, count % kBlock);
}

/// Entries of the list whose cells start before `slot`.
size_t HourSums::listed_before(int64_t slot) const {
  size_t low = 0;
  size_t high = size_;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (static_cast<int64_t>(words_[kListWords * middle]) < slot) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::vector<Cell> HourSums::cells(const Counts& total) const {
  std::vector<Cell> cells;
  const auto take = [&](size_t slot, const Counts& counts) {
    if (counts != Counts{}) cells.push_back({static_cast<uint16_t>(slot), counts.good, counts.bad});
  };
  Counts last;
  switch (form()) {
    case Form::one:
      take(0, total);
      break;
    case Form::listed:
      for (size_t i = 0; i < size_; ++i) {
        const uint32_t* const entry = words_.get() + kListWords * i;
        take(entry[0], listed(entry) - last);
        last = listed(entry);
      }
      break;
    case Form::blocks:
      for (size_t i = 0; i < size_; ++i) take(i * slots_, unpack(words_[word_of(i)]));
      break;
    case Form::wide:
      for (size_t i = 0; i < size_; ++i) {
        take(i * slots_, pair(words_.get() + word_of(i)) - last);
        last = pair(words_.get() + word_of(i));
      }
      break;
  }
  return cells;
}

void HourSums::assign(int64_t slots, std::span<const Cell> cells) {
  slots_ = static_cast<uint32_t>(slots) & 1023u;
  size_ = 0;
  words_.reset();
  const Form form = best_form(cells);
  form_ = static_cast<uint32_t>(form) & 3u;
  Counts sum;
  switch (form) {
    case Form::one:
      return;
    case Form::listed:
      if (cells.empty()) return;
      words_ = std::make_unique_for_overwrite<uint32_t[]>(kListWords * list_capacity(cells.size()));
      for (const Cell& cell : cells)
        put_listed(words_.get() + kListWords * size_++, cell.slot, sum += cell.counts());
      return;
    case Form::blocks:
      // Zeros: a cell without events adds nothing to its block.
      words_ = std::make_unique<uint32_t[]>(kBlockWords * blocks_for(length()));
      break;
    case Form::wide:
      words_ = std::make_unique_for_overwrite<uint32_t[]>(kWideWords * length());
      break;
  }
  for (const Cell& cell : cells) {
    (void)(form == Form::blocks ? add_to_blocks(cell.slot, cell.counts(), sum)
                                : add_wide(cell.slot, cell.counts(), sum));
    sum += cell.counts();
  }
}

HourSums::Form HourSums::best_form(std::span<const Cell> cells) const {
  if (slots_ == kCellsPerHour) return Form::one;
  bool fits_blocks = true;
  bool fits_wide = true;
  Counts sum;
  for (const Cell& cell : cells) {
    fits_blocks &= fit16(cell.counts());
    fits_wide &= fit32(sum += cell.counts());
  }
  const size_t as_list = kListWords * list_capacity(cells.size());
  const size_t as_blocks = kBlockWords * blocks_for(length());
  const size_t as_wide = kWideWords * length();
  if (fits_blocks && fits_wide && as_blocks < std::min(as_list, as_wide)) return Form::blocks;
  return fits_wide && as_wide < as_list ? Form::wide : Form::listed;
}

void HourSums::add(int64_t slot, const Counts& counts, const Counts& total) {
  bool is_added = false;
  switch (form()) {
    case Form::one:
      return;
    case Form::listed:
      is_added = add_listed(slot, counts);
      break;
    case Form::blocks:
      is_added = add_to_blocks(slot, counts, total);
      break;
    case Form::wide:
      is_added = add_wide(slot, counts, total);
      break;
  }
  if (is_added) return;
  std::vector<Cell> all = cells(total);
  const auto place = std::lower_bound(all.begin(), all.end(), slot,
                                      [](const Cell& cell, int64_t at) { return cell.slot < at; });
  if (place != all.end() && place->slot == slot) {
    place->good += counts.good;
    place->bad += counts.bad;
  } else {
    all.insert(place, {static_cast<uint16_t>(slot), counts.good, counts.bad});
  }
  assign(slots_, all);
}

/// False if the cell lies before the last one, or there is no room.
bool HourSums::add_listed(int64_t slot, const Counts& counts) {
  if (size_ == 0) return false;
  uint32_t* const last = words_.get() + kListWords * (size_ - 1u);
  const Counts sum = listed(last) + counts;
  if (last[0] == slot) {
    put_listed(last, slot, sum);
    return true;
  }
  if (last[0] > slot || size_ == list_capacity(size_)) return false;
  put_listed(words_.get() + kListWords * size_++, slot, sum);
  return true;
}

/// False if the sums would no longer fit.
bool HourSums::add_to_blocks(int64_t slot, const Counts& counts, const Counts& total) {
  const size_t place = static_cast<size_t>(slot) / slots_;
  uint32_t& cell = words_[word_of(place)];
  const Counts sum = unpack(cell) + counts;
  if (!fit16(sum) || !fit32(total + counts)) return false;
  cell = pack(sum);
  const size_t begun = blocks_for(size_);
  if (place >= size_) {
    for (size_t block = begun; block <= place / kBlock; ++block)
      put_pair(words_.get() + block * kBlockWords, total);
    size_ = static_cast<uint32_t>(place + 1) & 1023u;
    return true;
  }
  for (size_t block = place / kBlock + 1; block < begun; ++block) {
    uint32_t* const words = words_.get() + block * kBlockWords;
    put_pair(words, pair(words) + counts);
  }
  return true;
}

/// False if the sums would no longer fit.
bool HourSums::add_wide(int64_t slot, const Counts& counts, const Counts& total) {
  const size_t place = static_cast<size_t>(slot) / slots_;
  if (place >= size_) {
    if (!fit32(total + counts)) return false;
    while (size_ < place) put_pair(words_.get() + kWideWords * size_++, total);
    put_pair(words_.get() + kWideWords * size_++, total + counts);
    return true;
  }
  for (size_t i = place; i < size_; ++i) {
    if (!fit32(pair(words_.get() + kWideWords * i) + counts)) return false;
  }
  for (size_t i = place; i < size_; ++i) {
    uint32_t* const words = words_.get() + kWideWords * i;
    put_pair(words, pair(words) + counts);
  }
  return true;
}

}  // namespace tollgate::slo
