// tollgate_sim: lives many simulated lives and says which one broke a promise, in one line that
// repeats it. With --corpus FILE it writes the ledger of tests/replay instead.
#include "foundation/base/log.hpp"
#include "sim/corpus.hpp"
#include "sim/world.hpp"

#include <charconv>

namespace {

using namespace tollgate;

struct Arguments {
  int64_t seed = 1;
  int64_t runs = 1;
  int64_t steps = 300;
};

bool read_arguments(std::span<char*> words, Arguments& arguments) {
  const std::pair<std::string_view, int64_t*> options[] = {
      {"--seed", &arguments.seed}, {"--runs", &arguments.runs}, {"--steps", &arguments.steps}};
  if (words.size() % 2 != 0) return false;
  for (size_t i = 0; i < words.size(); i += 2) {
    const std::string_view value = words[i + 1];
    bool is_known = false;
    for (const auto& [name, number] : options) {
      if (name != words[i]) continue;
      const auto end = value.data() + value.size();
      const auto read = std::from_chars(value.data(), end, *number);
      is_known = read.ec == std::errc{} && read.ptr == end && *number >= 0;
    }
    if (!is_known) return false;
  }
  return true;
}

/// An option that writes one ledger of tests/replay, and what writes it.
struct CorpusOption {
  std::string_view name;
  Result<void> (*write)(const std::string& path);
};
constexpr CorpusOption kCorpora[] = {{"--corpus", sim::write_corpus},
                                     {"--alert-corpus", sim::write_alert_corpus},
                                     {"--check-corpus", sim::write_check_corpus},
                                     {"--delivery-corpus", sim::write_delivery_corpus},
                                     {"--source-corpus", sim::write_source_corpus}};

}  // namespace

int main(int argc, char** argv) {
  for (const CorpusOption& corpus : kCorpora) {
    if (argc != 3 || corpus.name != argv[1]) continue;
    log::set_level(log::Level::silent);
    const auto written = corpus.write(argv[2]);
    if (!written) fmt::print(stderr, "{}\n", written.error().text());
    return written ? 0 : 1;
  }
  Arguments arguments;
  if (!read_arguments(std::span(argv, static_cast<size_t>(argc)).subspan(1), arguments)) {
    fmt::print(stderr,
               "usage: tollgate_sim [--seed N] [--runs N] [--steps N] | --corpus FILE | "
               "--alert-corpus FILE | --check-corpus FILE | --delivery-corpus FILE | "
               "--source-corpus FILE\n");
    return 2;
  }
  log::set_level(log::Level::silent);
  sim::Tally sum;
  for (int64_t run = 0; run < arguments.runs; ++run) {
    const int64_t seed = arguments.seed + run;
    const auto tally = sim::live({.seed = static_cast<uint64_t>(seed), .steps = arguments.steps});
    if (!tally) {
      fmt::print("tollgate_sim --seed {} --runs 1 --steps {}: {}\n", seed, arguments.steps,
                 tally.error().text());
      return 1;
    }
    sum.commands += tally->commands;
    sum.repeats += tally->repeats;
    sum.conflicts += tally->conflicts;
    sum.restarts += tally->restarts;
    sum.faults += tally->faults;
    sum.events += tally->events;
    sum.verdicts += tally->verdicts;
    sum.allowed += tally->allowed;
    sum.turns += tally->turns;
  }
  fmt::print(
      "{} runs: {} commands, {} repeats, {} reused keys, {} restarts, {} faults, {} events, "
      "{} verdicts ({} allowed), {} turns asked for\n",
      arguments.runs, sum.commands, sum.repeats, sum.conflicts, sum.restarts, sum.faults,
      sum.events, sum.verdicts, sum.allowed, sum.turns);
  return 0;
}
