// Patterns of constraints. Internal to this folder; the regular-expression library stays in
// pattern.cpp.
#pragma once

#include <string_view>

namespace tollgate::reflect {

/// True if the whole `text` matches the RE2 `pattern`, which must be valid (asserted) and live for
/// ever. Safe from any thread; each pattern is compiled once.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace tollgate::reflect
