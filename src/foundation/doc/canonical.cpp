// RFC 8785: sorted members, ECMAScript numbers, minimal escapes.
#include "foundation/doc/canonical.hpp"

#include "foundation/base/assert.hpp"
#include "foundation/doc/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tollgate::doc {
namespace {

constexpr int64_t kIntegerMax = (int64_t{1} << 53) - 1;

/// Above every other lead byte in UTF-8 stand the astral planes, but their surrogates sort
/// below U+E000..U+FFFF (lead bytes EE and EF) in UTF-16.
int utf16_rank(unsigned char lead) {
  if (lead >= 0xF0) return 0xEE;
  return lead >= 0xEE ? lead + 0x10 : lead;
}

void append_integer(std::string& out, int64_t value) {
  std::array<char, 24> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  out.append(buffer.data(), end);
}

void append_object(std::string& out, const Node::Object& members) {
  std::vector<const Member*> sorted;
  sorted.reserve(members.size());
  for (const Member& member : members) sorted.push_back(&member);
  std::sort(sorted.begin(), sorted.end(),
            [](const Member* a, const Member* b) { return canonical_less(a->key, b->key); });
  out += '{';
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0) out += ',';
    append_quoted(out, sorted[i]->key);
    out += ':';
    append_canonical(out, sorted[i]->value);
  }
  out += '}';
}

}  // namespace

bool canonical_less(std::string_view a, std::string_view b) {
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (in_a == a.end() || in_b == b.end()) return in_a == a.end() && in_b != b.end();
  const int rank_a = utf16_rank(static_cast<unsigned char>(*in_a));
  const int rank_b = utf16_rank(static_cast<unsigned char>(*in_b));
  if (rank_a != rank_b) return rank_a < rank_b;
  return static_cast<unsigned char>(*in_a) < static_cast<unsigned char>(*in_b);
}

void append_number(std::string& out, double value) {
  ASSERT(std::isfinite(value));
  if (value == 0) {  // also -0
    out += '0';
    return;
  }
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(value),
                                 std::chars_format::scientific)
                       .ptr;
  const std::string_view text(buffer.data(), static_cast<size_t>(end - buffer.data()));
  const size_t exponent_at = text.find('e');
  std::array<char, 20> digits;
  size_t count = 0;
  for (const char c : text.substr(0, exponent_at)) {
    if (c != '.') digits[count++] = c;
  }
  int exponent = 0;
  std::string_view exponent_text = text.substr(exponent_at + 1);
  if (exponent_text.front() == '+') exponent_text.remove_prefix(1);
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);

  // ECMA-262 Number::toString: the value is 0.digits x 10^point.
  const int point = exponent + 1;
  const int size = static_cast<int>(count);
  if (value < 0) out += '-';
  if (point >= size && point <= 21) {
    out.append(digits.data(), count);
    out.append(static_cast<size_t>(point - size), '0');
  } else if (point > 0 && point <= 21) {
    out.append(digits.data(), static_cast<size_t>(point));
    out += '.';
    out.append(digits.data() + point, static_cast<size_t>(size - point));
  } else if (point > -6 && point <= 0) {
    out += "0.";
    out.append(static_cast<size_t>(-point), '0');
    out.append(digits.data(), count);
  } else {
    out += digits[0];
    if (count > 1) {
      out += '.';
      out.append(digits.data() + 1, count - 1);
    }
    out += exponent < 0 ? "e-" : "e+";
    append_integer(out, std::abs(exponent));
  }
}

void append_canonical(std::string& out, const Node& node) {
  switch (node.type()) {
    case Node::Type::null:
      out += "null";
      return;
    case Node::Type::boolean:
      out += node.as_boolean() ? "true" : "false";
      return;
    case Node::Type::integer:
      ASSERT(node.as_integer() >= -kIntegerMax);
      ASSERT(node.as_integer() <= kIntegerMax);
      append_integer(out, node.as_integer());
      return;
    case Node::Type::number:
      append_number(out, node.as_number());
      return;
    case Node::Type::text:
      append_quoted(out, node.as_text());
      return;
    case Node::Type::array: {
      out += '[';
      for (size_t i = 0; i < node.items().size(); ++i) {
        if (i > 0) out += ',';
        append_canonical(out, node.items()[i]);
      }
      out += ']';
      return;
    }
    case Node::Type::object:
      append_object(out, node.members());
      return;
  }
}

std::string canonical_json(const Node& node) {
  std::string out;
  append_canonical(out, node);
  return out;
}

}  // namespace tollgate::doc
