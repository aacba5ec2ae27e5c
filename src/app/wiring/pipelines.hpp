// The audit of the pipelines below some paths, by the rules of a policy.
#pragma once

#include "domain/model/bundle.hpp"
#include "edge/pipelines/audit.hpp"

#include <string>
#include <vector>

namespace tollgate::wiring {

/// Files and folders as given; folders that git, node and builds fill are left out. Errors:
/// not_found, io_failed, limit_exceeded, bad_value for a pattern.
Result<pipelines::AuditReport> audit_pipelines(const std::vector<std::string>& paths,
                                               const model::Bundle& policy, Time now);

}  // namespace tollgate::wiring
