// What this build is: version, commit, and the versions of everything that outlives it.
#pragma once

#include "foundation/doc/node.hpp"

#include <string_view>

namespace tollgate::cli {

/// "0.1.0", and the commit it was built from ("unknown" outside a repository).
std::string_view program_version();
std::string_view program_commit();

/// {version, commit, apiVersions, ledger, api, checks}.
doc::Node version_json();

}  // namespace tollgate::cli
