// All policy of an organisation at one moment: every resource, found by name, with one digest over
// their content.
#pragma once

#include "domain/model/kinds/data_source.hpp"
#include "domain/model/kinds/environment.hpp"
#include "domain/model/kinds/error_budget_policy.hpp"
#include "domain/model/kinds/release_policy.hpp"
#include "domain/model/kinds/service.hpp"
#include "domain/model/kinds/slo.hpp"
#include "domain/model/kinds/team.hpp"
#include "domain/model/kinds/tier.hpp"
#include "domain/model/load.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::model {

/// An alert policy of an SLO with its condition, references followed.
struct SloAlert {
  std::string policy;
  const AlertPolicy* spec = nullptr;
  std::string condition;
  const AlertCondition* condition_spec = nullptr;
};

/// Whether a selector's services, tiers and labels choose this service.
bool selects_service(const Selector& selector, const Service& service);

/// Immutable; copies share their content, so that pointers from lookups live as long as any copy.
class Bundle {
 public:
  /// Without any resource.
  Bundle();

  /// The bundle of loaded resources. Appends duplicate names and references to nothing to
  /// `problems`; of resources with one name the first one stays.
  static Bundle build(std::vector<Resource> resources, Problems& problems);
  /// The bundle that the ledger keeps: resources in normal form, taken as they are, so that a later
  /// version of the program builds the same digest. Errors: unknown_kind, bad_value for what cannot
  /// be a resource.
  static Result<Bundle> from_resources(const std::vector<doc::Node>& documents);

  /// This bundle without the resources of the keys `removed`, and with those of `documents`, which
  /// are in normal form, in place of what had their keys. All others are shared with this one.
  /// Errors: those of from_resources().
  Result<Bundle> changed(const std::vector<std::string>& removed,
                         const std::vector<doc::Node>& documents) const;

  /// SHA-256 of the canonical JSON of the normal forms, as a list sorted by key. Comments, order
  /// and format of the files do not count.
  const Digest& digest() const;
  /// All resources, sorted by key; never null.
  const std::vector<std::shared_ptr<const Resource>>& entries() const;
  /// Their keys, in the same order.
  const std::vector<std::string>& keys() const;
  /// All resources of one kind, sorted by name.
  std::vector<const Resource*> of_kind(std::string_view kind) const;
  /// Null if there is none.
  const Resource* find(std::string_view kind, std::string_view name) const;

  // By name; null if there is none.
  const Service* find_service(std::string_view name) const;
  const Environment* find_environment(std::string_view name) const;
  const Tier* find_tier(std::string_view name) const;
  const Team* find_team(std::string_view name) const;
  const DataSource* find_data_source(std::string_view name) const;
  // By name with the nearest name in the error. Errors: unknown_service, unknown_environment.
  Result<const Service*> service(std::string_view name) const;
  Result<const Environment*> environment(std::string_view name) const;
  /// The SLO at "SERVICE/SLO"; a plain name is looked up in `service`, or if that is empty among
  /// all, where it must be unique. Errors: unknown_slo.
  Result<const Slo*> find_slo(std::string_view address, std::string_view service = {}) const;

  /// The SLOs of a service, sorted by name.
  std::vector<const Slo*> slos_of(const Service& service) const;
  /// Null if the service has no tier, or one that does not exist.
  const Tier* tier_of(const Service& service) const;
  const ErrorBudgetPolicy* budget_policy_of(const Tier& tier) const;
  /// The policies that select such a release, sorted by name.
  std::vector<const ReleasePolicy*> release_policies_for(const Service& service,
                                                         std::string_view environment,
                                                         ChangeClass change_class) const;

  /// The SLI of an SLO, or of one objective of a composite; null if it names none that exists.
  const Sli* indicator_of(const Slo& slo) const;
  const Sli* indicator_of(const SloObjective& objective) const;
  /// The source of a metric; null if it names none that exists.
  const DataSource* source_of(const MetricSource& metric) const;
  /// The alerts of an SLO, in order; parts that do not exist are left out.
  std::vector<SloAlert> alerts_of(const Slo& slo) const;
  /// One of them; nothing if the policy or its condition does not exist.
  std::optional<SloAlert> alert_of(const AlertPolicyUse& use) const;
  /// The target of the SLO's first objective, or the environment's own for it.
  Ppm target_in(const Slo& slo, const Environment* environment) const;

 private:
  struct Contents;
  struct Keyed;
  explicit Bundle(std::shared_ptr<const Contents> contents) : contents_(std::move(contents)) {}
  static Bundle from_sorted(std::vector<Keyed> sorted);
  template <class Spec>
  const Spec* find_spec(std::string_view kind, std::string_view name) const;

  std::shared_ptr<const Contents> contents_;
};

/// One resource that differs between two bundles.
struct ResourceDifference {
  enum class Kind { added, removed, changed } kind;
  std::string key;
  std::vector<reflect::Change> fields;  // for changed
};
/// What turns `before` into `after`, sorted by key.
std::vector<ResourceDifference> diff(const Bundle& before, const Bundle& after);

}  // namespace tollgate::model
