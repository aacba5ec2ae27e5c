// Boost.JSON's event parser builds our trees; its value type and exceptions stay in this file.
#include "foundation/doc/json.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/doc/canonical.hpp"
#include "foundation/doc/plain_block.hpp"
#include "foundation/doc/tree_builder.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace tollgate::doc {
namespace {

namespace json = boost::json;

constexpr int64_t kIntegerMax = (int64_t{1} << 53) - 1;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Hands the parser's events on to the tree.
class TreeHandler {
 public:
  static constexpr size_t max_key_size = std::numeric_limits<size_t>::max();
  static constexpr size_t max_string_size = std::numeric_limits<size_t>::max();
  static constexpr size_t max_array_size = std::numeric_limits<size_t>::max();
  static constexpr size_t max_object_size = std::numeric_limits<size_t>::max();

  explicit TreeHandler(std::span<const std::string_view> skipped) : skipped_(skipped) {}

  Node take() { return tree_.take_root(); }
  /// True if parsing stopped because `last_key` stands twice.
  bool has_duplicate() const { return has_duplicate_; }
  const std::string& last_key() const { return tree_.last_key(); }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return open(Node::object()); }
  bool on_object_end(size_t, json::error_code&) { return close(); }
  bool on_array_begin(json::error_code&) { return open(Node::array()); }
  bool on_array_end(size_t, json::error_code&) { return close(); }
  bool on_key_part(json::string_view part, size_t, json::error_code&) { return collect(part); }
  bool on_key(json::string_view part, size_t, json::error_code& error) {
    if (skip_depth_ > 0) return true;
    collect(part);
    is_skipping_ = std::find(skipped_.begin(), skipped_.end(), text_) != skipped_.end();
    if (tree_.key(std::exchange(text_, {}), {})) return true;
    has_duplicate_ = true;
    error = json::error::syntax;
    return false;
  }
  bool on_string_part(json::string_view part, size_t, json::error_code&) { return collect(part); }
  bool on_string(json::string_view part, size_t, json::error_code&) {
    if (is_skipping_) return put(Node());
    collect(part);
    return put(Node(std::exchange(text_, {})));
  }
  bool on_number_part(json::string_view part, json::error_code&) { return collect(part); }
  bool on_int64(int64_t value, json::string_view, json::error_code&) {
    text_.clear();
    const bool is_exact = value >= -kIntegerMax && value <= kIntegerMax;
    return put(is_exact ? Node(value) : Node(static_cast<double>(value)));
  }
  bool on_uint64(uint64_t value, json::string_view, json::error_code&) {
    text_.clear();
    return put(Node(static_cast<double>(value)));
  }
  bool on_double(double approximation, json::string_view part, json::error_code& error) {
    if (is_skipping_) return put(Node());
    // The parser's own conversion is not correctly rounded, so the characters are read again.
    collect(part);
    double value = 0;
    const auto read = std::from_chars(text_.data(), text_.data() + text_.size(), value).ec;
    const bool is_underflow = read == std::errc::result_out_of_range && std::abs(approximation) < 1;
    if (read != std::errc{} && !is_underflow) {
      error = json::error::exponent_overflow;
      return false;
    }
    text_.clear();
    return put(Node(is_underflow ? 0.0 : value));
  }
  bool on_bool(bool value, json::error_code&) { return put(Node(value)); }
  bool on_null(json::error_code&) { return put(Node()); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  bool collect(json::string_view part) {
    if (!is_skipping_) text_.append(part.data(), part.size());
    return true;
  }
  bool open(Node node) {
    if (is_skipping_) {
      ++skip_depth_;
    } else {
      tree_.open(std::move(node));
    }
    return true;
  }
  bool close() {
    if (skip_depth_ == 0) return put(tree_.close());
    if (--skip_depth_ == 0) is_skipping_ = false;
    return true;
  }
  bool put(Node value) {
    if (!is_skipping_) {
      tree_.put(std::move(value));
    } else if (skip_depth_ == 0) {
      is_skipping_ = false;  // the skipped value was a scalar
    }
    return true;
  }

  const std::span<const std::string_view> skipped_;
  bool is_skipping_ = false;  // the value of a skipped member is being read
  int skip_depth_ = 0;        // lists and objects open inside it
  TreeBuilder tree_;
  std::string text_;
  bool has_duplicate_ = false;
};

/// Line and column (in characters) of the byte at `offset`.
Mark mark_at(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const size_t line_start =
      before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  const auto line = std::count(before.begin(), before.end(), '\n');
  const std::string_view in_line = before.substr(line_start);
  const auto column = std::count_if(in_line.begin(), in_line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  });
  return {static_cast<uint32_t>(line + 1), static_cast<uint32_t>(column + 1)};
}

Error error_at(std::string_view text, size_t offset, const TreeHandler& handler,
               const json::error_code& error) {
  const Mark mark = mark_at(text, offset);
  if (handler.has_duplicate()) {
    return {.code = codes::duplicate_key,
            .message = fmt::format("key \"{}\" stands twice in one object", handler.last_key()),
            .mark = mark};
  }
  const bool is_depth = error == json::error::too_deep;
  return {.code = is_depth ? codes::too_deep : codes::syntax,
          .message = fmt::format("the JSON is broken: {}", error.message()),
          .mark = mark};
}

void append_indent(std::string& out, int depth) { out.append(static_cast<size_t>(depth) * 2, ' '); }

void append_pretty(std::string& out, const Node& node, int depth) {
  if (node.is_array() && !node.items().empty()) {
    out += "[\n";
    for (size_t i = 0; i < node.items().size(); ++i) {
      append_indent(out, depth + 1);
      append_pretty(out, node.items()[i], depth + 1);
      out += i + 1 < node.items().size() ? ",\n" : "\n";
    }
    append_indent(out, depth);
    out += ']';
  } else if (node.is_object() && !node.members().empty()) {
    out += "{\n";
    for (size_t i = 0; i < node.members().size(); ++i) {
      const Member& member = node.members()[i];
      append_indent(out, depth + 1);
      append_quoted(out, member.key);
      out += ": ";
      append_pretty(out, member.value, depth + 1);
      out += i + 1 < node.members().size() ? ",\n" : "\n";
    }
    append_indent(out, depth);
    out += '}';
  } else {
    append_canonical(out, node);
  }
}

void append_compact(std::string& out, const Node& node) {
  if (node.is_array()) {
    out += '[';
    for (size_t i = 0; i < node.items().size(); ++i) {
      if (i > 0) out += ',';
      append_compact(out, node.items()[i]);
    }
    out += ']';
  } else if (node.is_object()) {
    out += '{';
    for (size_t i = 0; i < node.members().size(); ++i) {
      if (i > 0) out += ',';
      append_quoted(out, node.members()[i].key);
      out += ':';
      append_compact(out, node.members()[i].value);
    }
    out += '}';
  } else {
    append_canonical(out, node);
  }
}

}  // namespace

Result<Node> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes_max) {
    return fail(codes::too_large, "the document has {} bytes; the limit is {}", text.size(),
                limits.bytes_max);
  }
  const size_t skipped = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const std::string_view body = text.substr(skipped);
  json::parse_options options;
  options.max_depth = static_cast<size_t>(limits.depth_max);
  json::basic_parser<TreeHandler> parser(options, limits.skipped_members);
  json::error_code error;
  const size_t consumed = parser.write_some(false, body.data(), body.size(), error);
  if (!error && consumed < body.size()) error = json::error::extra_data;
  if (error) return fail(error_at(body, consumed, parser.handler(), error));
  return parser.handler().take();
}

void append_quoted(std::string& out, std::string_view text) {
  static constexpr std::string_view kHexDigits = "0123456789abcdef";
  out += '"';
  size_t plain_from = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    while (i + kBlock <= text.size() && is_plain_block(text.data() + i)) i += kBlock;
    if (i == text.size()) break;
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text.substr(plain_from, i - plain_from));
    plain_from = i + 1;
    out += '\\';
    switch (c) {
      case '\b':
        out += 'b';
        break;
      case '\t':
        out += 't';
        break;
      case '\n':
        out += 'n';
        break;
      case '\f':
        out += 'f';
        break;
      case '\r':
        out += 'r';
        break;
      case '"':
      case '\\':
        out += static_cast<char>(c);
        break;
      default:
        out += "u00";
        out += kHexDigits[c >> 4];
        out += kHexDigits[c & 15];
    }
  }
  out.append(text.substr(plain_from));
  out += '"';
}

std::string pretty_json(const Node& node) {
  std::string out;
  append_pretty(out, node, 0);
  out += '\n';
  return out;
}

std::string compact_json(const Node& node) {
  std::string out;
  append_compact(out, node);
  return out;
}

}  // namespace tollgate::doc
