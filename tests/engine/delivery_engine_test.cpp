// Deliveries in the engine: facts that wait for confirmation, artifacts with their provenance,
// releases that are under way when a freeze begins, exclusions that need several people, audits,
// and targets that are held back.
#include "domain/model/kinds/signing_key.hpp"
#include "domain/schedule/schedule.hpp"
#include "edge/store/memory_store.hpp"
#include "engine/engine.hpp"
#include "engine/outbox/outbox.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"
#include "sim/parts.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace tollgate::engine {
namespace {

using model::DeploymentStatus;
using model::Outcome;

class ManualClock : public Clock {
 public:
  Time now() override { return now_; }
  void advance(Duration by) { now_ = now_ + by; }
  Time now_{1'772'445'600'000};  // Monday, 2026-03-02T10:00Z
};

/// Answers as it was told to, and counts how often it is asked.
class FakeConfirmer : public Confirmer {
 public:
  Result<model::Observation> confirm(const model::Integration&,
                                     const model::Observation& observation) override {
    ++asked;
    if (error) return fail(*error);
    return observation;
  }
  int asked = 0;
  std::optional<Error> error = {};
};

class FakeDeliverer : public Deliverer {
 public:
  Result<void> deliver(const Notification&) override {
    ++asked;
    if (is_down) return fail(codes::unreachable, "nobody is there");
    return {};
  }
  Duration repeat_every(const Notification&) const override { return {}; }
  int asked = 0;
  bool is_down = false;
};

constexpr std::string_view kPolicy = R"(
apiVersion: openslo/v1
kind: Service
metadata: {name: checkout, labels: {team: payments}}
spec: {description: Takes the money.}
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: production}
spec: {production: true}
---
apiVersion: tollgate/v1
kind: Integration
metadata: {name: gitlab}
spec:
  sender: gitlab
  secrets: ["env:NONE"]
  confirm: true
  api: {url: "https://gitlab.example/api/v4", token: "env:NONE"}
---
apiVersion: tollgate/v1
kind: SigningKey
metadata: {name: build-farm}
spec:
  publicKey: |
    -----BEGIN PUBLIC KEY-----
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEK6+8b/3QbBL1NRsgolgBzuvKg0Mu
    VIfzYa14kdOvjKh5kcfbkx0d+RAS9PkY+37n/Lp/7Dx/wy5WmaxUyNBBeQ==
    -----END PUBLIC KEY-----
---
apiVersion: tollgate/v1
kind: Calendar
metadata: {name: company}
spec:
  timeZone: UTC
  selects: {environments: [production]}
  inFlight: IN_FLIGHT
  overrideRoles: [approver]
  exclusionApprovals: [service-owner, security]
  entries:
    - {name: evening, type: freeze, start: 2026-03-02T18:00, duration: 12h}
---
apiVersion: tollgate/v1
kind: ReleasePolicy
metadata: {name: rules}
spec:
  rule: RULE
)";

std::string policy_with(std::string_view rule, std::string_view in_flight = "finish") {
  std::string text(kPolicy);
  text.replace(text.find("RULE"), 4, rule);
  text.replace(text.find("IN_FLIGHT"), 9, in_flight);
  return text;
}

class DeliveryEngine : public testing::Test {
 protected:
  void SetUp() override { open(); }

  void open() {
    engine.reset();
    auto opened = Engine::open({.store = *store,
                                .checkpoints = *checkpoints,
                                .signer = ledger::NoteSigner::parse(secret).value(),
                                .blobs = *blobs,
                                .signals = signals,
                                .zones = zones,
                                .clock = clock,
                                .deliverer = &deliverer,
                                .confirmer = &confirmer},
                               {.is_threaded = false});
    ASSERT_TRUE(opened) << opened.error().text();
    engine = std::move(*opened);
  }
  void apply(const std::string& yaml) {
    const model::SourceText source{.file = "policy.yaml", .text = yaml};
    model::Loaded loaded = model::load(std::span(&source, 1));
    Problems problems = std::move(loaded.problems);
    const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
    ASSERT_TRUE(problems.empty()) << problems.front().text();
    const auto applied = engine->apply(bundle, "test", {}, as("test"));
    ASSERT_TRUE(applied) << applied.error().text();
  }
  static Caller as(std::string subject, std::vector<std::string> roles = {},
                   std::string issuer = "token") {
    return {.actor = {.subject = std::move(subject),
                      .issuer = std::move(issuer),
                      .roles = std::move(roles)}};
  }
  GateAnswer gate(const std::string& version, const std::string& artifact = {},
                  const std::string& commit = {}) {
    const auto answer = engine->gate({.service = "checkout",
                                      .environment = "production",
                                      .version = version,
                                      .commit = commit,
                                      .artifact = artifact},
                                     as("ci"));
    EXPECT_TRUE(answer) << answer.error().text();
    return answer.value_or(GateAnswer{});
  }
  /// "OUTCOME REASON" of the only check.
  std::string verdict(const std::string& version, const std::string& artifact = {},
                      const std::string& commit = {}) {
    const GateAnswer answer = gate(version, artifact, commit);
    if (answer.verdict.checks.empty()) return "none";
    return fmt::format("{} {}", reflect::enum_name(answer.verdict.outcome),
                       answer.verdict.checks[0].reason);
  }
  model::DeploymentObserved deployment(const std::string& version, DeploymentStatus status) {
    model::DeploymentObserved observed;
    observed.service = "checkout";
    observed.environment = "production";
    observed.id = "job/" + version;
    observed.version = version;
    observed.status = status;
    observed.at = clock.now();
    return observed;
  }
  ObserveAnswer observe(model::DeploymentObserved observed) {
    const auto answer = engine->observe({std::move(observed)}, {}, as("integration/gitlab"));
    EXPECT_TRUE(answer) << answer.error().text();
    return answer.value_or(ObserveAnswer{});
  }
  ObserveAnswer doubt(const std::string& version, DeploymentStatus status) {
    model::DeploymentObserved observed = deployment(version, status);
    observed.origin = {.integration = "gitlab",
                       .sender = "gitlab",
                       .assurance = model::Assurance::token,
                       .unconfirmed = "waits"};
    return observe(std::move(observed));
  }
  size_t deployments() {
    return engine->views().deliveries("checkout", "production").deployments.size();
  }
  void record(model::Provenance provenance, const std::string& version, const std::string& commit) {
    model::Report report;
    report.kind = model::ReportKind::provenance;
    report.format = "provenance";
    report.provenance.push_back(std::move(provenance));
    ASSERT_TRUE(engine->record_evidence({.service = "checkout",
                                         .version = version,
                                         .commit = commit,
                                         .file = "provenance.json",
                                         .bytes = "{}",
                                         .report = std::move(report)},
                                        as("ci")));
  }
  void expect_replay() {
    const auto report = engine->replay();
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_EQ(report->verdicts, report->identical);
  }

  std::string secret = ledger::NoteSigner::generate("test").value().secret_text();
  std::unique_ptr<LedgerStore> store = store::make_memory_ledger();
  std::unique_ptr<CheckpointStore> checkpoints = store::make_memory_checkpoint();
  std::unique_ptr<BlobStore> blobs = store::make_memory_blobs();
  sim::Signals signals;
  sim::Zones zones;
  ManualClock clock;
  FakeDeliverer deliverer;
  FakeConfirmer confirmer;
  std::unique_ptr<Engine> engine;
};

// Unconfirmed facts

TEST_F(DeliveryEngine, an_unconfirmed_fact_changes_nothing_until_the_api_says_the_same) {
  apply(policy_with("{check: tests@1}"));
  EXPECT_EQ(doubt("1.0.0", DeploymentStatus::succeeded).recorded, 1);
  EXPECT_EQ(deployments(), 0u);
  EXPECT_TRUE(engine->views().deliveries("checkout", "production").bypasses.empty());
  ASSERT_EQ(engine->views().waiting_facts().size(), 1u);
  EXPECT_EQ(doubt("1.0.0", DeploymentStatus::succeeded).recorded, 0) << "the same waits already";
  open();
  ASSERT_EQ(engine->views().waiting_facts().size(), 1u) << "survives a restart";
  engine->confirm_due();
  EXPECT_EQ(confirmer.asked, 1);
  EXPECT_EQ(deployments(), 1u);
  EXPECT_TRUE(engine->views().waiting_facts().empty());
  EXPECT_EQ(engine->views().deliveries("checkout", "production").bypasses.size(), 1u)
      << "now it is known to have bypassed the gate";
  const auto part = engine->views().deliveries("checkout", "production").deployments[0].parts[0];
  EXPECT_TRUE(part.is_signed);
  EXPECT_EQ(doubt("1.0.0", DeploymentStatus::succeeded).recorded, 0) << "known and confirmed";
}

TEST_F(DeliveryEngine, what_the_api_contradicts_is_kept_with_the_reason_and_never_counts) {
  apply(policy_with("{check: tests@1}"));
  doubt("6.6.6", DeploymentStatus::succeeded);
  confirmer.error = Error{.code = codes::contradicted, .message = "the API says commit 1, not 2"};
  engine->confirm_due();
  EXPECT_EQ(deployments(), 0u);
  EXPECT_TRUE(engine->views().waiting_facts().empty());
  const auto doubtful = engine->views().doubtful_facts();
  ASSERT_EQ(doubtful.size(), 1u);
  EXPECT_EQ(doubtful[0].end.result, model::ConfirmationResult::contradicted);
  EXPECT_EQ(doubtful[0].end.detail, "the API says commit 1, not 2");
  engine->confirm_due();
  EXPECT_EQ(confirmer.asked, 1) << "it is over";
}

TEST_F(DeliveryEngine, an_api_that_does_not_answer_is_asked_ever_more_seldom_and_then_given_up) {
  apply(policy_with("{check: tests@1}"));
  doubt("1.0.0", DeploymentStatus::succeeded);
  confirmer.error = Error{.code = codes::timed_out, .message = "no answer within 10 s"};
  for (int second = 0; second < 3600; ++second) {
    engine->confirm_due();
    clock.advance(seconds(1));
  }
  EXPECT_GT(confirmer.asked, 8);
  EXPECT_LT(confirmer.asked, 20);
  EXPECT_EQ(engine->views().waiting_facts().size(), 1u);
  clock.advance(hours(6));
  engine->confirm_due();
  EXPECT_TRUE(engine->views().waiting_facts().empty());
  ASSERT_EQ(engine->views().doubtful_facts().size(), 1u);
  EXPECT_EQ(engine->views().doubtful_facts()[0].end.result, model::ConfirmationResult::gave_up);
  confirmer.error.reset();
  EXPECT_EQ(doubt("1.0.0", DeploymentStatus::succeeded).recorded, 1) << "told again, asked again";
  engine->confirm_due();
  EXPECT_EQ(deployments(), 1u);
}

// Artifacts

constexpr std::string_view kDigest =
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
constexpr std::string_view kOther =
    "sha256:60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752";
constexpr std::string_view kCommit = "3f2c1a00000000000000000000000000000000aa";

model::Provenance built(std::string_view digest) {
  return {.subjects = {{.name = "checkout", .digest = std::string(digest)}},
          .predicate = "https://slsa.dev/provenance/v1",
          .builder = "https://builder.example/farm",
          .source = "git+https://git.example/acme/checkout",
          .commit = std::string(kCommit)};
}

TEST_F(DeliveryEngine, an_artifact_passes_with_the_provenance_that_the_policy_wants) {
  apply(
      policy_with("{check: artifact@1, with: {builders: [\"https://builder.example/*\"], "
                  "sources: [\"git+https://git.example/acme/*\"], signedBy: [build-farm]}}"));
  const std::string image = fmt::format("registry.example/checkout@{}", kDigest);
  const std::string commit(kCommit);
  EXPECT_EQ(verdict("1.0.0", "", commit), "inconclusive no_digest");
  EXPECT_EQ(verdict("1.0.0", image, commit), "inconclusive no_provenance");
  record(built(kOther), "1.0.0", commit);
  EXPECT_EQ(verdict("1.0.0", image, commit), "inconclusive no_provenance") << "about another one";
  record(built(kDigest), "1.0.0", commit);
  EXPECT_EQ(verdict("1.0.0", image, commit), "deny not_signed");
  model::Provenance provenance = built(kDigest);
  provenance.signatures = 1;
  provenance.keys = {sha256("another key")};
  record(provenance, "1.0.0", commit);
  EXPECT_EQ(verdict("1.0.0", image, commit), "deny other_key");
  const auto* resource = engine->policy()->bundle().find("SigningKey", "build-farm");
  provenance.keys = {model::fingerprint(*resource->as<model::SigningKey>()).value()};
  provenance.builder = "https://laptop.example";
  record(provenance, "1.0.0", commit);
  EXPECT_EQ(verdict("1.0.0", image, commit), "deny other_builder");
  provenance.builder = "https://builder.example/farm";
  provenance.source = "git+https://git.example/mallory/checkout";
  record(provenance, "1.0.0", commit);
  EXPECT_EQ(verdict("1.0.0", image, commit), "deny other_source");
  provenance.source = "git+https://git.example/acme/checkout";
  record(provenance, "1.0.0", commit);
  EXPECT_EQ(verdict("1.0.0", image, commit), "allow provenance_known");
  EXPECT_EQ(verdict("1.0.0", image, commit.substr(0, 7)), "allow provenance_known") << "shortened";
  EXPECT_EQ(verdict("1.0.0", image), "allow provenance_known") << "the evidence tells the commit";
  EXPECT_EQ(verdict("1.0.0", image, "ffff00000000000000000000000000000000aaaa"),
            "deny other_commit");
  EXPECT_EQ(verdict("9.9.9", image), "inconclusive commit_not_told");
  expect_replay();
}

TEST_F(DeliveryEngine, a_request_whose_artifact_has_no_digest_is_refused) {
  apply(policy_with("{check: artifact@1}"));
  const auto answer = engine->gate({.service = "checkout",
                                    .environment = "production",
                                    .version = "1.0.0",
                                    .artifact = "registry.example/checkout:latest"},
                                   as("ci"));
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("by digest"), std::string::npos);
}

TEST_F(DeliveryEngine, a_deployment_of_another_digest_than_the_verdicts_is_a_bypass) {
  apply(policy_with("{check: artifact@1, with: {provenance: false}}"));
  EXPECT_EQ(verdict("1.0.0", fmt::format("checkout@{}", kDigest)), "allow digest_told");
  clock.advance(minutes(5));
  model::DeploymentObserved observed = deployment("1.0.0", DeploymentStatus::succeeded);
  observed.artifact = fmt::format("pkg:oci/checkout@sha256%3A{}?tag=1.0.0", kDigest.substr(7));
  observe(observed);
  EXPECT_TRUE(engine->views().deliveries("checkout", "production").bypasses.empty());
  clock.advance(hours(1));
  observed = deployment("1.0.0", DeploymentStatus::succeeded);
  observed.id = "second";
  observed.artifact = kOther;
  observe(observed);
  const auto bypasses = engine->views().deliveries("checkout", "production").bypasses;
  ASSERT_EQ(bypasses.size(), 1u);
  EXPECT_EQ(bypasses[0].reason, delivery::BypassReason::other_artifact);
}

// In flight

class InFlight : public DeliveryEngine {
 protected:
  void begin(std::string_view in_flight) { apply(policy_with("{check: window@2}", in_flight)); }
  void into_the_freeze() { clock.now_ = parse_time("2026-03-02T18:30:00Z").value(); }
};

TEST_F(InFlight, a_release_that_did_not_begin_before_the_freeze_waits) {
  begin("finish");
  into_the_freeze();
  EXPECT_EQ(verdict("1.0.0"), "hold freeze");
  observe(deployment("1.0.0", DeploymentStatus::running));
  EXPECT_EQ(verdict("1.0.0"), "hold freeze") << "it began within the freeze";
}

TEST_F(InFlight, a_deployment_that_runs_is_finished_paused_or_rolled_back_as_the_calendar_says) {
  const std::map<std::string, std::string> expected = {{"finish", "allow finishes"},
                                                       {"finish_stage", "hold stage_finishes"},
                                                       {"roll_back", "deny rolls_back"}};
  clock.now_ = parse_time("2026-03-02T17:30:00Z").value();
  begin("finish");
  observe(deployment("1.0.0", DeploymentStatus::running));
  into_the_freeze();
  for (const auto& [in_flight, answer] : expected) {
    begin(in_flight);
    EXPECT_EQ(verdict("1.0.0"), answer);
    EXPECT_EQ(verdict("2.0.0"), "hold freeze") << "another version";
  }
  observe(deployment("1.0.0", DeploymentStatus::succeeded));
  EXPECT_EQ(verdict("1.0.0"), "hold freeze") << "it has ended";
  expect_replay();
}

TEST_F(InFlight, an_earlier_allow_counts_for_a_day_and_until_the_release_has_ended) {
  clock.now_ = parse_time("2026-03-02T17:30:00Z").value();
  begin("finish");
  EXPECT_EQ(verdict("1.0.0"), "allow open");
  into_the_freeze();
  EXPECT_EQ(verdict("1.0.0"), "allow finishes");
  ASSERT_TRUE(engine->record_release(
      {.service = "checkout", .environment = "production", .version = "1.0.0"}, as("ci")));
  EXPECT_EQ(verdict("1.0.0"), "hold freeze") << "it has ended";
  expect_replay();
}

TEST_F(InFlight, an_allow_of_the_day_before_yesterday_is_no_release_under_way) {
  clock.now_ = parse_time("2026-03-01T10:00:00Z").value();
  begin("finish");
  EXPECT_EQ(verdict("1.0.0"), "allow open");
  into_the_freeze();
  EXPECT_EQ(verdict("1.0.0"), "hold freeze");
}

// Exclusions

class Exclusions : public DeliveryEngine {
 protected:
  Result<EntryAnswer> add(const Caller& caller, const std::string& reason = "CHG-1") {
    model::CalendarEntry entry{.name = "database move",
                               .type = model::EntryType::maintenance,
                               .start = "2026-03-02T09:00",
                               .reason = reason,
                               .is_excluded = true};
    entry.duration = hours(1);
    return engine->add_calendar_entry({.calendar = "company", .entry = entry}, caller);
  }
  Result<EntryAnswer> approve(const std::string& id, const std::string& role,
                              const Caller& caller) {
    return engine->approve_calendar_entry({.entry = id, .role = role, .reason = "fine"}, caller);
  }
  /// Exclusions that everybody agreed to.
  int64_t counting() {
    const auto all =
        schedule::exclusions(engine->policy()->bundle(), *engine->views().calendar_book()).value();
    return std::count_if(all.begin(), all.end(),
                         [](const auto& each) { return each.is_approved(); });
  }
};

TEST_F(Exclusions, an_exclusion_counts_once_every_role_has_agreed_by_another_person) {
  apply(policy_with("{check: tests@1}"));
  EXPECT_EQ(add(as("ann", {"approver"}), "").error().code, codes::missing_field);
  const auto added = add(as("ann", {"approver", "service-owner"}));
  ASSERT_TRUE(added) << added.error().text();
  EXPECT_EQ(counting(), 0);
  EXPECT_EQ(approve(added->id, "security", as("ann", {"security"})).error().code, codes::forbidden)
      << "one person, one role";
  EXPECT_EQ(approve(added->id, "security", as("bob", {"developer"})).error().code,
            codes::forbidden);
  EXPECT_EQ(approve(added->id, "service-owner", as("bob", {"service-owner"})).error().code,
            codes::bad_value)
      << "ann did as she added it";
  EXPECT_EQ(approve("c999", "security", as("bob", {"security"})).error().code, codes::not_found);
  ASSERT_TRUE(approve(added->id, "security", as("bob", {"security"})));
  EXPECT_EQ(counting(), 1);
  EXPECT_EQ(approve(added->id, "security", as("eve", {"security"})).error().code, codes::bad_value)
      << "nobody is waited for";
  open();
  EXPECT_EQ(counting(), 1) << "survives a restart";
  ASSERT_TRUE(engine->cancel_calendar_entry(added->id, "over", as("ann")));
  EXPECT_EQ(counting(), 0);
}

TEST_F(Exclusions, whoever_adds_it_without_one_of_the_roles_is_no_approver) {
  apply(policy_with("{check: tests@1}"));
  const auto added = add(as("ann", {"approver"}));
  ASSERT_TRUE(added);
  ASSERT_TRUE(approve(added->id, "security", as("bob", {"security"})));
  EXPECT_EQ(counting(), 0);
  ASSERT_TRUE(approve(added->id, "service-owner", as("eve", {"service-owner"})));
  EXPECT_EQ(counting(), 1);
}

// Audits and targets

TEST_F(DeliveryEngine, an_audit_is_recorded_with_its_findings) {
  apply(policy_with("{check: tests@1}"));
  const std::string findings = R"([{"owner":"payments","reason":"no_verdict"}])";
  model::AuditRecorded audit{.scope = model::AuditScope::deployments,
                             .examined = 3,
                             .findings = 1,
                             .by_owner = {{"payments", 1}},
                             .digest = sha256(findings)};
  ASSERT_TRUE(engine->record_audit(audit, findings, as("auditor")));
  EXPECT_EQ(engine->record_audit(audit, "[]", as("auditor")).error().code, codes::bad_value);
  open();
  ASSERT_EQ(engine->views().audits().size(), 1u);
  EXPECT_EQ(engine->views().audits()[0].audit.by_owner.at("payments"), 1);
  EXPECT_EQ(engine->blobs().get(audit.digest).value(), findings);
}

TEST_F(DeliveryEngine, a_target_that_fails_is_held_back_and_tried_with_one_message) {
  apply(policy_with("{check: tests@1}") + R"(---
apiVersion: tollgate/v1
kind: Integration
metadata: {name: github}
spec:
  sender: github
  secrets: ["env:NONE"]
  commitStatus: true
  api: {url: "https://api.github.com", token: "env:NONE"}
  rules: [{project: acme/checkout, service: checkout}]
)");
  deliverer.is_down = true;
  constexpr int kVerdicts = 20;
  for (int i = 0; i < kVerdicts; ++i) gate(fmt::format("1.0.{}", i), "", std::string(kCommit));
  ASSERT_TRUE(engine->tick());
  EXPECT_EQ(deliverer.asked, kFailuresHeldBack) << "the others were not tried";
  auto health = engine->target_health();
  ASSERT_EQ(health.size(), 1u);
  EXPECT_EQ(health[0].target, "integration/github");
  EXPECT_EQ(health[0].pending, kVerdicts);
  EXPECT_EQ(health[0].failures, kFailuresHeldBack);
  EXPECT_GT(health[0].held_until, clock.now());
  EXPECT_EQ(health[0].last_error, "nobody is there");
  clock.advance(seconds(5));
  ASSERT_TRUE(engine->tick());
  EXPECT_EQ(deliverer.asked, kFailuresHeldBack + 1) << "one message tries whether it is back";
  deliverer.is_down = false;
  clock.advance(minutes(5));
  ASSERT_TRUE(engine->tick());
  EXPECT_TRUE(engine->views().pending_effects().empty());
  health = engine->target_health();
  EXPECT_EQ(health[0].done, kVerdicts);
  EXPECT_EQ(health[0].failures, 0);
  EXPECT_EQ(health[0].gave_up, 0);
}

}  // namespace
}  // namespace tollgate::engine
