// All series of a cell store by key: which of them are in memory, which have changes that are not
// on disk, and who has to leave when memory is full. Only the files of this folder use it. Not
// thread-safe: the store takes turns.
#pragma once

#include "edge/cells/cell_file.hpp"
#include "edge/cells/resident.hpp"

#include <atomic>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tollgate::cells {

/// All series of an SLO, imported and pushed ones. It stays where it is as long as the table.
struct OfSlo {
  std::vector<Resident*> series;
  uint32_t generation = 0;                   // another number when `series` are others
  std::atomic<uint32_t>* version = nullptr;  // another number when one of them is another
};

/// The series of an SLO that count in an environment (in all, if that is empty), found once.
struct StandingSlo {
  const OfSlo* of_slo = nullptr;
  std::string environment = {};
  uint32_t generation = UINT32_MAX;  // that `series` is of
  std::vector<Resident*> series = {};
};

/// Whether the events of a series count for the place.
bool fits(const SeriesKey& key, const Place& place);

class SeriesTable {
 public:
  /// Pushed series and imported ones of one key are two.
  struct ById {
    SeriesKey key;
    bool is_live = false;
    friend auto operator<=>(const ById&, const ById&) = default;
  };

  /// `memory_max` bytes of cells stay in memory; all of them if nothing can be read back.
  SeriesTable(const CellFile& file, size_t memory_max, bool is_volatile)
      : file_(file), memory_max_(memory_max), is_volatile_(is_volatile) {}

  /// Reads which series there are, without their cells. Errors: store_failed.
  Result<void> read_index();

  Resident& find_or_create(const SeriesKey& key, bool is_live);
  bool contains(const SeriesKey& key, bool is_live) const {
    return series_.contains({key, is_live});
  }
  void erase(const SeriesKey& key, bool is_live);
  /// The number of a pushed series, created if need be.
  uint32_t handle_of(const SeriesKey& key);
  Resident* by_handle(uint32_t handle) { return handles_[handle]; }
  /// The series of an SLO that count for the place.
  std::vector<Resident*> matching(std::string_view slo, const Place& place);
  /// The series of an SLO; null if there never were any, and nobody stands by.
  const OfSlo* find_slo(std::string_view slo) const;
  /// The same, created if need be.
  OfSlo& of_slo(std::string_view slo);
  /// Notes that a series was used, so that it stays in memory.
  void touch(Resident& series) { series.used = ++step_; }
  const std::map<ById, Resident>& all() const { return series_; }
  std::map<ById, Resident>& all() { return series_; }
  /// Forgets a series; one with a handle stays, empty, until the store is opened again.
  void forget(Resident& series);

  uint32_t source_number(std::string_view name);
  const SourceNames& sources() const { return sources_; }

  /// Has the cells of a series in memory; others may go. Errors: store_failed.
  Result<void> load(Resident& series);
  /// Forgets the cells in memory, changes and all.
  void drop(Resident& series);
  /// Notes how much memory a series takes now.
  void account(Resident& series);
  void make_room();
  size_t memory_bytes() const { return bytes_; }

  /// Notes that what a series says may be something else from now on. Calls take turns, so that
  /// adding needs no more than a load and a store.
  static void revise(const Resident& series) {
    series.version->store(series.version->load(std::memory_order_relaxed) + 1,
                          std::memory_order_release);
  }
  /// Notes that a series has changes.
  void list(Resident& series) {
    revise(series);
    if (series.is_listed) return;
    series.is_listed = true;
    dirty_.push_back(&series);
  }
  /// The series with changes, which the caller takes over.
  std::vector<Resident*> take_dirty() { return std::exchange(dirty_, {}); }

 private:
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  Resident& add(const SeriesKey& key, bool is_live);

  const CellFile& file_;
  const size_t memory_max_;
  const bool is_volatile_;
  std::map<ById, Resident> series_;
  std::unordered_map<std::string, OfSlo, TextHash, std::equal_to<>> by_slo_;
  std::deque<std::atomic<uint32_t>> versions_;  // of SLOs; neighbours, for they are read in a row
  std::vector<Resident*> handles_;
  std::vector<Resident*> dirty_;
  SourceNames sources_;
  std::unordered_map<std::string, uint32_t> source_numbers_;
  int64_t next_id_ = 1;
  uint64_t step_ = 0;
  size_t bytes_ = 0;
};

}  // namespace tollgate::cells
