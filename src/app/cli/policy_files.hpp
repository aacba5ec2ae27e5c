// Policies on their way from files to a bundle, with everything that is wrong or unwise about them.
#pragma once

#include "app/cli/files.hpp"
#include "domain/model/bundle.hpp"
#include "foundation/doc/node.hpp"

#include <vector>

namespace tollgate::cli {

struct CheckedPolicy {
  model::Bundle bundle;
  int64_t resources = 0;
  int64_t errors = 0;
  doc::Node findings = doc::Node::array();  // {code, severity, file, line, column, message, help}
};

/// Parses, validates, lints and compiles the gates. Never fails: problems are findings.
CheckedPolicy check_policy(const std::vector<NamedText>& files);
/// The bundle of files without errors. Errors: the first one.
Result<model::Bundle> build_bundle(const std::vector<NamedText>& files);

}  // namespace tollgate::cli
