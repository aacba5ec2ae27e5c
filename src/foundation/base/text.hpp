// Small text work that many folders need: nearest names, splitting, numbers and percentages.
#pragma once

#include "foundation/base/error.hpp"

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

/// The candidate nearest to `name` if it is near enough to be a slip of the pen, else empty.
/// Near enough: optimal-string-alignment distance of at most a third of the length, ignoring case.
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);
/// `; did you mean "x"?` or nothing, ready to be put behind a message.
std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

/// The parts one after the other.
std::string concat(std::initializer_list<std::string_view> parts);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string_view trim(std::string_view text);
std::string lower_case(std::string_view text);

/// "1 event", "2 events": the number with thousands separators.
std::string count_text(int64_t count, std::string_view singular, std::string_view plural);
/// "9,997".
std::string number_text(int64_t number);

/// Appends `fraction` (below 10^places) behind a decimal point, without needless zeros; nothing for
/// 0: 500 of 3 places is ".5".
void append_fraction(std::string& text, uint64_t fraction, int places);

/// Parts per million as a percentage for people, two decimals without needless zeros: 692'307 ->
/// "69.23 %", -7'000'000 -> "-700 %". Near 0 and 100 % all digits stay: 999'995 -> "99.9995 %".
std::string percent_text(int64_t ppm);
/// Reads "99.95%", "99.95 %" or a ratio "0.9995" as parts per million. Errors: bad_number.
Result<int64_t> parse_ppm(std::string_view text);

/// Whole text as an integer or a finite decimal number; nothing else may stand there. Errors:
/// bad_number.
Result<int64_t> parse_integer(std::string_view text);
Result<double> parse_number(std::string_view text);

}  // namespace tollgate
