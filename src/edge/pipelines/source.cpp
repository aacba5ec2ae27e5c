#include "edge/pipelines/source.hpp"

#include "edge/pipelines/shell.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/yaml.hpp"

#include <algorithm>

namespace tollgate::pipelines {
namespace {

/// Template actions ({{ ... }}): a line of nothing else becomes empty, others
/// get a word instead.
std::string without_templates(std::string_view text) {
  std::string out;
  for (const std::string_view line : split(text, '\n')) {
    const std::string_view bare = trim(line);
    if (bare.starts_with("{{") && bare.ends_with("}}") && bare.find("{{", 2) == std::string::npos) {
      out += '\n';
      continue;
    }
    size_t at = 0;
    while (at < line.size()) {
      const size_t begin = line.find("{{", at);
      const size_t end = begin == std::string_view::npos ? begin : line.find("}}", begin);
      if (end == std::string_view::npos) break;
      out += line.substr(at, begin - at);
      out += "template";
      at = end + 2;
    }
    out += line.substr(std::min(at, line.size()));
    out += '\n';
  }
  return out;
}

/// GitLab's "!reference [.job, script]" as the list that it is.
std::string without_references(std::string_view text) {
  constexpr std::string_view kTag = "!reference";
  std::string out(text);
  for (size_t at = out.find(kTag); at != std::string::npos; at = out.find(kTag, at))
    out.replace(at, kTag.size(), kTag.size(), ' ');
  return out;
}

/// Brackets that close a list further left than YAML wants, as many tools let
/// pass, moved inwards.
std::string with_brackets_inside(std::string_view text) {
  std::string out;
  for (const std::string_view line : split(text, '\n')) {
    const std::string_view bare = trim(line);
    if (bare.starts_with(']') || bare.starts_with('}')) out += "        ";
    out += line;
    out += '\n';
  }
  return out;
}

}  // namespace

bool ends_with_yaml(std::string_view path) {
  return path.ends_with(".yml") || path.ends_with(".yaml");
}

std::string_view base_name(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

Result<std::vector<doc::Node>> documents(const SourceFile& file) {
  const doc::YamlLimits limits{.bytes_max = kFileBytesMax};
  Result<std::vector<doc::Node>> parsed = doc::parse_yaml(file.text, file.path, limits);
  for (std::string (*repaired)(std::string_view) :
       {without_references, without_templates, with_brackets_inside}) {
    if (parsed) return parsed;
    Result<std::vector<doc::Node>> again = doc::parse_yaml(repaired(file.text), file.path, limits);
    if (again) return again;
  }
  return parsed;
}

const doc::Node* member(const doc::Node& node, std::string_view key) {
  if (!node.is_object()) return nullptr;
  if (const doc::Node* own = node.find(key)) return own;
  const doc::Node* merged = node.find("<<");
  if (merged == nullptr) return nullptr;
  if (merged->is_object()) return member(*merged, key);
  if (!merged->is_array()) return nullptr;
  for (const doc::Node& item : merged->items()) {
    if (const doc::Node* found = member(item, key)) return found;
  }
  return nullptr;
}

std::string text_of(const doc::Node* node) {
  if (node == nullptr) return {};
  if (node->is_text()) return node->as_text();
  if (!node->raw().empty()) return node->raw();
  if (node->is_boolean()) return node->as_boolean() ? "true" : "false";
  return node->is_integer() ? std::to_string(node->as_integer()) : std::string();
}

bool is_true(const doc::Node* node) { return lower_case(text_of(node)) == "true"; }

uint32_t line_of(const doc::Node& node) { return std::max<uint32_t>(node.mark().line, 1); }

std::vector<const doc::Node*> texts_of(const doc::Node* node) {
  std::vector<const doc::Node*> texts;
  if (node == nullptr) return texts;
  if (!node->is_array()) {
    if (!text_of(node).empty()) texts.push_back(node);
    return texts;
  }
  for (const doc::Node& item : node->items()) {
    const std::vector<const doc::Node*> inner = texts_of(&item);
    texts.insert(texts.end(), inner.begin(), inner.end());
  }
  return texts;
}

std::vector<std::string> names_of(const doc::Node* node) {
  std::vector<std::string> names;
  for (const doc::Node* text : texts_of(node)) names.push_back(text_of(text));
  return names;
}

std::vector<Command> commands_at(std::string_view file_text, uint32_t line,
                                 std::string_view script) {
  std::vector<Command> commands = shell_commands(script);
  const std::vector<std::string_view> lines = split(file_text, '\n');
  size_t at = line > 0 ? line - 1 : 0;
  for (Command& command : commands) {
    // A command begins where its first words stand, not before the command in
    // front of it.
    std::string_view words = std::string_view(command.text).substr(0, 24);
    size_t found = lines.size();
    while (!words.empty() && found == lines.size()) {
      for (size_t i = at; i < lines.size() && found == lines.size(); ++i) {
        if (lines[i].find(words) != std::string_view::npos) found = i;
      }
      const size_t space = words.rfind(' ');
      words = space == std::string_view::npos ? std::string_view() : words.substr(0, space);
    }
    if (found < lines.size()) at = found;
    command.line = static_cast<uint32_t>(at + 1);
  }
  return commands;
}

}  // namespace tollgate::pipelines
