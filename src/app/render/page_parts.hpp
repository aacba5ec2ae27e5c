// Parts that several pages share.
#pragma once

#include "foundation/doc/node.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::render {

/// The list below `key`; empty if there is none.
const doc::Node::Array& list_of(const doc::Node& node, std::string_view key);

/// A section with a heading, whose identifier is `id`.
std::string page_section(std::string_view id, std::string_view heading, std::string_view html);

/// Deployments that no gate had allowed, as a section; nothing if there are none.
std::string bypass_section(const doc::Node& bypasses, std::string_view now);

/// Bars of a course, oldest first; `words` says in a sentence what it shows. A value that is not
/// known leaves a gap. Nothing for fewer than two values.
std::string sparkline(const std::vector<std::optional<double>>& values, std::string_view words);

/// "2026-03-02 10:00 UTC" in a <time>.
std::string moment_tag(std::string_view time);

}  // namespace tollgate::render
