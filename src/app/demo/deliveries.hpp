// What the demo world's senders tell of a release: the change, its deployment, and now and then an
// incident with its roll-back. Pure; chance is a function of the release.
#pragma once

#include "domain/model/observation.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tollgate::demo {

struct Rollout {
  std::string service = {};
  std::string environment = {};
  std::string version = {};
  std::string before = {};  // what ran until now; empty: nothing
  std::string commit = {};
  Time at = {};
  uint64_t number = 0;  // chance is asked about it
  bool is_bad = false;  // it has to be taken back
};

/// Each with the time at which it is told, in their order.
std::vector<std::pair<Time, model::Observation>> told_of(const Rollout& rollout);

/// Calendar and queue of the world as YAML: what lies ahead of `end`, in Berlin.
std::string calendar_policy(Time end);

}  // namespace tollgate::demo
