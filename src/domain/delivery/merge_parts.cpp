// From parts to deployments: which parts are one rollout, what became of it, and of which kind it
// was. Everything is derived from the sorted set of parts, never from the order of arrival.
#include "domain/delivery/deployment.hpp"

#include <algorithm>
#include <set>

namespace tollgate::delivery {
namespace {

using model::DeploymentStatus;

bool is_ended(DeploymentStatus status) { return status >= DeploymentStatus::succeeded; }

Time begin_of(const DeploymentPart& part) { return part.started.value_or(part.first); }

/// Whether anything of it ever ran: what waited and was called off did not begin.
bool has_begun(const DeploymentPart& part) {
  return part.started || part.status == DeploymentStatus::running ||
         part.status == DeploymentStatus::succeeded || part.status == DeploymentStatus::failed;
}

/// Equal as far as both are given; commits may be shortened.
bool agrees(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() || a.starts_with(b) || b.starts_with(a);
}

bool agrees_exactly(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() || a == b;
}

bool shares(const std::string& a, const std::string& b) {
  return !a.empty() && !b.empty() && agrees(a, b);
}

const std::string& integration_of(const DeploymentPart& part) { return std::get<0>(part.key); }
const std::string& region_of(const DeploymentPart& part) { return std::get<2>(part.key); }

bool is_same_run(const DeploymentPart& a, const DeploymentPart& b) {
  return !a.run.text.empty() && a.run.text == b.run.text && integration_of(a) == integration_of(b);
}

/// Whether two parts speak of the same version.
bool is_same_version(const DeploymentPart& a, const DeploymentPart& b) {
  if (!agrees_exactly(a.version.text, b.version.text)) return false;
  if (!agrees(a.commit.text, b.commit.text)) return false;
  if (!agrees_exactly(a.artifact.text, b.artifact.text)) return false;
  return is_same_run(a, b) || (!a.version.text.empty() && a.version.text == b.version.text) ||
         shares(a.commit.text, b.commit.text) ||
         (!a.artifact.text.empty() && a.artifact.text == b.artifact.text);
}

/// The parts of one rollout while it is being put together.
struct Group {
  std::vector<const DeploymentPart*> parts;
  Time last;  // step of any part
  bool begun = false;

  void add(const DeploymentPart& part) {
    parts.push_back(&part);
    last = std::max(last, part.at);
    begun = begun || has_begun(part);
  }
  bool is_version_of(const DeploymentPart& part) const {
    return std::any_of(parts.begin(), parts.end(),
                       [&part](const DeploymentPart* own) { return is_same_version(*own, part); });
  }
  /// Whether `part`, of the same version, continues this rollout.
  bool takes(const DeploymentPart& part, const MergeRules& rules) const {
    if (begin_of(part) > last + rules.gap) return false;
    for (const DeploymentPart* own : parts) {
      if (integration_of(*own) != integration_of(part) || region_of(*own) != region_of(part))
        continue;
      const bool is_retry =
          own->status == DeploymentStatus::failed || own->status == DeploymentStatus::canceled;
      if (!is_retry && !is_same_run(*own, part)) return false;
    }
    return true;
  }
};

/// The group that `part` belongs to, or null: the newest one of its version, if no other version
/// began after it.
Group* group_for(std::vector<Group>& groups, const DeploymentPart& part, const MergeRules& rules) {
  for (auto group = groups.rbegin(); group != groups.rend(); ++group) {
    if (group->is_version_of(part)) return group->takes(part, rules) ? &*group : nullptr;
    if (group->begun && has_begun(part)) return nullptr;
  }
  return nullptr;
}

/// What became of each region: the last try there, an ended one before one that is not.
std::map<std::string, const DeploymentPart*> last_tries(const Group& group) {
  std::map<std::string, const DeploymentPart*> of_sender;  // by integration and region
  for (const DeploymentPart* part : group.parts)
    of_sender[integration_of(*part) + '\n' + region_of(*part)] = part;
  std::map<std::string, const DeploymentPart*> of_region;
  for (const auto& [sender, part] : of_sender) {
    const DeploymentPart*& known = of_region[region_of(*part)];
    const auto weight = [](const DeploymentPart& p) {
      return std::tuple(is_ended(p.status), p.at, p.status);
    };
    if (known == nullptr || weight(*known) < weight(*part)) known = part;
  }
  return of_region;
}

DeploymentStatus status_of(const std::map<std::string, const DeploymentPart*>& regions) {
  const auto has = [&regions](DeploymentStatus status) {
    return std::any_of(regions.begin(), regions.end(),
                       [status](const auto& entry) { return entry.second->status == status; });
  };
  if (has(DeploymentStatus::failed)) return DeploymentStatus::failed;
  if (has(DeploymentStatus::running)) return DeploymentStatus::running;
  if (has(DeploymentStatus::pending)) {
    return has(DeploymentStatus::succeeded) ? DeploymentStatus::running : DeploymentStatus::pending;
  }
  if (has(DeploymentStatus::canceled)) return DeploymentStatus::canceled;
  return DeploymentStatus::succeeded;
}

std::optional<bool> traffic_of(const Group& group) {
  bool had_none = false;
  for (const DeploymentPart* part : group.parts) {
    if (part->had_traffic || (part->status == DeploymentStatus::succeeded && !part->had_none))
      return true;
    had_none = had_none || part->had_none;
  }
  return had_none ? std::optional(false) : std::nullopt;
}

/// The newest text that a part told.
std::string newest(const Group& group, Told DeploymentPart::*member) {
  const Told* found = nullptr;
  for (const DeploymentPart* part : group.parts) {
    const Told& told = part->*member;
    if (told.text.empty()) continue;
    if (found == nullptr || std::tie(found->at, found->text) < std::tie(told.at, told.text))
      found = &told;
  }
  return found == nullptr ? std::string() : found->text;
}

Deployment finish(const std::string& service, const std::string& environment, const Group& group) {
  const DeploymentPart& head = *group.parts.front();
  Deployment deployment{.service = service,
                        .environment = environment,
                        .id = integration_of(head) + ":" + std::get<1>(head.key),
                        .version = newest(group, &DeploymentPart::version),
                        .commit = newest(group, &DeploymentPart::commit),
                        .ref = newest(group, &DeploymentPart::ref),
                        .artifact = newest(group, &DeploymentPart::artifact),
                        .begin = begin_of(head),
                        .took_traffic = traffic_of(group),
                        .incident = newest(group, &DeploymentPart::incident),
                        .by = newest(group, &DeploymentPart::by),
                        .url = newest(group, &DeploymentPart::url),
                        .position = head.position};
  const auto regions = last_tries(group);
  deployment.status = status_of(regions);
  std::optional<Time> kind_at;
  for (const DeploymentPart* part : group.parts) {
    deployment.parts.push_back(*part);
    deployment.position = std::min(deployment.position, part->position);
    if (!part->kind || (kind_at && *kind_at > part->kind_at)) continue;
    deployment.kind = *part->kind;
    deployment.is_kind_told = true;
    kind_at = part->kind_at;
  }
  const bool is_over = std::all_of(regions.begin(), regions.end(), [](const auto& entry) {
    return is_ended(entry.second->status);
  });
  if (is_over) {
    for (const auto& [region, part] : regions)
      deployment.end = std::max(deployment.end.value_or(part->at), part->at);
  }
  return deployment;
}

/// What tells versions apart when nothing else is given.
std::string identity_of(const Deployment& deployment) {
  if (!deployment.version.empty()) return "version " + deployment.version;
  if (!deployment.commit.empty()) return "commit " + deployment.commit;
  return deployment.artifact.empty() ? "" : "artifact " + deployment.artifact;
}

}  // namespace

std::vector<Deployment> merge(const std::string& service, const std::string& environment,
                              std::span<const DeploymentPart> parts, const MergeRules& rules) {
  std::vector<const DeploymentPart*> sorted;
  sorted.reserve(parts.size());
  for (const DeploymentPart& part : parts) sorted.push_back(&part);
  std::sort(sorted.begin(), sorted.end(), [](const DeploymentPart* a, const DeploymentPart* b) {
    return std::tuple(begin_of(*a), a->key) < std::tuple(begin_of(*b), b->key);
  });
  std::vector<Group> groups;
  for (const DeploymentPart* part : sorted) {
    Group* group = group_for(groups, *part, rules);
    if (group == nullptr) group = &groups.emplace_back();
    group->add(*part);
  }
  std::vector<Deployment> deployments;
  deployments.reserve(groups.size());
  for (const Group& group : groups) deployments.push_back(finish(service, environment, group));
  return deployments;
}

void classify(std::vector<Deployment>& deployments) {
  std::set<std::string> seen;
  std::string running;
  for (Deployment& deployment : deployments) {
    const std::string identity = identity_of(deployment);
    const bool has_run = deployment.took_traffic.value_or(false);
    if (!deployment.is_kind_told && !identity.empty() && seen.contains(identity)) {
      deployment.kind =
          identity == running ? model::DeploymentKind::redeploy : model::DeploymentKind::rollback;
    }
    if (!has_run || identity.empty()) continue;
    seen.insert(identity);
    running = identity;
  }
}

}  // namespace tollgate::delivery
