// A journal folder in memory that loses power at a planned operation: what was not synced is then
// there, torn or gone, by chance of a seed.
#pragma once

#include "edge/intake/journal_files.hpp"
#include "foundation/base/codes.hpp"

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace tollgate::testing_support {

class FaultyDisk {
 public:
  enum class Fault { none, power_loss, disk_full, sync_error };

  explicit FaultyDisk(uint64_t seed) : random_(seed) {}

  /// The operation number `operation` (writes, syncs, creations, removals, from 0) meets the fault.
  void plan(Fault fault, int64_t operation) {
    fault_ = fault;
    at_ = operation;
    operations_ = 0;
    has_failed_ = false;
  }
  int64_t operations() const { return operations_; }
  bool has_failed() const { return has_failed_; }

  /// Power comes back.
  void restart() {
    for (auto& [name, file] : files_) {
      for (const auto& [offset, bytes] : file.unsynced) {
        const size_t kept = random_() % 3 == 0   ? bytes.size()
                            : random_() % 2 == 0 ? random_() % (bytes.size() + 1)
                                                 : 0;
        put(file.durable, offset, bytes.substr(0, kept));
      }
      file.unsynced.clear();
    }
    for (auto file = files_.begin(); file != files_.end();) {
      const bool is_lost = !file->second.has_durable_name && random_() % 2 == 0;
      file = is_lost ? files_.erase(file) : std::next(file);
    }
    plan(Fault::none, 0);
  }

  std::unique_ptr<intake::JournalFolder> folder();

 private:
  struct File {
    std::string durable;
    std::vector<std::pair<uint64_t, std::string>> unsynced;
    bool has_durable_name = false;
  };
  friend class FaultyFile;
  friend class FaultyFolder;

  static void put(std::string& into, uint64_t offset, std::string_view bytes) {
    if (into.size() < offset + bytes.size()) into.resize(offset + bytes.size());
    into.replace(offset, bytes.size(), bytes);
  }
  Result<void> step(bool is_sync, bool is_write) {
    const int64_t number = operations_++;
    if (fault_ == Fault::power_loss && has_failed_) return fail(codes::store_failed, "no power");
    if (fault_ == Fault::none || number < at_) return {};
    if (fault_ == Fault::disk_full && is_write) {
      has_failed_ = true;
      return fail(codes::disk_full, "the disk is full");
    }
    if (fault_ == Fault::sync_error && is_sync && !has_failed_) {
      has_failed_ = true;
      return fail(codes::store_failed, "the sync failed");
    }
    if (fault_ != Fault::power_loss) return {};
    has_failed_ = true;
    return fail(codes::store_failed, "the power is gone");
  }

  std::mt19937_64 random_;
  std::map<std::string, File> files_;
  Fault fault_ = Fault::none;
  int64_t at_ = 0;
  int64_t operations_ = 0;
  bool has_failed_ = false;
};

class FaultyFile : public intake::JournalFile {
 public:
  FaultyFile(FaultyDisk& disk, std::string name) : disk_(disk), name_(std::move(name)) {}
  Result<void> write(uint64_t offset, std::string_view bytes) override {
    const Result<void> done = disk_.step(false, true);
    // A write that the power interrupts may have arrived in part.
    disk_.files_[name_].unsynced.emplace_back(offset, bytes);
    return done;
  }
  Result<void> sync() override {
    TOLLGATE_CHECK(disk_.step(true, false));
    FaultyDisk::File& file = disk_.files_[name_];
    for (const auto& [offset, bytes] : file.unsynced) FaultyDisk::put(file.durable, offset, bytes);
    file.unsynced.clear();
    return {};
  }

 private:
  FaultyDisk& disk_;
  std::string name_;
};

class FaultyFolder : public intake::JournalFolder {
 public:
  explicit FaultyFolder(FaultyDisk& disk) : disk_(disk) {}
  Result<std::vector<std::string>> names() override {
    std::vector<std::string> names;
    for (const auto& [name, file] : disk_.files_) names.push_back(name);
    return names;
  }
  Result<std::unique_ptr<intake::JournalFile>> create(const std::string& name) override {
    TOLLGATE_CHECK(disk_.step(false, true));
    disk_.files_[name] = {};
    return std::make_unique<FaultyFile>(disk_, name);
  }
  Result<std::string> read(const std::string& name) override { return disk_.files_[name].durable; }
  Result<void> remove(const std::string& name) override {
    TOLLGATE_CHECK(disk_.step(false, false));
    disk_.files_.erase(name);
    return {};
  }
  Result<void> sync() override {
    TOLLGATE_CHECK(disk_.step(true, false));
    for (auto& [name, file] : disk_.files_) file.has_durable_name = true;
    return {};
  }

 private:
  FaultyDisk& disk_;
};

inline std::unique_ptr<intake::JournalFolder> FaultyDisk::folder() {
  return std::make_unique<FaultyFolder>(*this);
}

}  // namespace tollgate::testing_support
