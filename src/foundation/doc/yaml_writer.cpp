// YAML for people: block style, quotes only where a reader would otherwise see another value.
#include "foundation/doc/canonical.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/doc/plain_scalar.hpp"
#include "foundation/doc/yaml.hpp"

#include <algorithm>

namespace tollgate::doc {
namespace {

/// Characters that may begin a plain scalar here: a safe subset of what YAML allows.
bool may_begin_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '/' || c == '(' || c == '<' || static_cast<unsigned char>(c) >= 0x80;
}

/// True if every reader takes the bare characters for this very text.
bool is_safe_plain(std::string_view text) {
  if (text.empty() || !may_begin_plain(text.front())) return false;
  if (text.back() == ' ' || text.back() == ':') return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) {
    return false;
  }
  const auto is_bad = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F || c == '\\';
  };
  if (std::any_of(text.begin(), text.end(), is_bad)) return false;
  // YAML takes these for line breaks, byte order marks or controls: NEL and C1, LS, PS, BOM.
  for (const std::string_view odd : {"\xC2", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xEF\xBB\xBF"}) {
    if (text.find(odd) != std::string_view::npos) return false;
  }
  // Words that YAML 1.1 readers take for booleans, and times, stay text when quoted.
  static constexpr std::string_view kOldBooleans[] = {"y", "n", "yes", "no", "on", "off"};
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (std::find(std::begin(kOldBooleans), std::end(kOldBooleans), lower) !=
      std::end(kOldBooleans)) {
    return false;
  }
  return read_plain_scalar(text).is_text();
}

/// A text of several lines that a literal block gives back unchanged.
bool is_block_text(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.front() == ' ' || text.front() == '\n') {
    return false;
  }
  const bool has_one_final_break = text.ends_with('\n') && !text.ends_with("\n\n");
  const bool has_no_final_break = !text.ends_with('\n');
  const auto is_bad = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n') || byte == 0x7F || byte == 0xC2 || byte == 0xE2 ||
           byte == 0xEF;
  };
  return (has_one_final_break || has_no_final_break) &&
         std::none_of(text.begin(), text.end(), is_bad) &&
         text.find(" \n") == std::string_view::npos;
}

class Writer {
 public:
  std::string take() { return std::move(out_); }

  /// Writes `node` where the cursor stands; `depth` indents the lines that follow.
  void write(const Node& node, int depth) {
    if (node.is_object() && !node.members().empty()) {
      write_members(node.members(), depth);
    } else if (node.is_array() && !node.items().empty()) {
      write_items(node.items(), depth);
    } else {
      write_inline(node, depth);
      out_ += '\n';
    }
  }

 private:
  void write_members(const Node::Object& members, int depth) {
    for (size_t i = 0; i < members.size(); ++i) {
      if (i > 0) indent(depth);
      write_key(members[i].key);
      out_ += ':';
      const Node& value = members[i].value;
      if (value.is_object() && !value.members().empty()) {
        out_ += '\n';
        indent(depth + 1);
        write_members(value.members(), depth + 1);
      } else if (value.is_array() && !value.items().empty()) {
        out_ += '\n';
        indent(depth + 1);
        write_items(value.items(), depth + 1);
      } else {
        out_ += ' ';
        write_inline(value, depth + 1);
        out_ += '\n';
      }
    }
  }

  void write_items(const Node::Array& items, int depth) {
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) indent(depth);
      out_ += "- ";
      write(items[i], depth + 1);
    }
  }

  void write_key(const std::string& key) {
    if (is_safe_plain(key)) {
      out_ += key;
    } else {
      append_quoted(out_, key);
    }
  }

  /// Everything that begins on the line where the cursor stands.
  void write_inline(const Node& node, int depth) {
    if (node.is_object()) {
      out_ += "{}";
    } else if (node.is_array()) {
      out_ += "[]";
    } else if (!node.is_text()) {
      append_canonical(out_, node);
    } else if (is_safe_plain(node.as_text())) {
      out_ += node.as_text();
    } else if (depth > 0 && is_block_text(node.as_text())) {
      write_block(node.as_text(), depth);
    } else {
      append_quoted(out_, node.as_text());
    }
  }

  void write_block(std::string_view text, int depth) {
    const bool ends_with_break = text.ends_with('\n');
    out_ += ends_with_break ? "|" : "|-";
    if (ends_with_break) text.remove_suffix(1);
    while (true) {
      const size_t end = text.find('\n');
      out_ += '\n';
      const std::string_view line = text.substr(0, end);
      if (!line.empty()) indent(depth);
      out_ += line;
      if (end == std::string_view::npos) return;
      text.remove_prefix(end + 1);
    }
  }

  void indent(int depth) { out_.append(static_cast<size_t>(depth) * 2, ' '); }

  std::string out_;
};

}  // namespace

std::string write_yaml(const Node& node) {
  Writer writer;
  writer.write(node, 0);
  return writer.take();
}

}  // namespace tollgate::doc
