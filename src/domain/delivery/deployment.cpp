// Parts of deployments: each field is the largest of what was told, by a fixed order, so that the
// result does not depend on the order of arrival.
#include "domain/delivery/deployment.hpp"

#include <algorithm>

namespace tollgate::delivery {
namespace {

using model::DeploymentStatus;

bool is_ended(DeploymentStatus status) { return status >= DeploymentStatus::succeeded; }

/// pending 0, running 1, ended 2.
int rank(DeploymentStatus status) { return std::min(static_cast<int>(status), 2); }

/// What decides which record's status stands: the sender's time, then how far it is.
auto order_of(Time at, DeploymentStatus status) { return std::tuple(at, rank(status), status); }

bool lower(std::optional<Time>& least, std::optional<Time> other) {
  if (!other || (least && *least <= *other)) return false;
  least = other;
  return true;
}

bool set_flag(bool& flag, bool value) {
  const bool is_new = value && !flag;
  flag = flag || value;
  return is_new;
}

PartKey key_of(const model::DeploymentObserved& observed) {
  const std::string& integration = observed.origin.integration;
  return {integration.empty() ? "record" : integration, observed.id, observed.region};
}

}  // namespace

bool Told::take(const std::string& other, Time other_at) {
  if (other.empty()) return false;
  if (!text.empty() && std::tie(at, text) >= std::tie(other_at, other)) return false;
  // The same text again is no news; only its time may matter to a later comparison.
  const bool is_news = text != other || at != other_at;
  text = other;
  at = other_at;
  return is_news;
}

bool DeploymentPart::take(const model::DeploymentObserved& observed, int64_t record_position) {
  const bool is_first = key == PartKey{};
  bool is_changed = is_first;
  if (is_first) {
    key = key_of(observed);
    first = observed.at;
    position = record_position;
  }
  if (is_first || order_of(observed.at, observed.status) > order_of(at, status)) {
    at = observed.at;
    status = observed.status;
    ended = is_ended(status) ? std::optional(at) : std::nullopt;
    is_changed = true;
  }
  if (observed.at < first) {
    first = observed.at;
    is_changed = true;
  }
  is_changed |= lower(started, observed.started);
  if (observed.status == DeploymentStatus::running) is_changed |= lower(started, observed.at);
  is_changed |= version.take(observed.version, observed.at);
  is_changed |= commit.take(observed.commit, observed.at);
  is_changed |= ref.take(observed.ref, observed.at);
  is_changed |= artifact.take(observed.artifact, observed.at);
  is_changed |= run.take(observed.run, observed.at);
  is_changed |= incident.take(observed.incident, observed.at);
  is_changed |= by.take(observed.by, observed.at);
  is_changed |= url.take(observed.url, observed.at);
  if (observed.kind &&
      (!kind || std::tuple(kind_at, *kind) < std::tuple(observed.at, *observed.kind))) {
    kind = observed.kind;
    kind_at = observed.at;
    is_changed = true;
  }
  is_changed |= set_flag(had_traffic, observed.took_traffic.value_or(false));
  is_changed |= set_flag(had_none, !observed.took_traffic.value_or(true));
  is_changed |= set_flag(is_signed, observed.origin.assurance >= model::Assurance::signature);
  return is_changed;
}

void DeploymentBook::forget_oldest(Parts& parts) {
  std::vector<std::pair<Time, PartKey>> by_age;
  by_age.reserve(parts.by_key.size());
  for (const auto& [key, part] : parts.by_key) by_age.emplace_back(part->first, key);
  const size_t count = std::max<size_t>(by_age.size() / 16, 1);
  std::nth_element(by_age.begin(), by_age.begin() + static_cast<std::ptrdiff_t>(count - 1),
                   by_age.end());
  for (size_t i = 0; i < count; ++i) parts.by_key.erase(by_age[i].second);
  total_ -= count;
}

void DeploymentBook::keep_bounds(Parts& changed) {
  if (changed.by_key.size() > kPartsMax) forget_oldest(changed);
  if (total_ > kPartsTotalMax) {
    const auto largest =
        std::max_element(parts_.begin(), parts_.end(), [](const auto& a, const auto& b) {
          return a.second.by_key.size() < b.second.by_key.size();
        });
    forget_oldest(largest->second);
    largest->second.revision = ++revision_;
  }
  if (parts_.size() > kPlacesMax) {
    const auto stalest = std::min_element(
        parts_.begin(), parts_.end(),
        [](const auto& a, const auto& b) { return a.second.revision < b.second.revision; });
    total_ -= stalest->second.by_key.size();
    parts_.erase(stalest);
  }
}

bool DeploymentBook::take(const model::DeploymentObserved& observed, int64_t position) {
  Parts& parts = parts_[{observed.service, observed.environment}];
  std::shared_ptr<const DeploymentPart>& slot = parts.by_key[key_of(observed)];
  // A new one each time: readers keep what they found.
  auto next = slot == nullptr ? std::make_shared<DeploymentPart>()
                              : std::make_shared<DeploymentPart>(*slot);
  if (slot == nullptr) ++total_;
  const bool is_changed = next->take(observed, position);
  if (!is_changed) return false;
  slot = std::move(next);
  parts.revision = ++revision_;
  keep_bounds(parts);
  return true;
}

bool DeploymentBook::would_change(const model::DeploymentObserved& observed) const {
  const auto place = parts_.find({observed.service, observed.environment});
  if (place == parts_.end()) return true;
  const auto part = place->second.by_key.find(key_of(observed));
  if (part == place->second.by_key.end()) return true;
  DeploymentPart copy = *part->second;
  return copy.take(observed, copy.position);
}

bool DeploymentBook::says_more(const model::DeploymentObserved& observed) const {
  if (!would_change(observed)) return false;
  const auto place = parts_.find({observed.service, observed.environment});
  if (place == parts_.end()) return true;
  const auto known = place->second.by_key.find(key_of(observed));
  if (known == place->second.by_key.end()) return true;
  const DeploymentPart& before = *known->second;
  DeploymentPart after = before;
  after.take(observed, before.position);
  const auto texts = [](const DeploymentPart& part) {
    return std::tie(part.version.text, part.commit.text, part.ref.text, part.artifact.text,
                    part.run.text, part.incident.text, part.status, part.kind, part.had_traffic,
                    part.had_none);
  };
  return texts(before) != texts(after) || after.first + kSameMoment < before.first;
}

std::vector<DeploymentBook::Place> DeploymentBook::places() const {
  std::vector<Place> places;
  places.reserve(parts_.size());
  for (const auto& [place, parts] : parts_) places.push_back(place);
  return places;
}

const DeploymentPart* DeploymentBook::newest_part(const Place& place, std::string_view version,
                                                  std::string_view commit) const {
  const auto found = parts_.find(place);
  if (found == parts_.end()) return nullptr;
  const DeploymentPart* newest = nullptr;
  for (const auto& [key, part] : found->second.by_key) {
    const bool is_same = (!version.empty() && part->version.text == version) ||
                         (!commit.empty() && part->commit.text == commit);
    if (is_same && (newest == nullptr || newest->at < part->at)) newest = part.get();
  }
  return newest;
}

int64_t DeploymentBook::revision(const Place& place) const {
  const auto found = parts_.find(place);
  return found == parts_.end() ? 0 : found->second.revision;
}

SharedParts DeploymentBook::parts(const Place& place) const {
  const auto found = parts_.find(place);
  if (found == parts_.end()) return {};
  SharedParts parts;
  parts.reserve(found->second.by_key.size());
  for (const auto& [key, part] : found->second.by_key) parts.push_back(part);
  return parts;
}

std::vector<Deployment> DeploymentBook::deployments(const std::string& service,
                                                    const std::string& environment) const {
  const Place place{.service = service, .environment = environment};
  return deployments_of(place, parts(place));
}

std::vector<Deployment> deployments_of(const DeploymentBook::Place& place,
                                       const SharedParts& parts) {
  std::vector<DeploymentPart> copies;
  copies.reserve(parts.size());
  for (const std::shared_ptr<const DeploymentPart>& part : parts) copies.push_back(*part);
  std::vector<Deployment> deployments = merge(place.service, place.environment, copies);
  classify(deployments);
  return deployments;
}

}  // namespace tollgate::delivery
