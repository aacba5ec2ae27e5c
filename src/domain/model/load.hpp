// Texts of policy files to resources. Pure: reading files is the caller's work.
#pragma once

#include "domain/model/resource.hpp"

#include <span>
#include <string>
#include <vector>

namespace tollgate::model {

struct SourceText {
  std::string file;  // names the place in problems
  std::string text;
};

struct Loaded {
  std::vector<Resource> resources;  // those without problems of their own
  Problems problems;
  Problems warnings;  // what could be read but is probably not what was meant
};

inline constexpr size_t kResourcesMax = 200'000;

/// The resources of all texts, in order. A text is a YAML stream (or JSON) whose documents are
/// resources or lists of resources, of openslo/v1, openslo/v1alpha, openslo.com/v2alpha (both
/// converted) or tollgate/v1; or documents of Sloth and Pyrra (foreign/foreign.hpp).
Loaded load(std::span<const SourceText> texts);

/// One document tree as a resource. Problems are appended; a resource is returned if it had none.
std::optional<Resource> load_resource(const doc::Node& node, std::string_view file,
                                      Problems& problems);

}  // namespace tollgate::model
