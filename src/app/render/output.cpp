#include "app/render/output.hpp"

#include "foundation/base/text.hpp"
#include "foundation/base/time.hpp"
#include "foundation/doc/canonical.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tollgate::render {
namespace {

constexpr size_t kGap = 2;  // spaces between columns

std::string_view escape_code(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "\x1b[32m";
    case Tone::bad:
      return "\x1b[31m";
    case Tone::warning:
      return "\x1b[33m";
    case Tone::dim:
      return "\x1b[2m";
    case Tone::strong:
      return "\x1b[1m";
    case Tone::plain:
      break;
  }
  return "";
}

std::string one_line(std::string_view cell) {
  std::string text = printable(cell);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string tab_separated(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += '\t';
    std::string cell = one_line(cells[i]);
    std::replace(cell.begin(), cell.end(), '\t', ' ');
    line += cell;
  }
  return line + "\n";
}

}  // namespace

std::string Palette::paint(Tone tone, std::string_view text) const {
  if (!is_colour || tone == Tone::plain || text.empty()) return std::string(text);
  return fmt::format("{}{}\x1b[0m", escape_code(tone), text);
}

size_t width_of(std::string_view text) {
  size_t width = 0;
  for (char c : text) width += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return width;
}

std::string padded(std::string_view text, size_t width) {
  const size_t own = width_of(text);
  return std::string(text) + std::string(own < width ? width - own : 0, ' ');
}

std::string printable(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are control characters too: C2 80 to C2 9F.
    const bool is_c1 =
        byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    const bool is_control = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F;
    if (is_c1) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[++i]));
    } else if (is_control) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string minute_text(Time time) {
  const std::string text = time_text(time);
  return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 5));
}

std::string table_text(const Table& table, const Palette& palette) {
  std::vector<size_t> widths;
  for (const std::string& title : table.header) widths.push_back(width_of(title));
  for (const auto& row : table.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(one_line(row[i])));
    }
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string cell = one_line(cells[i]);
      text += i + 1 == cells.size() ? cell : padded(cell, widths[i] + kGap);
    }
    return text;
  };
  std::string out = palette.paint(Tone::strong, line(table.header)) + "\n";
  for (const auto& row : table.rows) out += line(row) + "\n";
  return out;
}

std::string plain_text(const Table& table) {
  std::vector<std::string> header;
  for (const std::string& title : table.header) header.push_back(lower_case(title));
  std::string out = tab_separated(header);
  for (const auto& row : table.rows) out += tab_separated(row);
  return out;
}

std::string scalar_text(const doc::Node& node) {
  switch (node.type()) {
    case doc::Node::Type::null:
      return "-";
    case doc::Node::Type::boolean:
      return node.as_boolean() ? "yes" : "no";
    case doc::Node::Type::integer:
      return std::to_string(node.as_integer());
    case doc::Node::Type::number: {
      std::string text;
      doc::append_number(text, node.as_number());
      return text;
    }
    case doc::Node::Type::text:
      return node.as_text();
    case doc::Node::Type::array:
    case doc::Node::Type::object:
      break;
  }
  return "";
}

std::string member_text(const doc::Node& node, std::string_view key) {
  const doc::Node* member = node.find(key);
  return member == nullptr ? "-" : scalar_text(*member);
}

std::string percent_of(const doc::Node* ratio) {
  if (ratio == nullptr || !ratio->is_number()) return "-";
  const double ppm = std::clamp(ratio->as_number() * 1e6, -1e15, 1e15);
  // Two decimals, but nothing short of everything may read as 100 %.
  const int64_t exact = std::llround(ppm);
  const int64_t rounded = std::llround(ppm / 100) * 100;
  return percent_text(rounded == 1'000'000 ? exact : rounded);
}

std::string age_words(const doc::Node* seconds) {
  if (seconds == nullptr || !seconds->is_number()) return "-";
  const double ms = std::clamp(seconds->as_number() * 1000, -1e15, 1e15);
  return duration_words(Duration{std::llround(ms)});
}

Glyph glyph_of(std::string_view state) {
  struct Row {
    std::string_view state;
    Glyph glyph;
  };
  static constexpr std::array<Row, 26> rows = {{
      {"allow", {"✔", Tone::good}},         {"deny", {"✖", Tone::bad}},
      {"hold", {"◷", Tone::warning}},       {"inconclusive", {"?", Tone::warning}},
      {"pass", {"✔", Tone::good}},          {"fail", {"✖", Tone::bad}},
      {"unknown", {"?", Tone::warning}},    {"waived", {"~", Tone::warning}},
      {"not_reached", {"◌", Tone::dim}},    {"ok", {"✔", Tone::good}},
      {"breach", {"✖", Tone::bad}},         {"no_data", {"?", Tone::warning}},
      {"critical", {"✖", Tone::bad}},       {"recovering", {"↘", Tone::warning}},
      {"increasing", {"↗", Tone::warning}}, {"acceptable", {"✔", Tone::good}},
      {"thin", {"?", Tone::warning}},       {"error", {"✖", Tone::bad}},
      {"warning", {"!", Tone::warning}},    {"note", {"·", Tone::dim}},
      {"untrusted", {"?", Tone::warning}},  {"fresh", {"✔", Tone::good}},
      {"late", {"◷", Tone::warning}},       {"broken", {"✖", Tone::bad}},
      {"never seen", {"◌", Tone::dim}},     {"quarantined", {"~", Tone::warning}},
  }};
  for (const Row& row : rows) {
    if (row.state == state) return row.glyph;
  }
  return {"·", Tone::plain};
}

}  // namespace tollgate::render
