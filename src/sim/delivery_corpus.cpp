// The ledger of a delivery's life, for tests/replay.
#include "foundation/base/codes.hpp"
#include "sim/corpus.hpp"

namespace tollgate::sim {
namespace {

constexpr std::string_view kPolicy = R"(
apiVersion: openslo/v1
kind: Service
metadata: {name: checkout, labels: {team: payments}}
spec: {description: Takes orders.}
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
kind: Calendar
metadata: {name: company}
spec:
  timeZone: UTC
  selects: {environments: [production]}
  overrideRoles: [approver]
  exclusionApprovals: [service-owner, security]
  entries:
    - {name: evening, type: freeze, start: 2026-03-02T18:00, duration: 12h}
    - {name: night, type: blackout, start: 2026-03-02T22:00, duration: 2h, inFlight: roll_back}
    - {name: morning, type: freeze, start: 2026-03-03T06:00, duration: 2h, inFlight: finish_stage}
---
apiVersion: tollgate/v1
kind: ReleasePolicy
metadata: {name: rules}
spec:
  rule:
    allOf:
      - {check: artifact@1, with: {builders: ["https://builder.example/*"]}}
      - {check: window@2}
)";

constexpr std::string_view kDigest =
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
constexpr std::string_view kCommit = "3f2c1a00000000000000000000000000000000aa";

/// Says the same about the first fact and something else about the second.
class Confirmer : public engine::Confirmer {
 public:
  Result<model::Observation> confirm(const model::Integration&,
                                     const model::Observation& observation) override {
    if (asked_++ == 0) return observation;
    return fail(codes::contradicted, "the API says commit 1, the delivery 2");
  }

 private:
  int asked_ = 0;
};

Time at(std::string_view text) { return parse_time(text).value(); }

class Teller {
 public:
  Teller(engine::Engine& engine, Clock& clock) : engine_(engine), clock_(clock) {}

  Result<void> tell() {
    TOLLGATE_CHECK(apply_policy(engine_, kPolicy, "deliveries", as("sre", {"admin"})));
    TOLLGATE_CHECK(gate("1.0.0", ""));
    TOLLGATE_CHECK(gate("1.0.0", kDigest));
    TOLLGATE_CHECK(provenance("https://laptop.example"));
    TOLLGATE_CHECK(gate("1.0.0", kDigest));
    TOLLGATE_CHECK(provenance("https://builder.example/farm"));
    TOLLGATE_CHECK(gate("1.0.0", kDigest));
    TOLLGATE_CHECK(observe("1.0.0", model::DeploymentStatus::succeeded, true));
    TOLLGATE_CHECK(observe("6.6.6", model::DeploymentStatus::succeeded, true));
    TOLLGATE_CHECK(engine_.tick());
    TOLLGATE_CHECK(exclusion());
    TOLLGATE_CHECK(audits());
    TOLLGATE_CHECK(in_flight());
    return engine_.tick();
  }

 private:
  Result<void> gate(const std::string& version, std::string_view digest) {
    clock_.advance(minutes(1));
    const std::string artifact = digest.empty() ? "" : fmt::format("checkout@{}", digest);
    TOLLGATE_CHECK(engine_.gate({.service = "checkout",
                                 .environment = "production",
                                 .version = version,
                                 .commit = std::string(kCommit),
                                 .artifact = artifact},
                                as("ci", {"ci"})));
    return {};
  }
  Result<void> provenance(std::string builder) {
    clock_.advance(minutes(1));
    model::Report report;
    report.kind = model::ReportKind::provenance;
    report.format = "provenance";
    report.provenance = {{.subjects = {{.name = "checkout", .digest = std::string(kDigest)}},
                          .predicate = "https://slsa.dev/provenance/v1",
                          .builder = std::move(builder),
                          .source = "git+https://git.example/acme/checkout",
                          .commit = std::string(kCommit),
                          .signatures = 1,
                          .keys = {sha256("a key")}}};
    TOLLGATE_CHECK(engine_.record_evidence({.service = "checkout",
                                            .version = "1.0.0",
                                            .commit = std::string(kCommit),
                                            .file = "provenance.json",
                                            .bytes = "{}",
                                            .report = std::move(report)},
                                           as("ci", {"ci"})));
    return {};
  }
  Result<void> observe(const std::string& version, model::DeploymentStatus status,
                       bool is_unconfirmed) {
    clock_.advance(minutes(1));
    model::DeploymentObserved observed;
    observed.origin = {.integration = "gitlab",
                       .sender = "gitlab",
                       .event = "deployment",
                       .assurance = model::Assurance::token};
    if (is_unconfirmed) observed.origin.unconfirmed = "waits for the sender's API to say the same";
    observed.service = "checkout";
    observed.environment = "production";
    observed.id = "job/" + version;
    observed.version = version;
    observed.status = status;
    observed.at = clock_.now();
    TOLLGATE_CHECK(engine_.observe({std::move(observed)}, {}, as("integration/gitlab", {})));
    return {};
  }
  Result<void> exclusion() {
    model::CalendarEntry entry{.name = "database move",
                               .type = model::EntryType::maintenance,
                               .start = "2026-03-02T09:00",
                               .reason = "CHG-1",
                               .is_excluded = true};
    entry.duration = hours(1);
    TOLLGATE_TRY(const engine::EntryAnswer added,
                 engine_.add_calendar_entry({.calendar = "company", .entry = entry},
                                            as("ann", {"approver", "service-owner"})));
    TOLLGATE_CHECK(engine_.approve_calendar_entry(
        {.entry = added.id, .role = "security", .reason = "agreed"}, as("bob", {"security"})));
    return {};
  }
  Result<void> audits() {
    const std::string findings = "[]";
    TOLLGATE_CHECK(engine_.record_audit({.scope = model::AuditScope::pipelines,
                                         .source = "acme/checkout",
                                         .commit = std::string(kCommit),
                                         .examined = 2,
                                         .files = 1,
                                         .digest = sha256(findings)},
                                        findings, as("auditor", {"auditor"})));
    return {};
  }
  /// One release that is under way when the freezes begin, and one that is not.
  Result<void> in_flight() {
    clock_.advance(at("2026-03-02T17:30:00Z") - clock_.now());
    TOLLGATE_CHECK(observe("2.0.0", model::DeploymentStatus::running, false));
    for (const std::string_view moment :
         {"2026-03-02T19:00:00Z", "2026-03-02T22:30:00Z", "2026-03-03T06:30:00Z"}) {
      clock_.advance(at(moment) - clock_.now());
      TOLLGATE_CHECK(gate("2.0.0", kDigest));
      TOLLGATE_CHECK(gate("3.0.0", kDigest));
    }
    return {};
  }

  engine::Engine& engine_;
  Clock& clock_;
};

Result<void> tell_deliveries(engine::Engine& engine, Clock& clock, Signals&) {
  return Teller(engine, clock).tell();
}

}  // namespace

Result<void> write_delivery_corpus(const std::string& path) {
  Confirmer confirmer;
  return write_story(path, tell_deliveries, &confirmer);
}

}  // namespace tollgate::sim
