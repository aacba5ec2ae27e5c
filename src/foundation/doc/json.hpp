// JSON text to document trees, for bytes from machines: wire, reports, ledger lines.
// Strict RFC 8259; duplicate keys, invalid UTF-8 and nesting beyond kDepthMax are errors. Files
// that a person writes are read by yaml.hpp, which reads JSON too and knows the place of every
// value.
#pragma once

#include "foundation/doc/node.hpp"

#include <span>
#include <string_view>

namespace tollgate::doc {

struct JsonLimits {
  size_t bytes_max = 64 * 1024 * 1024;
  int depth_max = kDepthMax;
  /// Members of these names, on any level, are read past and left out of the tree.
  std::span<const std::string_view> skipped_members = {};
};

/// The one value that `text` holds. A UTF-8 byte order mark is skipped.
/// Errors: syntax, duplicate_key, too_deep, too_large; with line and column of the place.
Result<Node> parse_json(std::string_view text, const JsonLimits& limits = {});

/// JSON for people and pipes: two spaces of indent, members in their own order, final line break.
std::string pretty_json(const Node& node);
/// One line, members in their own order.
std::string compact_json(const Node& node);

/// A quoted JSON string, escaped as RFC 8785 asks.
void append_quoted(std::string& out, std::string_view text);

}  // namespace tollgate::doc
