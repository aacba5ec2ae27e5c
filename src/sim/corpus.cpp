#include "sim/corpus.hpp"

#include "edge/store/memory_store.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"
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

constexpr std::string_view kAlertPolicy = R"(
apiVersion: openslo/v1
kind: Service
metadata: {name: checkout}
spec: {description: Takes orders.}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: on-call}
spec: {target: webhook}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: availability}
spec:
  service: checkout
  indicator:
    metadata: {name: checkout-availability}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: tollgate, spec: {count: good}}}
        total: {metricSource: {type: tollgate, spec: {count: total}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Orders, target: 0.999}]
)";
constexpr std::string_view kAlertUse = R"(  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: burn, annotations: {tollgate.dev/rules: default}}
      spec:
        alertWhenBreaching: true
        alertWhenResolved: true
        alertWhenNoData: true
        conditions:
          - kind: AlertCondition
            metadata: {name: page}
            spec: {severity: page, condition: {kind: burnrate, threshold: 14.4, lookbackWindow: 1h}}
        notificationTargets: [{targetRef: on-call}]
)";

/// Calm, a burn, calm again, silence, and a policy that knows the alert no more.
Result<void> tell_alerts(engine::Engine& engine, Clock& clock, Signals& signals) {
  const engine::Caller caller{
      .actor = {.subject = "sre@checkout", .issuer = "token", .roles = {"admin"}}};
  const auto apply = [&](const std::string& text) {
    return apply_policy(engine, text, "alerts", caller);
  };
  TOLLGATE_CHECK(apply(std::string(kAlertPolicy) + std::string(kAlertUse)));
  constexpr std::array moods = {SignalMood::good, SignalMood::spent, SignalMood::good,
                                SignalMood::stale};
  for (const SignalMood mood : moods) {
    signals.set_mood(mood);
    for (int minute = 0; minute < 15; ++minute) {
      clock.advance(minutes(1));
      TOLLGATE_CHECK(engine.tick());
    }
  }
  TOLLGATE_CHECK(apply(std::string(kAlertPolicy)));
  clock.advance(minutes(1));
  return engine.tick();
}

/// A source is trusted, in quarantine until a time, until its release, and doubted for every
/// reason.
Result<void> tell_sources(engine::Engine& engine, Clock& clock, Signals& signals) {
  const engine::Caller caller{
      .actor = {.subject = "sre@checkout", .issuer = "token", .roles = {"admin"}}};
  TOLLGATE_CHECK(engine.apply(policies()[0], "sources", {}, caller));
  const auto ask = [&](std::string_view version) -> Result<void> {
    clock.advance(minutes(1));
    TOLLGATE_CHECK(engine.gate(
        {.service = "checkout", .environment = "production", .version = std::string(version)},
        caller));
    return {};
  };
  const std::string source(Signals::kFeeder);
  TOLLGATE_CHECK(ask("1.0"));
  TOLLGATE_CHECK(engine.quarantine_source(
      {.source = source, .reason = "its clock is wrong", .until = clock.now() + hours(1)}, caller));
  TOLLGATE_CHECK(ask("1.1"));
  clock.advance(hours(1));
  TOLLGATE_CHECK(ask("1.2"));
  TOLLGATE_CHECK(engine.quarantine_source({.source = source, .reason = "counts twice"}, caller));
  TOLLGATE_CHECK(ask("1.3"));
  TOLLGATE_CHECK(engine.release_source({.source = source, .reason = "counts once"}, caller));
  TOLLGATE_CHECK(ask("1.4"));
  const auto& reasons = reflect::EnumNames<model::DoubtReason>::names;
  for (size_t i = 0; i < reasons.size(); ++i) {
    signals.set_doubt(model::Doubt{.reason = static_cast<model::DoubtReason>(i),
                                   .source = source,
                                   .detail = fmt::format("doubt {}", reasons[i])});
    TOLLGATE_CHECK(ask(fmt::format("2.{}", i)));
  }
  signals.set_doubt({});
  return engine.tick();
}

}  // namespace

engine::Caller as(std::string subject, std::vector<std::string> roles) {
  return {.actor = {.subject = std::move(subject), .issuer = "token", .roles = std::move(roles)}};
}

Result<void> apply_policy(engine::Engine& engine, std::string_view text, const std::string& source,
                          const engine::Caller& caller) {
  const model::SourceText file{.file = "policy.yaml", .text = std::string(text)};
  model::Loaded loaded = model::load(std::span(&file, 1));
  Problems problems = std::move(loaded.problems);
  const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
  if (!problems.empty()) return fail(problems.front());
  TOLLGATE_CHECK(engine.apply(bundle, source, {}, caller));
  return {};
}

Result<void> write_story(const std::string& path, Story story, engine::Confirmer* confirmer) {
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
                                                        .deliverer = &deliverer,
                                                        .confirmer = confirmer},
                                                       {.is_threaded = false}));
  TOLLGATE_CHECK(story(*engine, clock, signals));
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

Result<void> write_corpus(const std::string& path) { return write_story(path, tell); }

Result<void> write_alert_corpus(const std::string& path) { return write_story(path, tell_alerts); }

Result<void> write_source_corpus(const std::string& path) {
  return write_story(path, tell_sources);
}

}  // namespace tollgate::sim
