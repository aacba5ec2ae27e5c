// Good and bad events, and the grid that they are counted on. Pure.
#pragma once

#include "foundation/base/time.hpp"

#include <cstdint>

namespace tollgate::slo {

/// The finest resolution; every span is judged on this grid.
inline constexpr Duration kCellLength = seconds(10);
inline constexpr int64_t kCellsPerHour = 360;

/// Good and bad events; total is their sum.
struct Counts {
  int64_t good = 0;
  int64_t bad = 0;
  int64_t total() const { return good + bad; }
  Counts& operator+=(const Counts& other) {
    good += other.good;
    bad += other.bad;
    return *this;
  }
  friend Counts operator+(const Counts& a, const Counts& b) {
    return {a.good + b.good, a.bad + b.bad};
  }
  friend Counts operator-(const Counts& a, const Counts& b) {
    return {a.good - b.good, a.bad - b.bad};
  }
  friend bool operator==(const Counts&, const Counts&) = default;
};

/// One non-empty cell of an hour; `slot` counts 10 s steps from the hour's start.
struct Cell {
  uint16_t slot = 0;
  int64_t good = 0;
  int64_t bad = 0;
  Counts counts() const { return {good, bad}; }
  friend bool operator==(const Cell&, const Cell&) = default;
};

}  // namespace tollgate::slo
