// A bundle is a sorted list of resources; every lookup is a binary search by kind and name.
#include "domain/model/bundle.hpp"

#include "domain/model/references.hpp"
#include "domain/model/typed_resource.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/canonical.hpp"

#include <algorithm>

namespace tollgate::model {

struct Bundle::Contents {
  std::vector<std::shared_ptr<const Resource>> entries;  // sorted by key
  std::vector<std::string> keys;                         // of the entries
  Digest digest;
};

/// A resource with its key, which is made once.
struct Bundle::Keyed {
  std::string key;
  std::shared_ptr<const Resource> resource;

  static std::vector<Keyed> sorted(std::vector<Resource> resources) {
    std::vector<Keyed> keyed;
    keyed.reserve(resources.size());
    for (Resource& resource : resources) {
      std::string key = resource.key();
      keyed.push_back({std::move(key), std::make_shared<const Resource>(std::move(resource))});
    }
    std::stable_sort(keyed.begin(), keyed.end(),
                     [](const Keyed& a, const Keyed& b) { return a.key < b.key; });
    return keyed;
  }
};

namespace {

/// Of the canonical JSON of the list of all.
Digest digest_of(const std::vector<std::shared_ptr<const Resource>>& entries) {
  size_t bytes = 2;
  for (const auto& entry : entries) bytes += entry->canonical.size() + 1;
  std::string text = "[";
  text.reserve(bytes);
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i > 0) text += ',';
    text += entries[i]->canonical;
  }
  text += ']';
  return sha256(text);
}

Result<Resource> typed_resource(const doc::Node& document) {
  const KindDef* kind = find_kind(document.text_or("kind"));
  if (kind == nullptr)
    return fail(codes::unknown_kind, "unknown kind \"{}\"", document.text_or("kind"));
  Resource resource{.kind = kind,
                    .metadata = {},
                    .spec = {},
                    .canonical = doc::canonical_json(document),
                    .own_key = resource_key(document),
                    .source = {},
                    .file = {}};
  Problems problems;  // what was in force once stays readable, whatever later rules say
  read_typed(resource, document, {.ignore_unknown = true}, problems);
  if (resource.metadata.name.empty()) return fail(codes::bad_value, "a {} has no name", kind->kind);
  return resource;
}

Result<std::vector<Resource>> typed_resources(const std::vector<doc::Node>& documents) {
  std::vector<Resource> resources;
  resources.reserve(documents.size());
  for (const doc::Node& document : documents) {
    TOLLGATE_TRY(Resource resource, typed_resource(document));
    resources.push_back(std::move(resource));
  }
  return resources;
}

std::string place_text(const Resource& resource) {
  if (resource.file.empty()) return "the policy in force";
  return fmt::format("{}:{}", resource.file, resource.source.mark().line);
}

bool selects_name(const std::vector<std::string>& wanted, std::string_view name) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
}

bool selects(const Selector& selector, const Service& service, std::string_view environment,
             ChangeClass change_class) {
  const std::vector<ChangeClass>& classes = selector.change_classes;
  const bool has_class =
      classes.empty() || std::find(classes.begin(), classes.end(), change_class) != classes.end();
  return has_class && selects_name(selector.environments, environment) &&
         selects_service(selector, service);
}

std::vector<std::string> names_of(const std::vector<const Resource*>& resources) {
  std::vector<std::string> names;
  for (const Resource* resource : resources) names.push_back(resource->metadata.name);
  return names;
}

}  // namespace

bool selects_service(const Selector& selector, const Service& service) {
  return selects_name(selector.services, service.name) &&
         selects_name(selector.tiers, first_label(service.labels, kTierLabel)) &&
         std::all_of(selector.match_labels.begin(), selector.match_labels.end(),
                     [&](const auto& label) {
                       return has_label(service.labels, label.first, label.second);
                     });
}

Bundle::Bundle() : Bundle(from_sorted({})) {}

Bundle Bundle::from_sorted(std::vector<Keyed> sorted) {
  auto contents = std::make_shared<Contents>();
  contents->keys.reserve(sorted.size());
  contents->entries.reserve(sorted.size());
  for (Keyed& keyed : sorted) {
    contents->keys.push_back(std::move(keyed.key));
    contents->entries.push_back(std::move(keyed.resource));
  }
  contents->digest = digest_of(contents->entries);
  return Bundle(std::move(contents));
}

Bundle Bundle::build(std::vector<Resource> resources, Problems& problems) {
  std::vector<Keyed> kept;
  for (Keyed& keyed : Keyed::sorted(std::move(resources))) {
    if (!kept.empty() && kept.back().key == keyed.key) {
      ProblemSink(keyed.resource->file, keyed.resource->source, problems)
          .add(codes::duplicate_name, "/metadata/name",
               fmt::format("{} is defined already at {}", keyed.key,
                           place_text(*kept.back().resource)));
      continue;
    }
    kept.push_back(std::move(keyed));
  }
  Bundle bundle = from_sorted(std::move(kept));
  for (const auto& resource : bundle.entries()) check_references(*resource, bundle, problems);
  return bundle;
}

Result<Bundle> Bundle::from_resources(const std::vector<doc::Node>& documents) {
  TOLLGATE_TRY(std::vector<Resource> resources, typed_resources(documents));
  return from_sorted(Keyed::sorted(std::move(resources)));
}

Result<Bundle> Bundle::changed(const std::vector<std::string>& removed,
                               const std::vector<doc::Node>& documents) const {
  TOLLGATE_TRY(std::vector<Resource> resources, typed_resources(documents));
  const std::vector<Keyed> put = Keyed::sorted(std::move(resources));
  std::vector<std::string> gone = removed;
  std::sort(gone.begin(), gone.end());
  std::vector<Keyed> merged;
  merged.reserve(contents_->entries.size() + put.size());
  size_t next = 0;
  for (size_t i = 0; i < contents_->entries.size(); ++i) {
    const std::string& key = contents_->keys[i];
    while (next < put.size() && put[next].key < key) merged.push_back(put[next++]);
    const bool is_replaced = next < put.size() && put[next].key == key;
    if (!is_replaced && !std::binary_search(gone.begin(), gone.end(), key))
      merged.push_back({key, contents_->entries[i]});
  }
  while (next < put.size()) merged.push_back(put[next++]);
  return from_sorted(std::move(merged));
}

const Digest& Bundle::digest() const { return contents_->digest; }
const std::vector<std::shared_ptr<const Resource>>& Bundle::entries() const {
  return contents_->entries;
}
const std::vector<std::string>& Bundle::keys() const { return contents_->keys; }

std::vector<const Resource*> Bundle::of_kind(std::string_view kind) const {
  std::vector<const Resource*> found;
  const std::string prefix = std::string(kind) + "/";
  const std::vector<std::string>& keys = contents_->keys;
  auto key = std::lower_bound(keys.begin(), keys.end(), prefix);
  for (; key != keys.end() && key->starts_with(prefix); ++key) {
    found.push_back(contents_->entries[static_cast<size_t>(key - keys.begin())].get());
  }
  return found;
}

const Resource* Bundle::find(std::string_view kind, std::string_view name) const {
  const std::string wanted = fmt::format("{}/{}", kind, name);
  const std::vector<std::string>& keys = contents_->keys;
  const auto key = std::lower_bound(keys.begin(), keys.end(), wanted);
  if (key == keys.end() || *key != wanted) return nullptr;
  return contents_->entries[static_cast<size_t>(key - keys.begin())].get();
}

template <class Spec>
const Spec* Bundle::find_spec(std::string_view kind, std::string_view name) const {
  const Resource* resource = find(kind, name);
  return resource == nullptr ? nullptr : resource->as<Spec>();
}

const Service* Bundle::find_service(std::string_view name) const {
  return find_spec<Service>("Service", name);
}
const Environment* Bundle::find_environment(std::string_view name) const {
  return find_spec<Environment>("Environment", name);
}
const Tier* Bundle::find_tier(std::string_view name) const { return find_spec<Tier>("Tier", name); }
const Team* Bundle::find_team(std::string_view name) const { return find_spec<Team>("Team", name); }
const DataSource* Bundle::find_data_source(std::string_view name) const {
  return find_spec<DataSource>("DataSource", name);
}

Result<const Service*> Bundle::service(std::string_view name) const {
  if (const Service* found = find_service(name)) return found;
  return fail(codes::unknown_service, "there is no service \"{}\"{}", name,
              did_you_mean(name, names_of(of_kind("Service"))));
}

Result<const Environment*> Bundle::environment(std::string_view name) const {
  if (const Environment* found = find_environment(name)) return found;
  return fail(codes::unknown_environment, "there is no environment \"{}\"{}", name,
              did_you_mean(name, names_of(of_kind("Environment"))));
}

Result<const Slo*> Bundle::find_slo(std::string_view address, std::string_view service) const {
  const bool is_plain = address.find('/') == std::string_view::npos;
  if (!is_plain || !service.empty()) {
    const std::string full =
        is_plain ? fmt::format("{}/{}", service, address) : std::string(address);
    if (const Slo* found = find_spec<Slo>("SLO", full)) return found;
  }
  std::vector<std::string> candidates;
  std::vector<const Slo*> same_name;
  for (const Resource* resource : of_kind("SLO")) {
    const Slo* slo = resource->as<Slo>();
    candidates.push_back(slo->address());
    candidates.push_back(slo->name);
    if (slo->name == address) same_name.push_back(slo);
  }
  if (is_plain && service.empty() && same_name.size() == 1) return same_name.front();
  if (is_plain && service.empty() && same_name.size() > 1) {
    return fail(codes::unknown_slo, "several services have an SLO \"{}\"; write {}/{}", address,
                same_name.front()->service, address);
  }
  return fail(codes::unknown_slo, "there is no SLO \"{}\"{}", address,
              did_you_mean(address, candidates));
}

std::vector<const Slo*> Bundle::slos_of(const Service& service) const {
  std::vector<const Slo*> slos;
  for (const Resource* resource : of_kind("SLO/" + service.name)) {
    slos.push_back(resource->as<Slo>());
  }
  return slos;
}

const Tier* Bundle::tier_of(const Service& service) const {
  return find_tier(first_label(service.labels, kTierLabel));
}

const ErrorBudgetPolicy* Bundle::budget_policy_of(const Tier& tier) const {
  return find_spec<ErrorBudgetPolicy>("ErrorBudgetPolicy", tier.error_budget_policy);
}

std::vector<const ReleasePolicy*> Bundle::release_policies_for(const Service& service,
                                                               std::string_view environment,
                                                               ChangeClass change_class) const {
  std::vector<const ReleasePolicy*> policies;
  for (const Resource* resource : of_kind("ReleasePolicy")) {
    const ReleasePolicy* policy = resource->as<ReleasePolicy>();
    if (selects(policy->selects, service, environment, change_class)) policies.push_back(policy);
  }
  return policies;
}

const Sli* Bundle::indicator_of(const Slo& slo) const {
  if (slo.indicator) return &slo.indicator->spec;
  return find_spec<Sli>("SLI", slo.indicator_ref);
}

const Sli* Bundle::indicator_of(const SloObjective& objective) const {
  if (objective.indicator) return &objective.indicator->spec;
  return find_spec<Sli>("SLI", objective.indicator_ref);
}

const DataSource* Bundle::source_of(const MetricSource& metric) const {
  return find_data_source(metric.metric_source_ref);
}

std::optional<SloAlert> Bundle::alert_of(const AlertPolicyUse& use) const {
  SloAlert alert;
  alert.policy = use.metadata ? use.metadata->name : use.alert_policy_ref;
  alert.spec = use.spec ? &*use.spec : find_spec<AlertPolicy>("AlertPolicy", use.alert_policy_ref);
  if (alert.spec == nullptr || alert.spec->conditions.empty()) return std::nullopt;
  const ConditionUse& condition = alert.spec->conditions.front();
  alert.condition = condition.metadata ? condition.metadata->name : condition.condition_ref;
  alert.condition_spec = condition.spec
                             ? &*condition.spec
                             : find_spec<AlertCondition>("AlertCondition", condition.condition_ref);
  if (alert.condition_spec == nullptr) return std::nullopt;
  return alert;
}

std::vector<SloAlert> Bundle::alerts_of(const Slo& slo) const {
  std::vector<SloAlert> alerts;
  for (const AlertPolicyUse& use : slo.alert_policies) {
    if (auto alert = alert_of(use)) alerts.push_back(std::move(*alert));
  }
  return alerts;
}

Ppm Bundle::target_in(const Slo& slo, const Environment* environment) const {
  if (environment != nullptr) {
    for (const EnvironmentObjective& objective : environment->objectives) {
      const Result<const Slo*> meant = find_slo(objective.slo);
      if (meant && *meant == &slo) return objective.target;
    }
  }
  return slo.objectives.empty() ? Ppm{} : target_of(slo.objectives.front());
}

std::vector<ResourceDifference> diff(const Bundle& before, const Bundle& after) {
  std::vector<ResourceDifference> differences;
  const std::vector<std::string>& old_keys = before.keys();
  const std::vector<std::string>& new_keys = after.keys();
  size_t i = 0;
  size_t j = 0;
  while (i < old_keys.size() || j < new_keys.size()) {
    if (j == new_keys.size() || (i < old_keys.size() && old_keys[i] < new_keys[j])) {
      differences.push_back({ResourceDifference::Kind::removed, old_keys[i], {}});
      ++i;
    } else if (i == old_keys.size() || new_keys[j] < old_keys[i]) {
      differences.push_back({ResourceDifference::Kind::added, new_keys[j], {}});
      ++j;
    } else {
      const Resource& old_one = *before.entries()[i];
      const Resource& new_one = *after.entries()[j];
      if (old_one.canonical != new_one.canonical) {
        differences.push_back({ResourceDifference::Kind::changed, old_keys[i],
                               reflect::diff(old_one.document(), new_one.document())});
      }
      ++i;
      ++j;
    }
  }
  return differences;
}

}  // namespace tollgate::model
