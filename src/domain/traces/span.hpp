// What the latency of releases is made from: spans with names as numbers, whole traces, and what
// one visit to a service cost. Pure.
#pragma once

#include "foundation/base/error.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::traces {

/// Where a span ran.
struct Place {
  std::string service;
  std::string environment;
  std::string track;
  std::string version;
  friend auto operator<=>(const Place&, const Place&) = default;
};
/// What it did.
struct Operation {
  std::string service;
  std::string name;
  friend auto operator<=>(const Operation&, const Operation&) = default;
};

inline constexpr uint32_t kPlacesMax = 20'000;
inline constexpr uint32_t kOperationsMax = 50'000;
inline constexpr size_t kTextMax = 200;  // bytes of a service, version, operation and so on

/// Numbers for places and operations. Numbers are never taken back. Beyond a limit everything new
/// has the number 0, whose texts are "(other)".
class Names {
 public:
  Names();
  uint32_t place(std::string_view service, std::string_view environment, std::string_view track,
                 std::string_view version);
  uint32_t operation(std::string_view service, std::string_view name);
  const Place& place(uint32_t number) const { return *places_[number]; }
  const Operation& operation(uint32_t number) const { return *operations_[number]; }
  uint32_t place_count() const { return static_cast<uint32_t>(places_.size()); }
  uint32_t operation_count() const { return static_cast<uint32_t>(operations_.size()); }

 private:
  std::map<Place, uint32_t> place_numbers_;
  std::map<Operation, uint32_t> operation_numbers_;
  std::vector<const Place*> places_;
  std::vector<const Operation*> operations_;
};

/// 16 bytes of a trace's identifier.
using TraceId = std::array<uint64_t, 2>;

struct Span {
  uint64_t id = 0;
  uint64_t parent = 0;  // 0: the root
  int64_t start_us = 0;
  int64_t duration_us = 0;
  uint32_t place = 0;
  uint32_t operation = 0;
  float weight = 1;
  bool is_error = false;
  bool is_entry_kind = false;  // server or consumer: the work of another began it
};

/// The time that one operation took of one visit.
struct Part {
  uint32_t operation = 0;
  int32_t calls = 0;
  int64_t own_us = 0;  // in which it worked itself and did not wait for others
};

/// One visit to a service: the span that entered it, and everything that it caused.
struct Visit {
  Span entry;
  int32_t spans = 0;  // caused, itself included
  bool is_root = false;
  std::vector<Part> parts;  // by operation; their own_us add up to the entry's duration
};

/// What is to be said about a trace beside its visits.
struct TraceShape {
  std::vector<Visit> visits;
  int32_t orphans = 0;  // spans whose parent is missing
  int32_t skewed = 0;   // spans that lay outside their parent by a clock's error and were moved
  bool has_root = false;
};

/// Takes a trace apart. A visit begins at the root, where the parent ran in another service, and at
/// an orphan that another began. Time that several operations worked at once is shared among them
/// equally, so that the parts of a visit add up; a child's time beyond its parent's end is nobody's
/// wait and does not count. A child of another service that lies outside its parent though it would
/// fit was stamped by another clock and is moved into the middle, as Jaeger does.
/// Spans are given in any order; a second one of the same id is ignored. Cost: n log n per visit.
TraceShape take_apart(std::vector<Span> spans);

}  // namespace tollgate::traces
