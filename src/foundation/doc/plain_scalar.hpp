// What a plain (unquoted) YAML scalar means: the YAML 1.2 core schema, without infinities and NaN,
// which JSON lacks. Internal to this folder; the reader and the writer agree through it.
#pragma once

#include "foundation/doc/node.hpp"

#include <string_view>

namespace tollgate::doc {

/// Null, boolean, integer or number with raw() set, or else text. "yes", "on" and ".inf" are text.
Node read_plain_scalar(std::string_view text);

}  // namespace tollgate::doc
