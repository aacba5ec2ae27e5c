// What is allowed but unwise in a bundle: alerts that can never fire, services without an owner,
// and the like.
#pragma once

#include "domain/model/bundle.hpp"

#include <span>
#include <string>
#include <vector>

namespace tollgate::model {

enum class Severity { error, warning, info };

struct Finding {
  Severity severity = Severity::warning;
  Error problem;
  std::string resource;  // key of the resource, may be empty
};

/// Problems of loading and building as errors, followed by what `bundle` itself shows; sorted by
/// file and place. `known_checks` are the checks that rules may name; empty: names are not looked
/// at. `warnings` are those of loading.
std::vector<Finding> lint(const Bundle& bundle, const Problems& problems,
                          std::span<const std::string> known_checks, const Problems& warnings = {});

}  // namespace tollgate::model
