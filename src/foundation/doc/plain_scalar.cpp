// Resolution of plain scalars by hand-written matching: no locale, no regular expressions.
#include "foundation/doc/plain_scalar.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace tollgate::doc {
namespace {

constexpr int64_t kIntegerMax = (int64_t{1} << 53) - 1;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_any_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

size_t count_digits(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  return static_cast<size_t>(end - text.begin());
}

/// [-+]? ( \.[0-9]+ | [0-9]+ (\.[0-9]*)? ) ([eE][-+]?[0-9]+)?
bool is_decimal(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const size_t whole = count_digits(text);
  text.remove_prefix(whole);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const size_t fraction = count_digits(text);
    if (whole + fraction == 0) return false;
    text.remove_prefix(fraction);
  } else if (whole == 0) {
    return false;
  }
  if (!text.starts_with('e') && !text.starts_with('E')) return text.empty();
  text.remove_prefix(1);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && count_digits(text) == text.size();
}

std::optional<Node> read_radix(std::string_view text) {
  const int base = text.starts_with("0x") ? 16 : text.starts_with("0o") ? 8 : 0;
  if (base == 0) return std::nullopt;
  text.remove_prefix(2);
  int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value, base);
  const bool is_good = result.ec == std::errc{} && result.ptr == end && value >= 0;
  if (!is_good || value > kIntegerMax) return std::nullopt;
  return Node(value);
}

std::optional<Node> read_decimal(std::string_view text) {
  if (!is_decimal(text)) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  int64_t integer = 0;
  const auto read = std::from_chars(text.data(), end, integer);
  if (read.ec == std::errc{} && read.ptr == end && std::abs(integer) <= kIntegerMax) {
    return Node(integer);
  }
  double number = 0;
  if (std::from_chars(text.data(), end, number).ec != std::errc{}) return std::nullopt;
  return Node(number);
}

}  // namespace

Node read_plain_scalar(std::string_view text) {
  std::optional<Node> value;
  if (is_any_of(text, {"", "~", "null", "Null", "NULL"})) {
    value = Node();
  } else if (is_any_of(text, {"true", "True", "TRUE"})) {
    value = Node(true);
  } else if (is_any_of(text, {"false", "False", "FALSE"})) {
    value = Node(false);
  } else {
    value = read_radix(text);
    if (!value) value = read_decimal(text);
  }
  if (!value) return Node(text);
  value->set_raw(std::string(text));
  return std::move(*value);
}

}  // namespace tollgate::doc
