// A text line by line, without copying it.
#pragma once

#include "foundation/base/text.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate::evidence {

/// Gives the lines of `text` without their line breaks (LF or CRLF); skips a byte order mark.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  }
  std::optional<std::string_view> next() {
    if (rest_.empty()) return std::nullopt;
    const size_t end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++number_;
    return line;
  }
  /// Number of the line given last, from 1.
  uint32_t number() const { return number_; }

 private:
  std::string_view rest_;
  uint32_t number_ = 0;
};

/// Whether one of the first `kSniffLines` lines satisfies `is_typical`.
inline constexpr uint32_t kSniffLines = 400;
template <class Predicate>
bool has_early_line(std::string_view text, Predicate is_typical) {
  LineReader lines(text);
  while (const auto line = lines.next()) {
    if (is_typical(*line)) return true;
    if (lines.number() >= kSniffLines) return false;
  }
  return false;
}

}  // namespace tollgate::evidence
