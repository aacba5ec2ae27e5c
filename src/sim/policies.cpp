#include "sim/policies.hpp"

#include "domain/gate/gate.hpp"
#include "foundation/base/assert.hpp"

namespace tollgate::sim {
namespace {

constexpr std::string_view kPlaces = R"(apiVersion: tollgate/v1
kind: Environment
metadata: {name: production}
spec: {order: 40, production: true, onError: hold}
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: staging}
spec: {order: 30, enforcement: warn}
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: preview}
spec: {order: 10, onInconclusive: allow}
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: canary}
spec: {order: 35, onError: allow, objectives: [{slo: checkout/availability, target: 95%}]}
---
apiVersion: tollgate/v1
kind: Tier
metadata: {name: tier-1}
spec: {errorBudgetPolicy: strict}
---
apiVersion: tollgate/v1
kind: Queue
metadata: {name: line}
spec: {mode: unordered, capacity: 2, lease: 5m, emergency: pre_empt}
---
apiVersion: tollgate/v1
kind: Queue
metadata: {name: fair}
spec: {mode: oldest_first, capacity: 1, lease: 5m, emergency: first}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: on-call}
spec: {target: webhook}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: management}
spec: {target: webhook}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: wiki}
spec: {description: Has no SLO.}
---
)";

std::string service_text(std::string_view name) {
  return fmt::format(R"(apiVersion: openslo/v1
kind: Service
metadata: {{name: {0}, labels: {{tier: tier-1}}}}
spec: {{description: Answers requests.}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: availability}}
spec:
  service: {0}
  indicator:
    metadata: {{name: {0}-availability}}
    spec:
      ratioMetric:
        counter: true
        good: {{metricSource: {{type: tollgate, spec: {{count: good}}}}}}
        total: {{metricSource: {{type: tollgate, spec: {{count: total}}}}}}
  timeWindow: [{{duration: 7d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{displayName: Requests, target: 0.99}}]
---
)",
                     name);
}

constexpr std::string_view kProduction = R"(apiVersion: tollgate/v1
kind: ReleasePolicy
metadata: {name: production}
spec:
  selects: {environments: [production, canary]}
  rule:
    allOf:
      - name: The budget pays
        allOf:
          - {check: error-budget@1, with: {minEvents: 50}}
          - {check: burn-rate@1, with: {windows: [{long: 1h, short: 5m, factor: 14.4}]}}
          - {check: freshness@1, with: {maxAge: 1h, minCompleteness: 50%}}
      - name: The build is sound
        atLeast: 3
        of:
          - {check: tests@1, with: {maxFailed: 0}}
          - {check: coverage@1, with: {minimum: 60%, maxDrop: 5%}}
          - {check: findings@1, with: {maxErrors: 2, maxNewErrors: 1}}
          - {check: benchmark@1, with: {maxRegression: 5%}}
---
)";

}  // namespace

std::string policy_text(size_t variant) {
  std::string text(kPlaces);
  text += service_text("checkout");
  if (variant != 3) text += service_text("search");
  text += kProduction;
  text += fmt::format(R"(apiVersion: tollgate/v1
kind: ErrorBudgetPolicy
metadata: {{name: strict}}
spec:
  thresholds:
    - {{budgetLeftBelow: 25%, allow: fixes{}}}
    - {{budgetLeftBelow: 0%, allow: reliability{}}}
---
)",
                      variant == 2 ? "" : ", notify: [on-call]",
                      variant == 2 ? "" : ", notify: [management, on-call]");
  if (variant != 2) {
    text += fmt::format(R"(apiVersion: tollgate/v1
kind: ReleasePolicy
metadata: {{name: early}}
spec:
  selects: {{environments: [staging, preview]}}
  rule:
    anyOf:
      - {{check: tests@1, with: {{maxFailed: {0}}}}}
      - {{check: error-budget@1, with: {{left: {1}%}}}}
---
)",
                        variant, 10 * (variant + 1));
  }
  return text;
}

const std::vector<model::Bundle>& policies() {
  static const std::vector<model::Bundle> all = [] {
    std::vector<model::Bundle> bundles;
    for (size_t i = 0; i < kPolicyCount; ++i) {
      const model::SourceText source{.file = fmt::format("policy{}.yaml", i),
                                     .text = policy_text(i)};
      model::Loaded loaded = model::load(std::span(&source, 1));
      Problems problems = std::move(loaded.problems);
      bundles.push_back(model::Bundle::build(std::move(loaded.resources), problems));
      for (Error& problem : gate::validate_gates(bundles.back()))
        problems.push_back(std::move(problem));
      for (const Error& problem : problems) fmt::print(stderr, "{}\n", problem.text());
      ASSERT(problems.empty());
    }
    return bundles;
  }();
  return all;
}

}  // namespace tollgate::sim
