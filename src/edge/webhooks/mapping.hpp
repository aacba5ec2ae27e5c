// Which service and environment the facts of a delivery belong to: by the rules of its Integration,
// among the services and environments of the policy in force. Pure.
#pragma once

#include "domain/model/bundle.hpp"
#include "domain/model/kinds/integration.hpp"
#include "edge/webhooks/sender.hpp"

#include <string>
#include <vector>

namespace tollgate::webhooks {

struct Placed {
  std::vector<model::Observation> records = {};
  std::vector<std::string> dropped = {};  // why facts belong nowhere, each reason once
};

/// The facts with service and environment, and their origin completed. A run of a pipeline that a
/// rule calls a deployment is one beside.
Placed place(const model::Integration& integration, const model::Bundle& bundle,
             std::vector<model::Observation> records, model::Assurance assurance);

/// Whether `peer` ("192.0.2.7:51234", "[2001:db8::1]:443") is in one of `ranges` ("192.0.2.0/24",
/// "2001:db8::/32", a plain address); true if there are none.
bool is_allowed_peer(const std::vector<std::string>& ranges, std::string_view peer);

}  // namespace tollgate::webhooks
