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

/// The same for one checked-out repository; findings name files below `folder`.
Result<pipelines::AuditReport> audit_checkout(const std::string& folder,
                                              const model::Bundle& policy, Time now);
/// The commit that is checked out in `folder`, in hexadecimal; empty if it is no git repository.
std::string checked_out_commit(const std::string& folder);

}  // namespace tollgate::wiring
