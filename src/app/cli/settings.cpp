#include "app/cli/settings.hpp"

#include "app/cli/command.hpp"
#include "app/cli/files.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/yaml.hpp"

#include <set>

namespace tollgate::cli {
namespace {

std::vector<std::string> file_names(const Terminal& terminal) {
  std::vector<std::string> names = {".tollgate.yaml"};
  const std::string xdg = terminal.variable("XDG_CONFIG_HOME");
  const std::string home = terminal.variable("HOME");
  if (!xdg.empty()) {
    names.push_back(xdg + "/tollgate/config.yaml");
  } else if (!home.empty()) {
    names.push_back(home + "/.config/tollgate/config.yaml");
  }
  names.emplace_back("/etc/tollgate/config.yaml");
  return names;
}

std::vector<std::string> setting_names() {
  std::set<std::string> names;
  for (const CommandDef* command : all_commands()) {
    for (const OptionDef* option : options_of(*command)) {
      if (option->is_setting) names.emplace(option->name);
    }
  }
  return {names.begin(), names.end()};
}

/// A configuration file is a flat map of settings; secrets do not belong into it.
Result<void> check_document(const doc::Node& document, const std::string& file) {
  const auto at = [&file](Mark mark, Code code, std::string message) {
    return fail(Error{.code = code, .message = std::move(message), .file = file, .mark = mark});
  };
  if (!document.is_object()) {
    return at(document.mark(), codes::wrong_type, "a configuration file is a map of settings");
  }
  const std::vector<std::string> known = setting_names();
  for (const doc::Member& member : document.members()) {
    if (std::find(known.begin(), known.end(), member.key) == known.end()) {
      return at(
          member.key_mark, codes::unknown_field,
          fmt::format("there is no setting \"{}\"{}", member.key, did_you_mean(member.key, known)));
    }
    if (member.value.is_object() || member.value.is_array()) {
      return at(member.value.mark(), codes::wrong_type,
                fmt::format("setting \"{}\" is a single value", member.key));
    }
  }
  return {};
}

std::string scalar_text(const doc::Node& node) {
  if (node.is_text()) return node.as_text();
  if (!node.raw().empty()) return node.raw();
  if (node.is_boolean()) return node.as_boolean() ? "true" : "false";
  return node.is_integer() ? std::to_string(node.as_integer()) : std::string();
}

}  // namespace

std::string variable_name(std::string_view setting) {
  std::string name = "TOLLGATE_";
  for (char c : setting) name += c == '-' ? '_' : static_cast<char>(c & ~0x20);
  return name;
}

Result<Settings> Settings::load(const Terminal& terminal) {
  Settings settings(terminal);
  for (const std::string& name : file_names(terminal)) {
    const bool is_there = file_exists(name);
    settings.files_.emplace_back(name, is_there);
    if (!is_there) continue;
    TOLLGATE_TRY(const std::string text, read_file(name));
    TOLLGATE_TRY(std::vector<doc::Node> documents, doc::parse_yaml(text, name));
    if (documents.empty()) continue;
    TOLLGATE_CHECK(check_document(documents.front(), name));
    settings.documents_.emplace_back(name, std::move(documents.front()));
  }
  return settings;
}

std::optional<Setting> Settings::find(std::string_view name) const {
  const std::string variable = variable_name(name);
  if (std::string value = terminal_->variable(variable); !value.empty()) {
    return Setting{.value = std::move(value), .origin = variable};
  }
  for (const auto& [file, document] : documents_) {
    const doc::Node* node = document.find(name);
    if (node == nullptr || node->is_null()) continue;
    return Setting{.value = scalar_text(*node),
                   .origin = fmt::format("{}:{}", file, node->mark().line)};
  }
  return std::nullopt;
}

}  // namespace tollgate::cli
