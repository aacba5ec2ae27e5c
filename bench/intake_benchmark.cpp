// What a sample of a remote write costs, stage by stage and each with those before it: unpacking,
// decoding, finding its series, counting, adding to cells; and writing its request to the journal
// without a sync. 100,000 series of 6 labels that all count for one of 10,000 SLOs, in requests of
// 10,000 samples or of 500. Beside a whole server: bench/remote_write.sh.
#include "../tests/edge/remote_write_writer.hpp"
#include "edge/cells/cell_store.hpp"
#include "edge/intake/journal.hpp"
#include "edge/intake/journal_files.hpp"
#include "edge/intake/remote_write.hpp"
#include "edge/intake/router.hpp"
#include "edge/intake/snappy_block.hpp"

#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <filesystem>
#include <map>

namespace tollgate {
namespace {

constexpr int64_t kSeries = 100'000;
constexpr int64_t kRounds = 10;
constexpr int64_t kStartMs = 1'772'445'600'000;

testing::Labels labels_of(int64_t number) {
  const int64_t slo = number / 10;
  return {{"__name__", "http_requests_total"},
          {"code", number % 2 == 0 ? "200" : "500"},
          {"environment", "production"},
          {"instance", fmt::format("10.0.{}.{}:9090", slo % 250, number % 10 / 2)},
          {"job", "backend-service"},
          {"slo", fmt::format("slo-{:05}", slo)}};
}

/// The requests of all rounds, in order.
const std::vector<std::string>& requests(int64_t batch) {
  static std::map<int64_t, std::vector<std::string>> known;
  std::vector<std::string>& all = known[batch];
  for (int64_t round = 0; all.size() < static_cast<size_t>(kRounds * kSeries / batch); ++round) {
    for (int64_t begin = 0; begin < kSeries; begin += batch) {
      std::vector<testing::WrittenSeries> list;
      for (int64_t i = begin; i < begin + batch; ++i) {
        const auto value = static_cast<double>(i % 2 == 0 ? round * 40 + i % 7 : round / 5);
        list.push_back({labels_of(i), {{kStartMs + round * 10'000, value}}});
      }
      all.push_back(intake::compress_snappy(testing::write_request_1(list)));
    }
  }
  return all;
}

std::vector<intake::RouteSpec> routes() {
  std::vector<intake::RouteSpec> rows;
  for (int64_t slo = 0; slo < kSeries / 10; ++slo) {
    intake::RouteSpec total{.slo = fmt::format("shop/slo-{:05}", slo)};
    total.role = intake::Role::total;
    total.is_beside_bad = true;
    total.query = fmt::format("http_requests_total{{slo=\"slo-{:05}\"}}", slo);
    intake::RouteSpec bad{.slo = total.slo};
    bad.role = intake::Role::bad;
    bad.query = fmt::format("http_requests_total{{slo=\"slo-{:05}\",code=\"500\"}}", slo);
    rows.push_back(std::move(total));
    rows.push_back(std::move(bad));
  }
  return rows;
}

enum class Stage { unpack, decode, resolve, route, push };

void take_samples(benchmark::State& state, Stage last) {
  const std::vector<std::string>& all = requests(state.range(0));
  auto store = cells::CellStore::open(":memory:").value();
  intake::Router router([&](const cells::SeriesKey& key) { return store->open_series(key); });
  if (!router.set_routes(routes()).empty()) state.SkipWithError("routes");
  intake::Batch batch;
  intake::Routed routed;
  std::string bytes;
  // The first round makes the series known.
  const auto per_round = static_cast<size_t>(kSeries / state.range(0));
  size_t next = 0;
  const auto take = [&](Stage until) {
    const std::string& body = all[next++ % all.size()];
    if (until == Stage::unpack) {
      benchmark::DoNotOptimize(intake::uncompress_snappy(body, bytes));
      return;
    }
    batch.clear();
    if (!intake::decode_remote_write_1(body, batch)) state.SkipWithError("decode");
    if (until == Stage::decode) return;
    if (!router.resolve(batch)) state.SkipWithError("resolve");
    if (until == Stage::resolve) return;
    routed.clear();
    router.route(batch, routed);
    if (until == Stage::route) return;
    if (!store->push({.source = "bench", .additions = routed.additions}))
      state.SkipWithError("push");
  };
  while (next < per_round) take(Stage::push);
  for (auto _ : state) take(last);
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["ns_per_sample"] =
      benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)) * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void write_journal(benchmark::State& state) {
  const std::vector<std::string>& all = requests(state.range(0));
  const std::string folder = std::filesystem::temp_directory_path() / "tollgate-intake-benchmark";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  auto journal =
      intake::Journal::open(intake::open_journal_folder(folder), {}, 0,
                            [](uint64_t, const intake::Entry&) { return Result<void>(); })
          .value();
  size_t next = 0;
  for (auto _ : state) {
    const intake::Entry entry{
        .kind = 1, .arrived_ms = 1, .source = "bench", .bytes = all[next++ % all.size()]};
    benchmark::DoNotOptimize(journal.append({&entry, 1}, false));
  }
  std::filesystem::remove_all(folder);
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["ns_per_sample"] =
      benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)) * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void add_benchmarks() {
  const std::array stages = {std::pair{"unpack", Stage::unpack}, std::pair{"decode", Stage::decode},
                             std::pair{"resolve", Stage::resolve}, std::pair{"route", Stage::route},
                             std::pair{"push", Stage::push}};
  for (const int64_t batch : {10'000, 500}) {
    // Every round but the first, once: a sample that comes again would be none.
    const int64_t requests = (kRounds - 1) * kSeries / batch;
    for (const auto& [name, stage] : stages) {
      benchmark::RegisterBenchmark(name, take_samples, stage)
          ->ArgName("batch")
          ->Arg(batch)
          ->Iterations(requests)
          ->Repetitions(5)
          ->ReportAggregatesOnly();
    }
    benchmark::RegisterBenchmark("journal", write_journal)
        ->ArgName("batch")
        ->Arg(batch)
        ->Iterations(requests);
  }
}

}  // namespace
}  // namespace tollgate

int main(int argc, char** argv) {
  tollgate::add_benchmarks();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
