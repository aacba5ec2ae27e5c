// The policy in force, and a policy that shall be.
#pragma once

#include "app/cli/backend.hpp"
#include "app/cli/files.hpp"
#include "foundation/doc/node.hpp"

#include <string>
#include <vector>

namespace tollgate::cli::ask {

/// A policy's files that shall be put in force.
struct PolicyChange {
  std::vector<NamedText> files;
  std::string reason = {};
  std::string expected_digest = {};  // of the policy it replaces; empty: whichever is in force
  std::string idempotency_key = {};
};

Result<doc::Node> plan(Backend& backend, const std::vector<NamedText>& files);
Result<doc::Node> apply(Backend& backend, const PolicyChange& change);
Result<doc::Node> policy(Backend& backend);
Result<doc::Node> resources(Backend& backend, const std::string& kind, const std::string& name);

}  // namespace tollgate::cli::ask
