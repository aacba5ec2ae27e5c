// Budgets and burn rates.
#pragma once

#include "app/cli/backend.hpp"
#include "foundation/doc/node.hpp"

#include <optional>
#include <string>

namespace tollgate::cli::ask {

struct SloQuestion {
  std::string slo;
  std::string environment;
  engine::Part part = {};
  std::optional<Time> at = {};
};

Result<doc::Node> budget(Backend& backend, const SloQuestion& question);
Result<doc::Node> burn(Backend& backend, const SloQuestion& question);

}  // namespace tollgate::cli::ask
