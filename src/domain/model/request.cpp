#include "domain/model/request.hpp"

#include "foundation/base/text.hpp"

#include <array>
#include <utility>

namespace tollgate::model {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

/// Where the text behind `prefix` begins; package URLs write the colon as %3A.
size_t behind(std::string_view text, std::string_view algorithm) {
  size_t place = text.rfind(algorithm);
  if (place == std::string_view::npos) return place;
  place += algorithm.size();
  const std::string_view rest = text.substr(place);
  if (rest.starts_with(':')) return place + 1;
  return rest.starts_with("%3a") ? place + 3 : std::string_view::npos;
}

}  // namespace

std::string artifact_digest(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, size_t>, 3> kAlgorithms = {
      {{"sha256", 64}, {"sha384", 96}, {"sha512", 128}}};
  const std::string lower = lower_case(text);
  for (const auto& [algorithm, digits] : kAlgorithms) {
    const size_t begin = behind(lower, algorithm);
    if (begin == std::string::npos) continue;
    const std::string hex = lower.substr(begin, digits);
    const std::string rest = lower.substr(std::min(lower.size(), begin + digits));
    const bool has_ended = rest.empty() || rest.front() == '?' || rest.front() == '#';
    const bool is_hex = hex.find_first_not_of(kHexDigits) == std::string::npos;
    if (hex.size() == digits && is_hex && has_ended) return fmt::format("{}:{}", algorithm, hex);
  }
  return {};
}

}  // namespace tollgate::model
