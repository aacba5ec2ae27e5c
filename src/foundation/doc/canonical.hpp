// The one byte form of a value that is hashed: RFC 8785 (JSON Canonicalization Scheme).
#pragma once

#include "foundation/doc/node.hpp"

#include <string>

namespace tollgate::doc {

/// Canonical JSON of `node`: members sorted by UTF-16 code units, ECMAScript numbers, no spaces.
/// Numbers must be finite and integers within +-(2^53 - 1) (asserted: readers guarantee both).
std::string canonical_json(const Node& node);
void append_canonical(std::string& out, const Node& node);
/// A number as ECMAScript prints it: 1e+21, 0.000001, 1e-7, 333333333.3333333.
void append_number(std::string& out, double value);
/// True if `a` sorts before `b` by UTF-16 code units.
bool canonical_less(std::string_view a, std::string_view b);

}  // namespace tollgate::doc
