// YAML 1.2 (and so JSON) as people write it, to document trees with the place of every value.
#pragma once

#include "foundation/doc/node.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::doc {

struct YamlLimits {
  size_t bytes_max = 16 * 1024 * 1024;
  int depth_max = kDepthMax;
  size_t alias_nodes_max = 10'000;  // nodes that aliases may add by being expanded
};

/// The documents of a stream, in order; empty documents are left out. `file` only names the place
/// in errors. Plain scalars follow the YAML 1.2 core schema (yes/no/on/off are text). Merge keys
/// (<<) are refused as unknown keys would be: they are plain members. Errors: syntax,
/// duplicate_key, too_deep, too_large, alias_limit.
Result<std::vector<Node>> parse_yaml(std::string_view text, std::string_view file,
                                     const YamlLimits& limits = {});

/// YAML for people: block style, two spaces, strings quoted only where needed.
/// parse_yaml(write_yaml(n)) == n.
std::string write_yaml(const Node& node);

}  // namespace tollgate::doc
