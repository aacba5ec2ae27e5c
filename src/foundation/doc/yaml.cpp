// libfyaml's event parser builds our trees; the library is named nowhere else.
// The event layer checks neither duplicate keys nor what aliases expand to; both are done here.
#include "foundation/doc/yaml.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/plain_scalar.hpp"
#include "foundation/doc/tree_builder.hpp"

#include <libfyaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>

namespace tollgate::doc {
namespace {

/// Nodes kept as copies because an anchor names them, as a multiple of what aliases may add.
constexpr size_t kAnchorCopiesFactor = 10;

constexpr std::string_view kTextTag = "tag:yaml.org,2002:str";
constexpr std::string_view kCoreTags = "tag:yaml.org,2002:";

struct DiagDeleter {
  void operator()(fy_diag* diag) const { fy_diag_destroy(diag); }
};
struct ParserDeleter {
  void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
};
using Diag = std::unique_ptr<fy_diag, DiagDeleter>;
using Parser = std::unique_ptr<fy_parser, ParserDeleter>;

Mark to_mark(const fy_mark* mark) {
  if (mark == nullptr) return {};
  return {static_cast<uint32_t>(mark->line + 1), static_cast<uint32_t>(mark->column + 1)};
}

std::string token_text(fy_token* token) {
  size_t size = 0;
  const char* text = token == nullptr ? nullptr : fy_token_get_text(token, &size);
  return text == nullptr ? std::string() : std::string(text, size);
}

/// Characters that YAML forbids and the library lets pass.
bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

bool is_quoted(fy_token* scalar) {
  const fy_scalar_style style = fy_token_scalar_style(scalar);
  return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

size_t count_nodes(const Node& node) {
  size_t count = 1;
  if (node.is_array()) {
    for (const Node& item : node.items()) count += count_nodes(item);
  } else if (node.is_object()) {
    for (const Member& member : node.members()) count += count_nodes(member.value);
  }
  return count;
}

int depth_of(const Node& node) {
  int depth = 0;
  if (node.is_array()) {
    for (const Node& item : node.items()) depth = std::max(depth, depth_of(item));
  } else if (node.is_object()) {
    for (const Member& member : node.members()) depth = std::max(depth, depth_of(member.value));
  } else {
    return 0;
  }
  return depth + 1;
}

/// Turns the events of one stream into documents.
class StreamReader {
 public:
  StreamReader(std::string_view file, const YamlLimits& limits) : file_(file), limits_(limits) {}

  /// Takes one event. An error ends the stream.
  Result<> take(fy_event* event) {
    const Mark mark = to_mark(fy_event_start_mark(event));
    switch (event->type) {
      case FYET_DOCUMENT_START:
        anchors_.clear();
        return {};
      case FYET_DOCUMENT_END:
        return end_document();
      case FYET_ALIAS:
        return take_alias(token_text(event->alias.anchor), mark);
      case FYET_SCALAR:
        return take_scalar(event, mark);
      case FYET_SEQUENCE_START:
        TOLLGATE_CHECK(check_tag(event->sequence_start.tag, mark));
        return open(Node::array(), token_text(event->sequence_start.anchor), mark);
      case FYET_MAPPING_START:
        TOLLGATE_CHECK(check_tag(event->mapping_start.tag, mark));
        return open(Node::object(), token_text(event->mapping_start.anchor), mark);
      case FYET_SEQUENCE_END:
      case FYET_MAPPING_END:
        return close();
      default:
        return {};
    }
  }

  std::vector<Node> take_documents() { return std::move(documents_); }

 private:
  tl::unexpected<Error> refuse(Code code, Mark mark, std::string message) const {
    return fail(Error{
        .code = code, .message = std::move(message), .file = std::string(file_), .mark = mark});
  }

  Result<> check_tag(fy_token* tag, Mark mark) const {
    if (tag == nullptr || token_text(tag).starts_with(kCoreTags)) return {};
    return refuse(codes::syntax, mark,
                  fmt::format("tag \"{}\" is not supported; remove it", token_text(tag)));
  }

  Result<> open(Node node, std::string anchor, Mark mark) {
    if (tree_.is_in_object() && !has_key_.back()) {
      return refuse(codes::syntax, mark, "a key must be plain text, not a list or an object");
    }
    if (tree_.depth() >= limits_.depth_max) {
      return refuse(codes::too_deep, mark,
                    fmt::format("nested deeper than {} levels", limits_.depth_max));
    }
    node.set_mark(mark);
    tree_.open(std::move(node));
    has_key_.push_back(false);
    open_anchors_.push_back(std::move(anchor));
    return {};
  }

  Result<> close() {
    Node node = tree_.close();
    has_key_.pop_back();
    const std::string anchor = std::move(open_anchors_.back());
    open_anchors_.pop_back();
    return put(std::move(node), anchor);
  }

  Result<> take_scalar(fy_event* event, Mark mark) {
    TOLLGATE_CHECK(check_tag(event->scalar.tag, mark));
    std::string text = token_text(event->scalar.value);
    const bool is_plain =
        event->scalar.value == nullptr || fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN;
    // The library marks a quoted scalar behind its quote.
    if (!is_plain && is_quoted(event->scalar.value)) --mark.column;
    if (tree_.is_in_object() && !has_key_.back()) return take_key(std::move(text), mark);
    const bool is_text = !is_plain || token_text(event->scalar.tag) == kTextTag;
    Node node = is_text ? Node(std::move(text)) : read_plain_scalar(text);
    node.set_mark(mark);
    return put(std::move(node), token_text(event->scalar.anchor));
  }

  Result<> take_key(std::string key, Mark mark) {
    if (!tree_.key(std::move(key), mark)) {
      return refuse(codes::duplicate_key, mark,
                    fmt::format("key \"{}\" stands twice in one object", tree_.last_key()));
    }
    has_key_.back() = true;
    return {};
  }

  Result<> take_alias(const std::string& name, Mark mark) {
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) {
      return refuse(codes::syntax, mark, fmt::format("alias \"*{}\" has no anchor", name));
    }
    if (tree_.is_in_object() && !has_key_.back()) {
      return refuse(codes::syntax, mark, "an alias cannot be a key");
    }
    alias_nodes_ += found->second.node_count;
    if (alias_nodes_ > limits_.alias_nodes_max) {
      return refuse(codes::alias_limit, mark,
                    fmt::format("aliases add more than {} nodes", limits_.alias_nodes_max));
    }
    if (tree_.depth() + found->second.depth > limits_.depth_max) {
      return refuse(codes::too_deep, mark,
                    fmt::format("nested deeper than {} levels", limits_.depth_max));
    }
    return put(found->second.node, {});
  }

  Result<> put(Node node, const std::string& anchor) {
    if (!anchor.empty()) {
      const size_t node_count = count_nodes(node);
      anchor_nodes_ += node_count;
      if (anchor_nodes_ > limits_.alias_nodes_max * kAnchorCopiesFactor) {
        return refuse(codes::alias_limit, node.mark(), "anchors name too many nodes");
      }
      anchors_[anchor] = {node, node_count, depth_of(node)};
    }
    tree_.put(std::move(node));
    if (tree_.is_in_object()) has_key_.back() = false;
    return {};
  }

  Result<> end_document() {
    Node document = tree_.take_root();
    if (!document.is_null()) documents_.push_back(std::move(document));
    return {};
  }

  struct Anchor {
    Node node;
    size_t node_count = 0;
    int depth = 0;
  };

  std::string_view file_;
  YamlLimits limits_;
  TreeBuilder tree_;
  std::vector<bool> has_key_;              // by level: a key was read, its value comes next
  std::vector<std::string> open_anchors_;  // by level: anchor of the list or object, or empty
  std::map<std::string, Anchor> anchors_;
  size_t alias_nodes_ = 0;
  size_t anchor_nodes_ = 0;
  std::vector<Node> documents_;
};

/// The parser's own first complaint.
Error parser_error(fy_diag* diag, std::string_view file) {
  void* position = nullptr;
  const fy_diag_error* found = fy_diag_errors_iterate(diag, &position);
  Error error{.code = codes::syntax, .message = "the YAML is broken", .file = std::string(file)};
  if (found == nullptr) return error;
  const std::string_view reason = trim(found->msg == nullptr ? "" : found->msg);
  error.message += fmt::format(": {}", reason);
  if (found->line > 0) {
    error.mark = {static_cast<uint32_t>(found->line), static_cast<uint32_t>(found->column)};
  }
  if (reason.find("depth") != std::string_view::npos) error.code = codes::too_deep;
  return error;
}

/// The library takes a callback and prints without one.
void discard_output(fy_diag*, void*, const char*, size_t) {}

}  // namespace

Result<std::vector<Node>> parse_yaml(std::string_view text, std::string_view file,
                                     const YamlLimits& limits) {
  const auto refuse = [&](Code code, std::string message) {
    return fail(Error{.code = code, .message = std::move(message), .file = std::string(file)});
  };
  if (text.size() > limits.bytes_max) {
    return refuse(codes::too_large, fmt::format("the document has {} bytes; the limit is {}",
                                                text.size(), limits.bytes_max));
  }
  if (!is_utf8(text)) return refuse(codes::syntax, "the document is not UTF-8 text");
  if (std::any_of(text.begin(), text.end(), is_control)) {
    return refuse(codes::syntax, "the document holds control characters, which YAML forbids");
  }
  if (trim(text).empty()) return std::vector<Node>{};

  fy_diag_cfg diag_config;
  fy_diag_cfg_default(&diag_config);
  diag_config.fp = nullptr;
  diag_config.output_fn = discard_output;
  diag_config.colorize = false;
  const Diag diag(fy_diag_create(&diag_config));
  if (diag == nullptr) return refuse(codes::internal, "no memory for the YAML reader");
  fy_diag_set_collect_errors(diag.get(), true);

  fy_parse_cfg config{};
  config.flags = static_cast<fy_parse_cfg_flags>(FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE);
  config.diag = diag.get();
  const Parser parser(fy_parser_create(&config));
  if (parser == nullptr || fy_parser_set_string(parser.get(), text.data(), text.size()) != 0) {
    return refuse(codes::internal, "no memory for the YAML reader");
  }

  StreamReader reader(file, limits);
  while (fy_event* event = fy_parser_parse(parser.get())) {
    const bool is_end = event->type == FYET_STREAM_END;
    Result<> taken = reader.take(event);
    fy_parser_event_free(parser.get(), event);
    if (!taken) return tl::unexpected<Error>(std::move(taken).error());
    if (is_end) return reader.take_documents();
  }
  return fail(parser_error(diag.get(), file));
}

}  // namespace tollgate::doc
