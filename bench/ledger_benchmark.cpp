// How fast an exported ledger verifies beside SHA-256 alone, how long a start with a million leaves
// takes, and what a proof costs. Files go to $TMPDIR, so that the disk under test can be chosen.
// Durable appends: durable_rates.cpp.
#include "edge/store/memory_store.hpp"
#include "edge/store/sqlite_ledger.hpp"
#include "engine/ledger/export_file.hpp"
#include "engine/ledger/ledger.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
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

BENCHMARK(raw_sha256);
BENCHMARK(verify_export)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(open_ledger)->Arg(1'000'000)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(prove_inclusion);

}  // namespace
}  // namespace tollgate

BENCHMARK_MAIN();
