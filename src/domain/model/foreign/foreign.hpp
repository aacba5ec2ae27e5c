// Files of other tools, Sloth and Pyrra, as resources of ours, so that `check` and `apply` read
// them as they are. docs/ALERTS.md says what each field becomes.
#pragma once

#include "domain/model/kind.hpp"

#include <set>
#include <string>
#include <vector>

namespace tollgate::model {

/// What the other files of a bundle offer to converted ones.
struct Surroundings {
  std::string data_source = {};         // the DataSource that is asked; empty: samples are pushed
  std::set<std::string> targets = {};   // AlertNotificationTargets: "page", "ticket", ...
  std::set<std::string> services = {};  // Services that are written; others are implied
};

/// Whether a document is one of another tool.
bool is_foreign(const doc::Node& node);

/// The document as resources of openslo/v1: SLOs, and the services they imply, whose names are
/// added to `around`. Problems go to the sinks; nothing is returned then.
std::vector<doc::Node> convert_foreign(const doc::Node& node, Surroundings& around,
                                       ProblemSink& errors, ProblemSink& warnings);

/// A name as RFC 1123 labels want it: lower case, '-' for everything else, at most 63 characters.
std::string label_name(std::string_view name);

}  // namespace tollgate::model
