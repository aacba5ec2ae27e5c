#include "app/demo/world.hpp"

#include <fmt/core.h>

#include <array>

namespace tollgate::demo {
namespace {

constexpr std::string_view kPeople = R"(apiVersion: tollgate/v1
kind: Team
metadata: {name: payments}
spec: {description: Everything around paying.}
---
apiVersion: tollgate/v1
kind: Team
metadata: {name: storefront}
spec: {description: What customers see.}
---
apiVersion: tollgate/v1
kind: Team
metadata: {name: logistics}
spec: {description: From the shelf to the door.}
---
apiVersion: tollgate/v1
kind: Team
metadata: {name: platform}
spec: {description: What the others build on.}
---
apiVersion: tollgate/v1
kind: Tier
metadata: {name: tier-1}
spec: {description: Customers cannot buy without it., errorBudgetPolicy: strict}
---
apiVersion: tollgate/v1
kind: Tier
metadata: {name: tier-2}
spec: {description: Customers notice when it is down., errorBudgetPolicy: balanced}
---
apiVersion: tollgate/v1
kind: Tier
metadata: {name: tier-3}
spec: {description: Inside the company only., errorBudgetPolicy: relaxed}
---
)";

/// The telephone of who is on call has no number: an alert that goes on is told to nobody.
constexpr std::string_view kAlerts = R"(apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: on-call}
spec: {target: pagerduty, description: The person on call.}
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: fast-burn}
spec:
  description: The budget of a month would be gone in two days.
  alertWhenBreaching: true
  conditions: [{conditionRef: fast-burn}]
  notificationTargets: [{targetRef: on-call}]
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: {name: fast-burn}
spec:
  severity: page
  condition: {kind: burnrate, op: gt, threshold: 14.4, lookbackWindow: 1h, alertAfter: 5m}
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: slow-burn}
spec:
  description: The budget of a month would be gone in five days.
  alertWhenBreaching: true
  conditions: [{conditionRef: slow-burn}]
  notificationTargets: [{targetRef: on-call}]
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: {name: slow-burn}
spec:
  severity: ticket
  condition: {kind: burnrate, op: gt, threshold: 6, lookbackWindow: 6h, alertAfter: 30m}
---
)";

constexpr std::string_view kRules = R"(apiVersion: tollgate/v1
kind: ErrorBudgetPolicy
metadata: {name: strict}
spec:
  description: Fixes only below a quarter, reliability work only once the budget is spent.
  thresholds:
    - {budgetLeftBelow: 25%, allow: fixes, mayOverride: [operations]}
    - {budgetLeftBelow: 0%, allow: reliability, mayOverride: [operations]}
---
apiVersion: tollgate/v1
kind: ErrorBudgetPolicy
metadata: {name: balanced}
spec:
  description: Fixes only below a tenth, reliability work only once the budget is spent.
  thresholds:
    - {budgetLeftBelow: 10%, allow: fixes}
    - {budgetLeftBelow: 0%, allow: reliability}
---
apiVersion: tollgate/v1
kind: ErrorBudgetPolicy
metadata: {name: relaxed}
spec:
  description: Fixes only once the budget is spent.
  thresholds:
    - {budgetLeftBelow: 0%, allow: fixes}
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: staging}
spec: {description: The last stop before customers., order: 10, enforcement: warn}
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: production}
spec:
  {description: What customers use., order: 20, production: true, onError: hold}
---
apiVersion: tollgate/v1
kind: ReleasePolicy
metadata: {name: production}
spec:
  description: The budget pays for the release, and the build is shown to be sound.
  selects: {environments: [production]}
  rule:
    allOf:
      - name: The budget pays for the release
        allOf:
          - check: error-budget@2
          - check: burn-rate@2
      - name: The build is sound
        allOf:
          - {check: tests@1, with: {maxFailed: 0, minTotal: 1}}
          - {check: coverage@1, with: {minimum: 75%, maxDrop: 3%}}
          - {check: findings@1, with: {maxNewErrors: 0}}
      - {name: The calendar lets it go, check: window@1}
---
apiVersion: tollgate/v1
kind: ReleasePolicy
metadata: {name: staging}
spec:
  description: Most of what production demands, early enough to repair.
  selects: {environments: [staging]}
  rule:
    atLeast: 2
    of:
      - {name: Tests are green, check: tests@1}
      - {name: Coverage is kept, check: coverage@1, with: {minimum: 70%}}
      - {name: No new findings, check: findings@1, with: {maxNewErrors: 0}}
)";

std::string service_policy(const ServiceFact& service) {
  return fmt::format(R"(apiVersion: openslo/v1
kind: Service
metadata: {{name: {0}, labels: {{tier: {1}, team: {2}}}}}
spec: {{description: {3}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {4}}}
spec:
  description: Answered without a server error, over 30 days.
  service: {0}
  indicator:
    metadata: {{name: {0}-{4}}}
    spec:
      ratioMetric:
        counter: true
        good: {{metricSource: {{type: tollgate, spec: {{count: good}}}}}}
        total: {{metricSource: {{type: tollgate, spec: {{count: total}}}}}}
  budgetingMethod: Occurrences
  timeWindow: [{{duration: 30d, isRolling: true}}]
  objectives: [{{displayName: Answered, target: {5}}}]
  alertPolicies: [{{alertPolicyRef: fast-burn}}, {{alertPolicyRef: slow-burn}}]
---
)",
                     service.name, service.tier, service.team, service.description, service.slo,
                     service.target);
}

}  // namespace

std::span<const ServiceFact> services() {
  static constexpr std::array<ServiceFact, 8> list = {{
      {"checkout", "payments", "tier-1", "availability", "0.999", 0.001, 900, 0.4,
       "Takes orders and payments."},
      {"payment-gateway", "payments", "tier-1", "availability", "0.9995", 0.0005, 700, 0.5,
       "Speaks to banks and card networks."},
      {"catalog", "storefront", "tier-2", "availability", "0.999", 0.001, 2400, 0.3,
       "Knows every article and its price."},
      {"search", "storefront", "tier-2", "availability", "0.995", 0.005, 1800, 0.6,
       "Finds articles by words."},
      {"recommendations", "storefront", "tier-3", "availability", "0.99", 0.01, 1200, 0.7,
       "Suggests what else one might like."},
      {"inventory", "logistics", "tier-2", "availability", "0.999", 0.001, 500, 0.5,
       "Counts what is on the shelves."},
      {"shipping", "logistics", "tier-2", "availability", "0.995", 0.005, 250, 0.4,
       "Books parcels and tracks them."},
      {"notifications", "platform", "tier-3", "availability", "0.99", 0.01, 350, 0.3,
       "Sends mail and messages."},
  }};
  return list;
}

std::span<const Incident> incidents() {
  static constexpr std::array<Incident, 7> list = {{
      {"checkout", "production", days(3), minutes(60), 0.30},
      {"payment-gateway", "production", days(11), minutes(25), 0.30},
      {"search", "production", days(6), hours(3), 0.55},
      {"inventory", "production", days(17), minutes(90), 0.20},
      {"recommendations", "production", days(2), hours(5), 0.15},
      {"catalog", "production", days(21), minutes(15), 0.50},
      {"shipping", "staging", days(4), hours(6), 0.30},
  }};
  return list;
}

std::string world_policy() {
  std::string text(kPeople);
  for (const ServiceFact& service : services()) text += service_policy(service);
  return text + std::string(kAlerts) + std::string(kRules);
}

}  // namespace tollgate::demo
