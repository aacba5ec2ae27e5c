// Asking for verdicts, and about those that were given.
#pragma once

#include "app/cli/backend.hpp"
#include "domain/model/request.hpp"
#include "foundation/doc/node.hpp"

#include <optional>
#include <string>

namespace tollgate::cli::ask {

struct GateQuestion {
  model::GateRequest request;
  std::optional<Time> as_of;  // a what-if at that time, never recorded
  std::string idempotency_key;
};

struct DecisionQuery {
  std::string service;
  std::string environment;
  int64_t limit = 20;
  std::optional<int64_t> before;
};

Result<doc::Node> gate(Backend& backend, const GateQuestion& question);
Result<doc::Node> decisions(Backend& backend, const DecisionQuery& query);
Result<doc::Node> decision(Backend& backend, const std::string& id);
Result<doc::Node> status(Backend& backend, const std::string& environment);

/// Address of a page about a decision; empty in local mode.
std::string decision_link(Backend& backend, const std::string& decision);

}  // namespace tollgate::cli::ask
