// What a durable, hash-chained leaf costs beside the two things it cannot beat: SQLite storing the
// same bytes, and the disk itself. And how fast an exported ledger verifies beside SHA-256 alone.
// Files go to $TMPDIR, so that the disk under test can be chosen.
#include "edge/store/memory_store.hpp"
#include "edge/store/sqlite_ledger.hpp"
#include "engine/ledger/export_file.hpp"
#include "engine/ledger/ledger.hpp"

#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

namespace tollgate {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLeafBytes = 1024;
constexpr int64_t kExportedLeaves = 300'000;
constexpr int64_t kProofTreeSize = 1'000'000;

struct TemporaryDirectory {
  fs::path path;
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "tollgate-bench-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~TemporaryDirectory() { fs::remove_all(path); }
};

// User and system time of the whole process in microseconds.
double cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& t) {
    return 1e6 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

std::vector<std::string> make_leaves(int64_t count, int64_t first) {
  std::vector<std::string> leaves;
  for (int64_t i = 0; i < count; ++i) {
    std::string leaf = "{\"position\":" + std::to_string(first + i) + ",\"filler\":\"";
    leaf.append(kLeafBytes - leaf.size() - 2, 'x').append("\"}");
    leaves.push_back(std::move(leaf));
  }
  return leaves;
}

void report(benchmark::State& state, double cpu_before) {
  const auto items = static_cast<double>(state.iterations() * state.range(0));
  state.SetItemsProcessed(static_cast<int64_t>(items));
  state.counters["cpu_us_per_leaf"] = (cpu_us() - cpu_before) / items;
}

void ledger_append(benchmark::State& state) {
  const TemporaryDirectory directory;
  const auto store = store::open_sqlite_ledger((directory.path / "ledger.db").string()).value();
  const auto checkpoints = store::make_memory_checkpoint();
  const auto ledger =
      ledger::Ledger::open(*store, *checkpoints, ledger::NoteSigner::generate("bench").value())
          .value();
  const std::vector<std::string> leaves = make_leaves(state.range(0), 0);
  std::vector<std::string> keys(leaves.size());
  std::vector<engine::NewLeaf> batch(leaves.size());
  int64_t serial = 0;
  const double cpu_before = cpu_us();
  for (auto _ : state) {
    for (size_t i = 0; i < leaves.size(); ++i) {
      keys[i] = "0123456789abcdef-" + std::to_string(serial++);
      batch[i] = {.leaf = leaves[i], .idempotency_key = keys[i], .request_digest = {}};
    }
    if (!ledger->append(batch)) state.SkipWithError("append failed");
  }
  report(state, cpu_before);
}

void sqlite_group_commit(benchmark::State& state) {
  const TemporaryDirectory directory;
  sqlite3* connection = nullptr;
  sqlite3_open((directory.path / "raw.db").c_str(), &connection);
  sqlite3_exec(connection,
               "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
               "CREATE TABLE event(position INTEGER PRIMARY KEY, leaf BLOB)",
               nullptr, nullptr, nullptr);
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(connection, "INSERT INTO event(leaf) VALUES(?1)", -1, &insert, nullptr);
  const std::vector<std::string> leaves = make_leaves(state.range(0), 0);
  const double cpu_before = cpu_us();
  for (auto _ : state) {
    sqlite3_exec(connection, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
    for (const std::string& leaf : leaves) {
      sqlite3_bind_blob(insert, 1, leaf.data(), static_cast<int>(leaf.size()), SQLITE_STATIC);
      sqlite3_step(insert);
      sqlite3_reset(insert);
    }
    if (sqlite3_exec(connection, "COMMIT", nullptr, nullptr, nullptr) != SQLITE_OK) {
      state.SkipWithError(sqlite3_errmsg(connection));
    }
  }
  report(state, cpu_before);
  sqlite3_finalize(insert);
  sqlite3_close(connection);
}

void bare_write_and_sync(benchmark::State& state) {
  const TemporaryDirectory directory;
  const int file = open((directory.path / "raw.log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  std::string bytes;
  for (const std::string& leaf : make_leaves(state.range(0), 0)) bytes += leaf;
  const double cpu_before = cpu_us();
  for (auto _ : state) {
    const bool is_written =
        write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
    if (!is_written || fdatasync(file) != 0) state.SkipWithError("write failed");
  }
  report(state, cpu_before);
  close(file);
}

void raw_sha256(benchmark::State& state) {
  const std::string leaf = make_leaves(1, 0).front();
  for (auto _ : state) benchmark::DoNotOptimize(sha256(leaf));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(leaf.size()));
}

void verify_export(benchmark::State& state) {
  const TemporaryDirectory directory;
  const std::string path = (directory.path / "export.jsonl").string();
  {
    const auto store = store::make_memory_ledger();
    const auto checkpoints = store::make_memory_checkpoint();
    const auto ledger =
        ledger::Ledger::open(*store, *checkpoints, ledger::NoteSigner::generate("bench").value())
            .value();
    for (int64_t at = 0; at < kExportedLeaves; at += 1000) {
      const std::vector<std::string> leaves = make_leaves(1000, at);
      std::vector<engine::NewLeaf> batch;
      for (const std::string& leaf : leaves) batch.push_back({.leaf = leaf});
      if (!ledger->append(batch)) state.SkipWithError("append failed");
    }
    std::ofstream file(path, std::ios::binary);
    const auto exported = ledger->export_to([&](std::string_view piece) -> Result<void> {
      file.write(piece.data(), static_cast<std::streamsize>(piece.size()));
      return {};
    });
    if (!exported) state.SkipWithError("export failed");
  }
  const double cpu_before = cpu_us();
  for (auto _ : state) {
    const auto report =
        ledger::verify_export(path, {.threads = static_cast<unsigned>(state.range(0))});
    if (!report || !report->is_ok) state.SkipWithError("the export does not verify");
  }
  const auto bytes = static_cast<int64_t>(fs::file_size(path)) * state.iterations();
  state.SetBytesProcessed(bytes);
  state.counters["bytes_per_cpu_second"] =
      benchmark::Counter(1e6 * static_cast<double>(bytes) / (cpu_us() - cpu_before),
                         benchmark::Counter::kDefaults, benchmark::Counter::kIs1000);
}

void open_ledger(benchmark::State& state) {
  const TemporaryDirectory directory;
  const std::string path = (directory.path / "ledger.db").string();
  const auto checkpoints = store::make_memory_checkpoint();
  const std::string secret = ledger::NoteSigner::generate("bench").value().secret_text();
  const auto open = [&](engine::LedgerStore& store) {
    return ledger::Ledger::open(store, *checkpoints, ledger::NoteSigner::parse(secret).value());
  };
  {
    const auto store = store::open_sqlite_ledger(path).value();
    const auto ledger = open(*store).value();
    for (int64_t at = 0; at < state.range(0); at += 1000) {
      const std::vector<std::string> leaves = make_leaves(1000, at);
      std::vector<engine::NewLeaf> batch;
      for (const std::string& leaf : leaves) batch.push_back({.leaf = leaf});
      if (!ledger->append(batch)) state.SkipWithError("append failed");
    }
  }
  for (auto _ : state) {
    const auto store = store::open_sqlite_ledger(path).value();
    if (!open(*store)) state.SkipWithError("open failed");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void prove_inclusion(benchmark::State& state) {
  ledger::Tree tree;
  for (int64_t i = 0; i < kProofTreeSize; ++i) tree.push(Digest{});
  int64_t position = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(tree.inclusion(position, kProofTreeSize - 1));
    position = (position + 7919) % (kProofTreeSize - 1);
  }
}

BENCHMARK(ledger_append)->Arg(1)->Arg(16)->Arg(64)->Arg(256)->UseRealTime();
BENCHMARK(sqlite_group_commit)->Arg(1)->Arg(16)->Arg(64)->Arg(256)->UseRealTime();
BENCHMARK(bare_write_and_sync)->Arg(1)->Arg(16)->Arg(64)->Arg(256)->UseRealTime();
BENCHMARK(raw_sha256);
BENCHMARK(verify_export)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(open_ledger)->Arg(1'000'000)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(prove_inclusion);

}  // namespace
}  // namespace tollgate

BENCHMARK_MAIN();
