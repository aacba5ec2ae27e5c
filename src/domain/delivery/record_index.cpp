#include "domain/delivery/record_index.hpp"

#include <algorithm>

namespace tollgate::delivery {

void NameIndex::sort() { std::sort(names_.begin(), names_.end()); }

std::span<const std::pair<std::string_view, size_t>> NameIndex::find(std::string_view name) const {
  if (name.empty()) return {};
  const auto begin = std::lower_bound(names_.begin(), names_.end(), std::pair(name, size_t{0}));
  const auto end = std::upper_bound(begin, names_.end(), std::pair(name, SIZE_MAX));
  return {begin, end};
}

ChangeIndex::ChangeIndex(const std::vector<Change>& changes) {
  for (size_t i = 0; i < changes.size(); ++i) {
    commits_.add(changes[i].commit, i);
    versions_.add(changes[i].version, i);
    for (const model::ChangeCommit& commit : changes[i].commits) commits_.add(commit.commit, i);
  }
  commits_.sort();
  versions_.sort();
}

size_t ChangeIndex::shipped_until(const Deployment& deployment) const {
  size_t end = 0;
  for (const auto found : {commits_.find(deployment.commit), versions_.find(deployment.version)}) {
    if (!found.empty()) end = std::max(end, found.back().second + 1);
  }
  return end;
}

CauseIndex::CauseIndex(const std::vector<Incident>& incidents) {
  for (size_t i = 0; i < incidents.size(); ++i) causes_.add(incidents[i].caused_by, i);
  causes_.sort();
}

std::set<size_t> CauseIndex::naming(const Deployment& deployment) const {
  std::set<size_t> found;
  const auto add = [&](std::string_view name) {
    for (const auto& [text, at] : causes_.find(name)) found.insert(at);
  };
  add(deployment.version);
  add(deployment.commit);
  add(deployment.id);
  const std::string_view id = deployment.id;
  for (size_t colon = id.find(':'); colon != id.npos; colon = id.find(':', colon + 1))
    add(id.substr(colon + 1));
  return found;
}

}  // namespace tollgate::delivery
