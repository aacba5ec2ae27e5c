#include "sim/corpus.hpp"

#include "edge/store/memory_store.hpp"
#include "foundation/base/codes.hpp"
#include "sim/parts.hpp"
#include "sim/policies.hpp"

#include <fstream>

namespace tollgate::sim {
namespace {

// It signs the corpus and nothing else, so it may be read by everybody.
constexpr std::string_view kCorpusKey =
    "PRIVATE+KEY+tollgate-replay-corpus+9ea1e2fb+ASxNN3/+Wh9WQ5ueQTODAJ2/ri64pdbsgqKMHV5m/uXC";
constexpr Time kStart{1'772'445'600'000};  // 2026-03-02T10:00Z
constexpr uint64_t kSeed = 1;
constexpr size_t kFailingPercent = 30;
constexpr std::array kMoods = {SignalMood::good,  SignalMood::spent,  SignalMood::failing,
                               SignalMood::stale, SignalMood::absent, SignalMood::thin};

/// The story: builds with their reports are asked about everywhere, in every mood of the signals,
/// under one policy after the other.
Result<void> tell(engine::Engine& engine, Clock& clock, Signals& signals) {
  const engine::Caller caller{
      .actor = {.subject = "ci@checkout", .issuer = "token", .roles = {"deployer"}}};
  uint64_t draw = 0;
  for (const SignalMood mood : kMoods) {
    const size_t round = static_cast<size_t>(mood);
    signals.set_mood(mood);
    TOLLGATE_CHECK(engine.apply(policies()[round % kPolicyCount], "next round", {}, caller));
    const std::string version = fmt::format("1.{}", round);
    const std::string commit = fmt::format("{:040x}", round + 1);
    for (const auto kind : {model::ReportKind::coverage, model::ReportKind::tests,
                            model::ReportKind::benchmark, model::ReportKind::findings}) {
      clock.advance(minutes(1));
      TOLLGATE_CHECK(engine.record_evidence({.service = "checkout",
                                             .version = version,
                                             .commit = commit,
                                             .file = "report",
                                             .bytes = fmt::format("report {}", draw),
                                             .report = make_report(kind, draw)},
                                            caller));
      ++draw;
    }
    TOLLGATE_CHECK(engine.record_import({.slo = "checkout/availability",
                                         .environment = "production",
                                         .format = "combined",
                                         .blob = sha256(version),
                                         .lines = 12,
                                         .accepted = 11,
                                         .rejected = 1,
                                         .good = 10,
                                         .bad = 1,
                                         .first = clock.now() - minutes(5),
                                         .last = clock.now()},
                                        caller));
    if (round == 4) clock.advance(minutes(-30));
    for (const std::string_view environment : kEnvironments) {
      for (const std::string_view service : {"checkout", "wiki"}) {
        clock.advance(seconds(20));
        engine::Caller keyed = caller;
        keyed.idempotency_key = fmt::format("gate-{}-{}-{}", round, environment, service);
        const model::GateRequest request{
            .service = std::string(service),
            .environment = std::string(environment),
            .version = version,
            .commit = commit,
            .change_class = static_cast<model::ChangeClass>(round % 3)};
        TOLLGATE_TRY(const engine::GateAnswer answer, engine.gate(request, keyed));
        if (answer.verdict.outcome != model::Outcome::allow) continue;
        const model::ReleaseEnded ended{.service = request.service,
                                        .environment = request.environment,
                                        .version = version,
                                        .commit = commit,
                                        .result = static_cast<model::ReleaseResult>(round % 3)};
        TOLLGATE_CHECK(engine.record_release(ended, caller));
      }
    }
    clock.advance(minutes(10));
    TOLLGATE_CHECK(engine.tick());
  }
  return {};
}

}  // namespace

Result<void> write_corpus(const std::string& path) {
  const auto store = store::make_memory_ledger();
  const auto checkpoints = store::make_memory_checkpoint();
  const auto blobs = store::make_memory_blobs();
  Chance chance(kSeed);
  Clock clock(kStart);
  Signals signals;
  Zones zones;
  Deliverer deliverer(chance, kFailingPercent);
  TOLLGATE_TRY(ledger::NoteSigner signer, ledger::NoteSigner::parse(kCorpusKey));
  TOLLGATE_TRY(const auto engine, engine::Engine::open({.store = *store,
                                                        .checkpoints = *checkpoints,
                                                        .signer = std::move(signer),
                                                        .blobs = *blobs,
                                                        .signals = signals,
                                                        .zones = zones,
                                                        .clock = clock,
                                                        .deliverer = &deliverer},
                                                       {.is_threaded = false}));
  TOLLGATE_CHECK(tell(*engine, clock, signals));
  std::ofstream file(path, std::ios::binary);
  const auto write = [&file](std::string_view text) -> Result<void> {
    file << text;
    return {};
  };
  TOLLGATE_CHECK(engine->ledger().export_to(write));
  file.close();
  if (!file) return fail(codes::io_failed, "{} could not be written", path);
  return {};
}

}  // namespace tollgate::sim
