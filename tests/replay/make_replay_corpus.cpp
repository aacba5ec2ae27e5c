// make_replay_corpus: writes the ledger that tests/replay keeps. It drives the real engine with a
// seeded world through every check, every type of event and every way to an answer. The file is
// made once for each version of the program and never again: later versions must replay it.
//   make_replay_corpus POLICY_FOLDER FILE
#include "edge/store/memory_store.hpp"
#include "engine/engine.hpp"
#include "foundation/base/assert.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"
#include "sim/parts.hpp"

#include <fstream>
#include <iterator>

namespace {

using namespace tollgate;

constexpr Time kStart{1'772'445'600'000};  // 2026-03-02T10:00Z
constexpr uint64_t kSeed = 1;
constexpr int kSteps = 220;
constexpr std::array kServices = {"shop", "shop", "pay", "wiki"};
constexpr std::array kEnvironments = {"production", "production", "canary",
                                      "staging",    "laboratory", "preview"};

/// Signals in every state that a check tells apart.
class Signals : public engine::SignalSource {
 public:
  explicit Signals(sim::Chance& chance) : chance_(chance) {}
  std::string_view name() const override { return "cells"; }

  model::Reading read(const engine::ReadingRequest& request) override {
    model::Reading reading{.slo = request.objective->slo,
                           .environment = request.environment,
                           .window = {},
                           .from = request.span.from,
                           .to = request.span.to,
                           .slices = {},
                           .source = "cells",
                           .watermark = request.as_of - seconds(30),
                           .fetched_at = request.as_of,
                           .error = {}};
    if (chance_.percent(4)) {
      reading.watermark = {};
      reading.completeness = Ppm{0};
      reading.error = "the store does not answer";
      return reading;
    }
    if (chance_.percent(4)) return reading;
    if (chance_.percent(5)) reading.watermark = request.as_of - hours(3);
    if (chance_.percent(8)) reading.completeness = Ppm{800'000};
    count(*request.objective, reading);
    return reading;
  }

 private:
  void count(const slo::Objective& objective, model::Reading& reading) {
    const bool is_thin = chance_.percent(5);
    const bool is_spent = chance_.percent(12);
    reading.total = static_cast<int64_t>(is_thin ? 1 + chance_.pick(9) : 5000 + chance_.pick(5000));
    reading.bad = is_spent ? reading.total / 5 : static_cast<int64_t>(chance_.pick(3));
    reading.bad = std::min(reading.bad, reading.total);
    reading.good = reading.total - reading.bad;
    if (objective.method == slo::BudgetingMethod::occurrences) return;
    const int64_t count = (reading.to - reading.from).ms / objective.slice.ms;
    model::Slices slices{.bad = is_spent ? count / 3 : count / 100, .no_data = count / 50};
    slices.good = count - slices.bad - slices.no_data;
    if (objective.method == slo::BudgetingMethod::ratio_timeslices)
      slices.ratio_sum_ppm = slices.good * 1'000'000 + slices.bad * 250'000;
    reading.slices = slices;
  }

  sim::Chance& chance_;
};

/// Takes most notifications, sometimes at the second attempt.
class Receiver : public engine::Deliverer {
 public:
  explicit Receiver(sim::Chance& chance) : chance_(chance) {}
  Result<void> deliver(const engine::Notification& notification) override {
    if (!chance_.percent(30)) return {};
    return fail(codes::unreachable, "{} does not answer", notification.target);
  }

 private:
  sim::Chance& chance_;
};

model::Report random_report(sim::Chance& chance) {
  const auto figure = [&chance](size_t count) { return static_cast<int64_t>(chance.pick(count)); };
  model::Report report{.kind = static_cast<model::ReportKind>(chance.pick(4)), .format = {}};
  switch (report.kind) {
    case model::ReportKind::coverage:
      report.format = "lcov";
      report.lines = {.covered = 550 + figure(400), .valid = 1000};
      if (chance.percent(60)) report.branches = {.covered = 90 + figure(100), .valid = 200};
      break;
    case model::ReportKind::tests:
      report.format = "junit";
      report.failed = chance.percent(70) ? 0 : 1 + figure(3);
      report.skipped = chance.percent(70) ? 0 : figure(40);
      report.passed = chance.percent(90) ? 150 : 2;
      report.total = *report.passed + *report.failed + *report.skipped;
      report.duration_ms = 12'000 + figure(9000);
      for (int64_t i = 0; i < *report.failed; ++i)
        report.failures.push_back(fmt::format("cart.adds_up_{}", i));
      break;
    case model::ReportKind::benchmark:
      report.format = "google-benchmark";
      for (const char* name : {"parse", "serve"}) {
        report.cases.push_back({.name = name,
                                .unit = "ns",
                                .mean = 1000.0 + static_cast<double>(figure(90)) / 8,
                                .deviation = static_cast<double>(figure(50)) / 4,
                                .count = 1 + figure(12)});
      }
      if (chance.percent(20)) report.thresholds = {{.metric = "p95", .expression = "<200"}};
      break;
    case model::ReportKind::findings: {
      report.format = "sarif";
      model::FindingCounts levels{.error = figure(4), .warning = figure(6), .note = figure(3)};
      for (int64_t i = 0; i < levels.error + levels.warning; ++i) {
        report.findings.push_back({.rule = "R1",
                                   .level = i < levels.error ? "error" : "warning",
                                   .file = "main.c",
                                   .line = 1 + figure(500),
                                   .fingerprint = fmt::format("f{}", figure(9))});
      }
      report.levels = levels;
      break;
    }
  }
  return report;
}

class Maker {
 public:
  explicit Maker(const std::string& folder)
      : policies_({bundle({folder + "/common.yaml", folder + "/first.yaml"}),
                   bundle({folder + "/common.yaml", folder + "/second.yaml"})}) {
    auto signer = ledger::NoteSigner::generate("replay.example/v0.1").value();
    engine_ = engine::Engine::open({.store = *store_,
                                    .checkpoints = *checkpoints_,
                                    .signer = std::move(signer),
                                    .blobs = *blobs_,
                                    .signals = signals_,
                                    .zones = zones_,
                                    .clock = clock_,
                                    .deliverer = &receiver_},
                                   {.outbox = {.give_up_after = hours(1)}, .is_threaded = false})
                  .value();
  }

  void run() {
    for (int step = 0; step < kSteps; ++step) {
      clock_.advance(seconds(static_cast<int64_t>(1 + chance_.pick(900))));
      if (step % 60 == 40) clock_.advance(minutes(-50));  // recorded as clock.jumped
      if (step % 100 == 0) {
        done(engine_->apply(policies_[policy_++ % policies_.size()], "corpus", {}, caller()));
      } else if (step % 10 == 9) {
        done(engine_->tick());
      } else {
        perform();
      }
    }
  }

  void write(const std::string& path) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    const auto head = engine_->ledger().export_to([&file](std::string_view text) -> Result<void> {
      file << text;
      return {};
    });
    ASSERT(head.has_value() && file.flush());
    fmt::print("{} records, root {}\n", head->size, digest_text(head->root));
  }

 private:
  static model::Bundle bundle(const std::vector<std::string>& paths) {
    std::vector<model::SourceText> texts;
    for (const std::string& path : paths) {
      std::ifstream file(path, std::ios::binary);
      texts.push_back({.file = path, .text = {std::istreambuf_iterator<char>(file), {}}});
    }
    model::Loaded loaded = model::load(texts);
    Problems problems = std::move(loaded.problems);
    model::Bundle built = model::Bundle::build(std::move(loaded.resources), problems);
    for (Error& problem : gate::validate_gates(built)) problems.push_back(std::move(problem));
    for (const Error& problem : problems) fmt::print(stderr, "{}\n", problem.text());
    ASSERT(problems.empty());
    return built;
  }

  template <class T>
  static void done(const Result<T>& result) {
    if (!result) fmt::print(stderr, "{}\n", result.error().text());
    ASSERT(result.has_value());
  }

  engine::Caller caller() {
    return {.actor = {.subject = "ci@shop",
                      .issuer = "token",
                      .roles = {"pipeline"},
                      .on_behalf_of = chance_.percent(30) ? "ada" : ""},
            .idempotency_key = chance_.percent(60) ? fmt::format("job-{}", ++keys_) : ""};
  }

  /// Few versions, so that evidence, gates and releases meet; half of them have a commit too.
  std::pair<std::string, std::string> build() {
    const size_t number = 1 + chance_.pick(5);
    return {fmt::format("1.{}.0", number), number % 2 == 0 ? fmt::format("c0ffee{}", number) : ""};
  }

  void perform() {
    const std::string service = kServices[chance_.pick(kServices.size())];
    const std::string environment = kEnvironments[chance_.pick(kEnvironments.size())];
    const auto [version, commit] = build();
    const size_t draw = chance_.pick(100);
    if (draw < 40) {
      done(engine_->record_evidence({.service = service,
                                     .version = version,
                                     .commit = commit,
                                     .file = "report",
                                     .bytes = fmt::format("report {}", chance_.next()),
                                     .report = random_report(chance_)},
                                    caller()));
    } else if (draw < 52) {
      done(engine_->record_release({.service = service,
                                    .environment = environment,
                                    .version = version,
                                    .commit = commit,
                                    .result = static_cast<model::ReleaseResult>(chance_.pick(3))},
                                   caller()));
    } else if (draw < 56) {
      done(engine_->record_import({.slo = "shop/availability",
                                   .environment = environment,
                                   .format = "combined",
                                   .blob = sha256(version),
                                   .lines = 1000,
                                   .accepted = 998,
                                   .rejected = 2,
                                   .good = 990,
                                   .bad = 8,
                                   .first = clock_.now() - hours(1),
                                   .last = clock_.now()},
                                  caller()));
    } else {
      done(engine_->gate({.service = service,
                          .environment = environment,
                          .version = version,
                          .commit = commit,
                          .change_class = static_cast<model::ChangeClass>(chance_.pick(5))},
                         caller()));
    }
  }

  sim::Chance chance_{kSeed};
  sim::Clock clock_{kStart};
  sim::Zones zones_;
  Signals signals_{chance_};
  Receiver receiver_{chance_};
  const std::array<model::Bundle, 2> policies_;
  std::unique_ptr<engine::LedgerStore> store_ = store::make_memory_ledger();
  std::unique_ptr<engine::BlobStore> blobs_ = store::make_memory_blobs();
  std::unique_ptr<engine::CheckpointStore> checkpoints_ = store::make_memory_checkpoint();
  std::unique_ptr<engine::Engine> engine_;
  size_t policy_ = 0;
  int keys_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: make_replay_corpus POLICY_FOLDER FILE\n");
    return 2;
  }
  log::set_level(log::Level::silent);
  Maker maker(argv[1]);
  maker.run();
  maker.write(argv[2]);
  return 0;
}
