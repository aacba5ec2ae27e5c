// How answers look on a terminal and in a pipe: tables, tab-separated lines, JSON, YAML; colour and
// state words.
#pragma once

#include "foundation/base/time.hpp"
#include "foundation/doc/node.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::render {

enum class Tone { plain, good, bad, warning, dim, strong };

/// Paints text, or leaves it alone.
struct Palette {
  bool is_colour = false;
  std::string paint(Tone tone, std::string_view text) const;
};

/// Columns as wide as their widest cell that ends in no newline, measured in characters, not bytes.
struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};
/// Aligned columns with a header. Control characters in cells are escaped.
std::string table_text(const Table& table, const Palette& palette);
/// "2026-03-02 10:00 UTC", for sentences.
std::string minute_text(Time time);
/// One row a line, cells separated by tabs, with the header in lower case first. For pipes.
std::string plain_text(const Table& table);

/// Characters of UTF-8 text, as a terminal counts them for the texts that we print.
size_t width_of(std::string_view text);
/// `text` with spaces up to `width` characters.
std::string padded(std::string_view text, size_t width);
/// Text from outside, made safe for a terminal: control characters become \x1b and the like.
std::string printable(std::string_view text);

/// A scalar for people: text as it is, numbers shortest, null as "-".
std::string scalar_text(const doc::Node& node);
/// The member as scalar_text, "-" if absent.
std::string member_text(const doc::Node& node, std::string_view key);
/// A ratio as a percentage with up to two decimals: 0.9997 -> "99.97 %"; null -> "-".
std::string percent_of(const doc::Node* ratio);
/// Seconds for people: 14 -> "14 s", 5400 -> "1 h 30 min"; null -> "-".
std::string age_words(const doc::Node* seconds);

struct Glyph {
  std::string_view sign;
  Tone tone;
};
/// The sign of a verdict or check state; the word always stands beside it.
Glyph glyph_of(std::string_view state);

}  // namespace tollgate::render
