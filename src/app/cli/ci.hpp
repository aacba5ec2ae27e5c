// What a CI system is told beside the exit code: outputs, summaries, annotations and report files.
// Contracts: GitHub Actions workflow commands and environment files; GitLab artifacts:reports;
// Jenkins junit step.
#pragma once

#include "app/cli/invocation.hpp"

#include <string>

namespace tollgate::cli {

enum class Ci { none, github, gitlab, jenkins };

/// The CI that --ci names, or that the environment shows for `auto`.
Ci detect_ci(const Invocation& call);
/// Writes what this CI reads about a verdict. Nothing for Ci::none. Errors: io_failed.
Result<void> report_verdict(const Invocation& call, Ci ci, const doc::Node& verdict,
                            const std::string& link);
/// Annotations for findings of `check` on GitHub, at most as many as it shows; nothing elsewhere.
void report_findings(const Invocation& call, Ci ci, const doc::Node& findings);

}  // namespace tollgate::cli
