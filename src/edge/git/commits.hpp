// All that delivery figures need of a project's commits and tags, whoever read them.
#pragma once

#include "domain/delivery/history.hpp"
#include "domain/delivery/mentions.hpp"
#include "edge/git/object.hpp"

#include <vector>

namespace tollgate::git {

/// Finds the number of a commit by its identifier: open addressing over the identifiers' own bits.
class IdTable {
 public:
  /// `ids` may grow behind the table's back by what is added here.
  void add(const std::vector<ObjectId>& ids, uint32_t number);
  /// delivery::kNone if it is not there.
  uint32_t find(const std::vector<ObjectId>& ids, const ObjectId& id) const;

 private:
  void grow(const std::vector<ObjectId>& ids);
  std::vector<uint32_t> slots_;
  size_t count_ = 0;
};

struct Commits {
  delivery::History history = {};
  std::vector<ObjectId> ids = {};
  std::vector<uint64_t> subjects = {};  // delivery::subject_key of each
  std::vector<bool> is_squashed = {};
  std::vector<delivery::Mention> mentions = {};
  IdTable table = {};
  std::vector<delivery::Tag> tags = {};
  std::vector<delivery::Tag> branches = {};  // heads as tags, dated by their commit
  uint32_t head = delivery::kNone;
  bool is_cut = false;  // a shallow clone or a partial export: parents are missing

  /// Appends a commit without its parents.
  void add(const ObjectId& id, int64_t authored_s, int64_t committed_s, std::string_view message);
  /// The one commit whose identifier begins so; kNone if there is none or several.
  uint32_t find(std::string_view hex) const;
};

}  // namespace tollgate::git
