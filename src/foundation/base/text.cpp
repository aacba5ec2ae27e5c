#include "foundation/base/text.hpp"

#include "foundation/base/codes.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tollgate {
namespace {

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, change});
      const bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swap) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

constexpr size_t kNameSizeMax = 100;  // longer texts are not names, and the distance is quadratic

}  // namespace

std::string nearest_name(std::string_view name, std::span<const std::string> candidates) {
  if (name.size() > kNameSizeMax) return {};
  const std::string wanted = lower_case(name);
  std::string best;
  size_t best_distance = std::max<size_t>(1, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kNameSizeMax) continue;
    const size_t distance = edit_distance(wanted, lower_case(candidate));
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view name, std::span<const std::string> candidates) {
  const std::string nearest = nearest_name(name, candidates);
  return nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest);
}

std::string concat(std::initializer_list<std::string_view> parts) {
  size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  std::string text;
  text.reserve(size);
  for (const std::string_view part : parts) text += part;
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += separator;
    text += parts[i];
  }
  return text;
}

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string number_text(int64_t number) {
  std::string digits = std::to_string(number);
  const size_t sign = number < 0 ? 1 : 0;
  for (size_t i = digits.size(); i > sign + 3;) {
    i -= 3;
    digits.insert(i, ",");
  }
  return digits;
}

std::string count_text(int64_t count, std::string_view singular, std::string_view plural) {
  return concat({number_text(count), " ", count == 1 ? singular : plural});
}

void append_fraction(std::string& text, uint64_t fraction, int places) {
  if (fraction == 0) return;
  text += '.';
  uint64_t digit = 1;
  for (int i = 1; i < places; ++i) digit *= 10;
  for (; fraction != 0; digit /= 10) {
    text += static_cast<char>('0' + fraction / digit);
    fraction %= digit;
  }
}

std::string percent_text(int64_t ppm) {
  constexpr uint64_t kStep = 100;  // two decimals of a percent
  constexpr uint64_t kWhole = 1'000'000;
  const bool is_negative = ppm < 0;
  auto size = is_negative ? 0 - static_cast<uint64_t>(ppm) : static_cast<uint64_t>(ppm);
  const uint64_t rounded = (size + kStep / 2) / kStep * kStep;
  const bool is_near_end = size < kStep || (size > kWhole - kStep && size < kWhole);
  if (!is_near_end) size = rounded;
  std::string text = is_negative ? "-" : "";
  text += std::to_string(size / 10'000);
  append_fraction(text, size % 10'000, 4);
  text += " %";
  return text;
}

Result<int64_t> parse_integer(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return fail(codes::bad_number, "\"{}\" is not a whole number", text);
  }
  return value;
}

Result<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return fail(codes::bad_number, "\"{}\" is not a number", text);
  }
  return value;
}

Result<int64_t> parse_ppm(std::string_view text) {
  std::string_view number = trim(text);
  const bool is_percent = number.ends_with('%');
  if (is_percent) number = trim(number.substr(0, number.size() - 1));
  TOLLGATE_TRY(const double value, parse_number(number));
  const double ppm = value * (is_percent ? 10'000.0 : 1'000'000.0);
  if (std::abs(ppm) > 9e15) return fail(codes::bad_number, "\"{}\" is too large", text);
  return std::llround(ppm);
}

}  // namespace tollgate
