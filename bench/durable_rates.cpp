// Durable commits side by side on one disk: a bare write with fdatasync, SQLite with group commit
// of the same bytes, and the ledger. They take turns, so that neighbours on the machine meet all
// three. Prints one JSON object a line:
// {"what","batch","per_second","p50_us","p99_us","cpu_us_per_leaf"}. Usage: durable_rates
// LEAF_BYTES SECONDS   (per line; files go to $TMPDIR)
#include "edge/store/memory_store.hpp"
#include "edge/store/sqlite_ledger.hpp"
#include "engine/ledger/ledger.hpp"
#include "foundation/base/assert.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <sys/resource.h>
#include <unistd.h>

namespace tollgate {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::array<size_t, 3> kBatches = {1, 16, 64};
constexpr int kTurns = 4;

struct TemporaryDirectory {
  fs::path path;
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "tollgate-bench-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~TemporaryDirectory() { fs::remove_all(path); }
};

/// User and system time of this process in microseconds.
double cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& t) {
    return 1e6 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

/// One way to make a batch durable, and what it took so far.
struct Contender {
  const char* what;
  std::function<void(const std::vector<std::string>& leaves)> commit;
  std::vector<double> micros = {};
  double cpu = 0;
};

void bare(int file, const std::vector<std::string>& leaves) {
  std::string bytes;
  for (const std::string& leaf : leaves) bytes += leaf;
  ASSERT(write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  ASSERT(fdatasync(file) == 0);
}

struct RawSqlite {
  sqlite3* connection = nullptr;
  sqlite3_stmt* insert = nullptr;

  explicit RawSqlite(const fs::path& path) {
    sqlite3_open(path.c_str(), &connection);
    ASSERT(sqlite3_exec(connection,
                        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                        "CREATE TABLE event(position INTEGER PRIMARY KEY, leaf BLOB)",
                        nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_prepare_v2(connection, "INSERT INTO event(leaf) VALUES(?1)", -1, &insert, nullptr);
  }
  ~RawSqlite() {
    sqlite3_finalize(insert);
    sqlite3_close(connection);
  }
  void commit(const std::vector<std::string>& leaves) const {
    sqlite3_exec(connection, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
    for (const std::string& leaf : leaves) {
      sqlite3_bind_blob(insert, 1, leaf.data(), static_cast<int>(leaf.size()), SQLITE_STATIC);
      sqlite3_step(insert);
      sqlite3_reset(insert);
    }
    ASSERT(sqlite3_exec(connection, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK);
  }
};

void append(ledger::Ledger& ledger, const std::vector<std::string>& leaves) {
  std::vector<engine::NewLeaf> batch;
  for (const std::string& leaf : leaves) batch.push_back({.leaf = leaf});
  ASSERT(ledger.append(batch).has_value());
}

std::vector<std::string> make_leaves(size_t count, size_t size, int64_t& serial) {
  std::vector<std::string> leaves;
  for (size_t i = 0; i < count; ++i) {
    std::string leaf = fmt::format("{{\"position\":{},\"filler\":\"", serial++);
    leaf.append(size - std::min(size, leaf.size() + 2), 'x').append("\"}");
    leaves.push_back(std::move(leaf));
  }
  return leaves;
}

void measure(size_t batch, size_t size, double seconds) {
  const TemporaryDirectory directory;
  const int file =
      open((directory.path / "bare.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const RawSqlite sqlite(directory.path / "raw.db");
  const auto store = store::open_sqlite_ledger((directory.path / "ledger.db").string()).value();
  const auto checkpoints = store::make_memory_checkpoint();
  const auto ledger =
      ledger::Ledger::open(*store, *checkpoints, ledger::NoteSigner::generate("bench").value())
          .value();
  std::array contenders = {
      Contender{"fdatasync", [&](const auto& leaves) { bare(file, leaves); }},
      Contender{"sqlite", [&](const auto& leaves) { sqlite.commit(leaves); }},
      Contender{"ledger", [&](const auto& leaves) { append(*ledger, leaves); }},
  };
  int64_t serial = 0;
  for (int turn = 0; turn < kTurns; ++turn) {
    for (Contender& contender : contenders) {
      const auto end = Clock::now() + std::chrono::duration<double>(seconds / kTurns);
      const double cpu_before = cpu_us();
      while (Clock::now() < end) {
        const auto leaves = make_leaves(batch, size, serial);
        const auto begin = Clock::now();
        contender.commit(leaves);
        contender.micros.push_back(
            std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
      }
      contender.cpu += cpu_us() - cpu_before;
    }
  }
  close(file);
  for (Contender& contender : contenders) {
    std::vector<double>& micros = contender.micros;
    std::sort(micros.begin(), micros.end());
    double sum = 0;
    for (const double one : micros) sum += one;
    const auto at = [&](double share) {
      return micros[static_cast<size_t>(share * static_cast<double>(micros.size() - 1))];
    };
    const double leaves = static_cast<double>(micros.size() * batch);
    fmt::print(
        "{{\"what\":\"{}\",\"batch\":{},\"per_second\":{:.0f},\"p50_us\":{:.1f},\"p99_us\":{:.1f},"
        "\"cpu_us_per_leaf\":{:.2f}}}\n",
        contender.what, batch, leaves / sum * 1e6, at(0.5), at(0.99), contender.cpu / leaves);
  }
}

}  // namespace
}  // namespace tollgate

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: durable_rates LEAF_BYTES SECONDS\n");
    return 2;
  }
  for (const size_t batch : tollgate::kBatches)
    tollgate::measure(batch, static_cast<size_t>(std::atoi(argv[1])), std::atof(argv[2]));
  return 0;
}
