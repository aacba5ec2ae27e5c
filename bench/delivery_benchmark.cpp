// Lead times of all releases of a repository: cold, with the objects read from the packs, and warm,
// from the index of the last look. TOLLGATE_BENCH_REPOSITORY names it; bench/delivery_vs_git.sh
// makes one and measures git beside it.
#include "domain/delivery/figures.hpp"
#include "edge/git/repository.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>

namespace {

using namespace tollgate;

const char* repository_path() {
  const char* const path = std::getenv("TOLLGATE_BENCH_REPOSITORY");
  return path == nullptr ? "" : path;
}

/// The whole question: open, read, give every commit its first release, figures.
void answer(benchmark::State& state, const std::string& index) {
  const auto repository = git::Repository::open(repository_path());
  if (!repository) return state.SkipWithError("no repository in TOLLGATE_BENCH_REPOSITORY");
  const auto commits = (*repository)->read(index);
  if (!commits) return state.SkipWithError("the repository cannot be read");
  const auto releases = delivery::releases_of(commits->tags, {});
  const auto first = delivery::first_release_of(commits->history, releases);
  const auto figures = delivery::figures_of(
      {.history = &commits->history, .releases = releases, .first = first}, {});
  state.counters["commits"] = static_cast<double>(commits->ids.size());
  state.counters["releases"] = static_cast<double>(figures.deployments);
  state.counters["changes"] = static_cast<double>(figures.lead_time.n);
}

void LeadTimesCold(benchmark::State& state) {
  for (auto _ : state) answer(state, "");
}
BENCHMARK(LeadTimesCold)->Unit(benchmark::kMillisecond);

void LeadTimesWarm(benchmark::State& state) {
  const std::string index =
      (std::filesystem::temp_directory_path() / "tollgate-delivery-benchmark.index").string();
  answer(state, index);
  for (auto _ : state) answer(state, index);
  std::filesystem::remove(index);
}
BENCHMARK(LeadTimesWarm)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
