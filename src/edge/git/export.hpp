// Histories that somebody exported with `git log` and `git for-each-ref` as tab-separated lines.
#pragma once

#include "edge/git/commits.hpp"

namespace tollgate::git {

/// `commits`: hash, parents separated by spaces, author date, commit date, subject. `tags`: name,
/// date, peeled commit or nothing, object. Dates are RFC 3339. Errors: bad_value with line.
Result<Commits> parse_export(std::string_view commits, std::string_view tags);

}  // namespace tollgate::git
