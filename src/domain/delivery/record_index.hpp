// Which changes a deployment ships and which incidents name it, found without looking at all of
// them. Borrows the records that it was made of. Pure.
#pragma once

#include "domain/delivery/records.hpp"

#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::delivery {

/// Names, each with the places in a list that carry it.
class NameIndex {
 public:
  void add(std::string_view name, size_t at) {
    if (!name.empty()) names_.emplace_back(name, at);
  }
  /// Call once, behind the last add().
  void sort();
  /// All places with that name, in ascending order; none for an empty one.
  std::span<const std::pair<std::string_view, size_t>> find(std::string_view name) const;

 private:
  std::vector<std::pair<std::string_view, size_t>> names_;
};

class ChangeIndex {
 public:
  explicit ChangeIndex(const std::vector<Change>& changes);
  /// One past the last change whose commit or version the deployment names; 0 if none is known.
  size_t shipped_until(const Deployment& deployment) const;

 private:
  NameIndex commits_, versions_;
};

class CauseIndex {
 public:
  explicit CauseIndex(const std::vector<Incident>& incidents);
  /// The incidents whose cause is the deployment's version, commit or identifier, or what stands
  /// behind a colon in that.
  std::set<size_t> naming(const Deployment& deployment) const;

 private:
  NameIndex causes_;
};

}  // namespace tollgate::delivery
