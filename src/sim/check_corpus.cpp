// The ledger of checks, queues, calendars and observations that no other corpus holds, for
// tests/replay.
#include "foundation/base/codes.hpp"
#include "sim/corpus.hpp"

namespace tollgate::sim {
namespace {

constexpr std::string_view kPolicy = R"(
apiVersion: openslo/v1
kind: DataSource
metadata: {name: edge}
spec: {type: prometheus, connectionDetails: {url: "http://prometheus.example:9090"}}
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: from-the-edge}
spec:
  ratioMetric:
    counter: true
    good: {metricSource: {metricSourceRef: edge, spec: {query: "ok_total"}}}
    total: {metricSource: {metricSourceRef: edge, spec: {query: "all_total"}}}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: checkout, labels: {tier: tier-1}}
spec: {description: Takes orders.}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: payments}
spec: {description: Takes money.}
---
apiVersion: openslo/v1
kind: SLO
metadata:
  name: availability
  annotations: {tollgate.dev/min-events: "100", tollgate.dev/max-interval: 1000%}
spec:
  service: checkout
  indicator:
    metadata: {name: checkout-availability}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: tollgate, spec: {count: good}}}
        total: {metricSource: {type: tollgate, spec: {count: total}}}
  timeWindow: [{duration: 7d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Requests, target: 0.99}]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: success}
spec:
  service: payments
  indicator:
    metadata: {name: payments-success}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: tollgate, spec: {count: good}}}
        total: {metricSource: {type: tollgate, spec: {count: total}}}
  timeWindow: [{duration: 7d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Payments, target: 0.99}]
---
apiVersion: tollgate/v1
kind: Dependency
metadata: {name: money}
spec: {service: checkout, dependsOn: [payments]}
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: production}
spec: {order: 20, production: true}
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: staging}
spec: {order: 10}
---
apiVersion: tollgate/v1
kind: Queue
metadata: {name: line}
spec:
  selects: {environments: [production]}
  mode: priority
  capacity: 1
  lease: 6m
  emergency: pre_empt
---
apiVersion: tollgate/v1
kind: Calendar
metadata: {name: company}
spec:
  timeZone: UTC
  selects: {environments: [production]}
  entries:
    - {name: evening, type: freeze, start: 2026-03-02T18:00, duration: 12h}
---
apiVersion: tollgate/v1
kind: ReleasePolicy
metadata: {name: early}
spec:
  selects: {environments: [staging]}
  rule:
    allOf:
      - {check: previous-environment@1}
---
apiVersion: tollgate/v1
kind: ReleasePolicy
metadata: {name: production}
spec:
  selects: {environments: [production]}
  rule:
    allOf:
      - name: The signals
        allOf:
          - {check: error-budget@2, with: {minEvents: 50}}
          - {check: burn-rate@2, with: {windows: [{long: 1h, short: 5m, factor: 2}]}}
          - {check: agreement@1, with: {with: from-the-edge}}
          - {check: agreement@2, with: {with: from-the-edge}}
          - {check: dora@1, with: {figure: change-failure-rate, atMost: 1%}}
      - name: The place
        allOf:
          - {check: dependency-release@1}
          - {check: dependency-release@2}
          - {check: previous-environment@1, with: {bake: 10m}}
          - {check: queue@1}
          - {check: window@1}
          - {check: window@2}
)";

constexpr std::string_view kCommit = "3f2c1a00000000000000000000000000000000aa";

class Teller {
 public:
  Teller(engine::Engine& engine, Clock& clock, Signals& signals)
      : engine_(engine), clock_(clock), signals_(signals) {}

  Result<void> tell() {
    TOLLGATE_CHECK(apply_policy(engine_, kPolicy, "checks", as("sre", {"admin"})));
    TOLLGATE_CHECK(gate("1.0.0"));  // was never in staging, waits for nobody
    TOLLGATE_CHECK(engine_.gate({.service = "checkout",
                                 .environment = "staging",
                                 .version = "1.0.0",
                                 .commit = std::string(kCommit)},
                                as("ci", {"ci"})));
    TOLLGATE_CHECK(engine_.record_release({.service = "checkout",
                                           .environment = "staging",
                                           .version = "1.0.0",
                                           .commit = std::string(kCommit),
                                           .result = model::ReleaseResult::succeeded},
                                          as("ci", {"ci"})));
    TOLLGATE_CHECK(gate("1.0.0"));  // bakes
    clock_.advance(minutes(15));
    TOLLGATE_CHECK(queue());
    TOLLGATE_CHECK(moods());
    TOLLGATE_CHECK(upstream());
    TOLLGATE_CHECK(observations());
    TOLLGATE_CHECK(calendar());
    return engine_.tick();
  }

 private:
  Result<void> gate(const std::string& version) {
    clock_.advance(seconds(20));
    TOLLGATE_CHECK(engine_.gate({.service = "checkout",
                                 .environment = "production",
                                 .version = version,
                                 .commit = std::string(kCommit)},
                                as("ci", {"ci"})));
    return {};
  }
  Result<engine::TicketAnswer> join(const std::string& service, const std::string& version,
                                    model::ChangeClass change_class = model::ChangeClass::normal) {
    clock_.advance(seconds(20));
    return engine_.join_queue({.queue = "line",
                               .service = service,
                               .environment = "production",
                               .version = version,
                               .change_class = change_class},
                              as("ci", {"ci"}));
  }
  /// One has its turn and keeps it, one is pre-empted, one lets its lease run out, one leaves.
  Result<void> queue() {
    TOLLGATE_TRY(const engine::TicketAnswer first, join("checkout", "1.0.0"));
    TOLLGATE_TRY(const engine::TicketAnswer second, join("checkout", "1.1.0"));
    TOLLGATE_CHECK(gate("1.0.0"));
    TOLLGATE_CHECK(gate("1.1.0"));
    TOLLGATE_CHECK(engine_.move_ticket({.ticket = second.id, .priority = 5}, as("ci", {"ci"})));
    clock_.advance(minutes(3));
    if (!first.lease) return fail(codes::bad_value, "the first ticket has no lease");
    TOLLGATE_CHECK(engine_.heartbeat("line", first.lease->token, as("ci", {"ci"})));
    TOLLGATE_TRY(const engine::TicketAnswer urgent,
                 join("checkout", "1.0.1", model::ChangeClass::emergency));
    TOLLGATE_CHECK(
        engine_.leave_queue({.ticket = urgent.id, .reason = "done"}, 0, as("ci", {"ci"})));
    clock_.advance(minutes(7));
    return engine_.settle_queues();
  }
  /// Version 1.0.0 with its turn, in every mood of the signals, whole and sampled.
  Result<void> moods() {
    TOLLGATE_TRY(const engine::TicketAnswer turn, join("checkout", "1.0.0"));
    for (const SignalMood mood : {SignalMood::good, SignalMood::spent, SignalMood::failing,
                                  SignalMood::stale, SignalMood::absent, SignalMood::thin}) {
      signals_.set_mood(mood);
      for (const int64_t weight : {1, 100}) {
        signals_.set_weight(weight);
        TOLLGATE_CHECK(gate("1.0.0"));
      }
    }
    signals_.set_weight(1);
    signals_.set_mood(SignalMood::good);
    signals_.set_other_bad(Ppm{30'000});
    TOLLGATE_CHECK(gate("1.0.0"));
    signals_.set_other_bad(Ppm{0});
    TOLLGATE_CHECK(engine_.leave_queue({.ticket = turn.id, .reason = "done"}, 0, as("ci", {"ci"})));
    return {};
  }
  /// What checkout needs is being released.
  Result<void> upstream() {
    TOLLGATE_TRY(const engine::TicketAnswer turn, join("payments", "7.0.0"));
    TOLLGATE_CHECK(gate("1.0.0"));
    TOLLGATE_CHECK(engine_.leave_queue({.ticket = turn.id, .reason = "done"}, 0, as("ci", {"ci"})));
    return {};
  }
  static model::Origin origin(std::string event) {
    return {.integration = "",
            .sender = "record",
            .event = std::move(event),
            .assurance = model::Assurance::told};
  }
  static void add_deliveries(Time now, std::vector<model::Observation>& facts) {
    const std::string commit(kCommit);
    facts.push_back(model::PipelineObserved{.origin = origin("pipeline"),
                                            .service = "checkout",
                                            .project = "acme/checkout",
                                            .id = "17",
                                            .name = "deploy",
                                            .status = model::RunStatus::succeeded,
                                            .at = now,
                                            .started = now - minutes(9),
                                            .ended = now,
                                            .commit = commit,
                                            .ref = "main"});
    facts.push_back(model::ChangeObserved{.origin = origin("change"),
                                          .service = "checkout",
                                          .project = "acme/checkout",
                                          .kind = model::ChangeKind::merged,
                                          .id = "4",
                                          .at = now - hours(3),
                                          .commit = commit,
                                          .ref = "main",
                                          .commits = {{.commit = commit, .at = now - hours(5)}}});
    facts.push_back(model::DeploymentObserved{.origin = origin("deployment"),
                                              .service = "checkout",
                                              .environment = "production",
                                              .id = "job/1",
                                              .status = model::DeploymentStatus::succeeded,
                                              .at = now,
                                              .version = "1.0.0",
                                              .commit = commit,
                                              .kind = model::DeploymentKind::planned});
  }

  static void add_decisions(Time now, std::vector<model::Observation>& facts) {
    const std::string commit(kCommit);
    facts.push_back(model::IncidentObserved{.origin = origin("incident"),
                                            .service = "checkout",
                                            .environment = "production",
                                            .id = "INC-1",
                                            .status = model::IncidentStatus::opened,
                                            .at = now,
                                            .severity = "2",
                                            .title = "Orders fail",
                                            .caused_by = "1.0.0"});
    facts.push_back(model::ApprovalObserved{.origin = origin("approval"),
                                            .service = "checkout",
                                            .environment = "production",
                                            .id = "job/1",
                                            .decision = model::ApprovalDecision::approved,
                                            .at = now,
                                            .commit = commit,
                                            .by = "ann"});
    facts.push_back(model::AlertObserved{.origin = origin("alert"),
                                         .service = "checkout",
                                         .environment = "production",
                                         .id = "f00",
                                         .name = "OrdersFail",
                                         .status = model::AlertStatus::firing,
                                         .at = now,
                                         .started = now - minutes(1),
                                         .severity = "page",
                                         .labels = {{"region", "eu"}}});
    facts.push_back(model::QuestionReceived{.origin = origin("question"),
                                            .request = {.service = "checkout",
                                                        .environment = "staging",
                                                        .version = "1.2.0",
                                                        .commit = commit},
                                            .project = "acme/checkout",
                                            .id = "job/2",
                                            .answer = {{"job", "2"}},
                                            .at = now});
  }
  /// One fact of each kind, and a question that is answered.
  Result<void> observations() {
    clock_.advance(minutes(1));
    std::vector<model::Observation> facts;
    add_deliveries(clock_.now(), facts);
    add_decisions(clock_.now(), facts);
    TOLLGATE_CHECK(engine_.observe(std::move(facts), {}, as("ci", {"ci"})));
    engine_.ask_questions();
    return {};
  }
  /// A recorded freeze that is cancelled, an import, and the evening of the policy.
  Result<void> calendar() {
    model::CalendarEntry entry{.name = "sale",
                               .type = model::EntryType::freeze,
                               .start = "2026-03-02T10:00",
                               .reason = "CHG-2"};
    entry.duration = hours(6);
    TOLLGATE_TRY(const engine::EntryAnswer added,
                 engine_.add_calendar_entry({.calendar = "company", .entry = entry},
                                            as("ann", {"approver"})));
    TOLLGATE_CHECK(gate("1.0.0"));
    TOLLGATE_CHECK(engine_.cancel_calendar_entry(added.id, "the sale is off", as("ann", {})));
    TOLLGATE_CHECK(gate("1.0.0"));
    entry.name = "holiday";
    entry.start = "2026-03-03T00:00";
    TOLLGATE_CHECK(engine_.import_calendar({.calendar = "company",
                                            .source = "holidays.ics",
                                            .format = "icalendar",
                                            .blob = sha256("holidays"),
                                            .entries = {entry},
                                            .ignored = 1},
                                           as("ann", {"approver"})));
    clock_.advance(parse_time("2026-03-02T19:00:00Z").value() - clock_.now());
    return gate("1.0.0");
  }

  engine::Engine& engine_;
  Clock& clock_;
  Signals& signals_;
};

Result<void> tell_checks(engine::Engine& engine, Clock& clock, Signals& signals) {
  return Teller(engine, clock, signals).tell();
}

}  // namespace

Result<void> write_check_corpus(const std::string& path) { return write_story(path, tell_checks); }

}  // namespace tollgate::sim
