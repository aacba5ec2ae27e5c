#include "app/cli/help.hpp"

#include "app/cli/exit_codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace tollgate::cli {
namespace {

using render::Palette;
using render::Tone;

constexpr size_t kTextWidth = 92;
constexpr size_t kNameColumn = 22;

std::string_view group_title(Group group) {
  switch (group) {
    case Group::everyday:
      return "Every day";
    case Group::policy:
      return "Policy as code";
    case Group::signals:
      return "Signals";
    case Group::assurance:
      return "Assurance";
    case Group::server:
      return "Server and tool";
  }
  return "";
}

constexpr std::array kGroups = {Group::everyday, Group::policy, Group::signals, Group::assurance,
                                Group::server};

std::string entry(const std::string& name, std::string_view doc, size_t column = kNameColumn) {
  const std::string left = "  " + name;
  if (render::width_of(left) + 2 > column) {
    return fmt::format("{}\n{}{}\n", left, std::string(column, ' '), wrapped(doc, column));
  }
  return fmt::format("{}{}\n", render::padded(left, column), wrapped(doc, column));
}

std::string group_lines(Group group, const Palette& palette) {
  std::string text = palette.paint(Tone::strong, group_title(group)) + "\n";
  for (const CommandDef* command : all_commands()) {
    if (command->group != group || command->is_hidden) continue;
    text += entry(std::string(command->name), command->summary);
  }
  return text + "\n";
}

std::string_view noun_of(const CommandDef& command) {
  return command.name.substr(0, command.name.find(' '));
}

/// One line for each noun of a group: a command that is one word, or the verbs of a noun.
std::string noun_lines(Group group, const Palette& palette) {
  std::map<std::string_view, std::string> docs;  // by noun
  for (const CommandDef* command : all_commands()) {
    if (command->group != group || command->is_hidden) continue;
    const std::string_view noun = noun_of(*command);
    std::string& doc = docs[noun];
    if (noun == command->name) {
      doc = command->summary;
    } else if (doc.empty() || !doc.ends_with('.')) {
      if (!doc.empty()) doc += ", ";
      doc += command->name.substr(noun.size() + 1);
    }
  }
  std::string text = palette.paint(Tone::strong, group_title(group)) + "\n";
  for (const auto& [noun, doc] : docs) text += entry(std::string(noun), doc, 16);
  return text + "\n";
}

/// The nouns that the first screen does not show.
std::string other_nouns() {
  std::vector<std::string> nouns;
  for (const CommandDef* command : all_commands()) {
    if (command->is_hidden || command->group == Group::everyday || command->group == Group::policy)
      continue;
    const std::string noun(noun_of(*command));
    if (std::find(nouns.begin(), nouns.end(), noun) == nouns.end()) nouns.push_back(noun);
  }
  return join(nouns, ", ");
}

std::string usage(const CommandDef& command) {
  std::string text = fmt::format("tollgate {}", command.name);
  for (const ArgumentDef& argument : command.arguments) {
    std::string name(argument.name);
    if (argument.is_repeated) name += "...";
    text += argument.is_required ? " " + name : " [" + name + "]";
  }
  for (const OptionDef& option : command.options) {
    if (option.is_required) text += fmt::format(" --{} {}", option.name, option.value);
  }
  return text + " [OPTIONS]";
}

std::string option_name(const OptionDef& option) {
  std::string name = option.letter != 0 ? fmt::format("-{}, ", option.letter) : std::string();
  name += fmt::format("--{}", option.name);
  if (!option.value.empty()) name += fmt::format(" {}", option.value);
  return name;
}

std::string words_of_choices(std::string_view choices) {
  std::string words;
  for (std::string_view choice : split(choices, '|')) {
    words += fmt::format("{}{}", words.empty() ? "" : ", ", choice);
  }
  return words;
}

std::string option_doc(const CommandDef& command, const OptionDef& option) {
  std::string doc(option.doc);
  const std::string_view choices = option.name == "output" ? command.formats : option.choices;
  if (!choices.empty()) doc += fmt::format(" One of: {}.", words_of_choices(choices));
  if (!option.otherwise.empty()) doc += fmt::format(" Default: {}.", option.otherwise);
  if (option.is_required) doc += " Required.";
  return doc;
}

std::string options_text(const CommandDef& command, const Palette& palette) {
  constexpr size_t kColumn = 28;
  std::string own;
  std::string common;
  const OptionDef* own_end = command.options.data() + command.options.size();
  for (const OptionDef* option : options_of(command)) {
    const bool is_own = option >= command.options.data() && option < own_end;
    (is_own ? own : common) += entry(option_name(*option), option_doc(command, *option), kColumn);
  }
  std::string text;
  if (!own.empty()) text += palette.paint(Tone::strong, "Options") + "\n" + own + "\n";
  if (!common.empty()) text += palette.paint(Tone::strong, "Common options") + "\n" + common + "\n";
  return text;
}

std::string indented(std::string_view lines) {
  std::string text;
  for (std::string_view line : split(lines, '\n')) text += fmt::format("  {}\n", line);
  return text;
}

doc::Node option_json(const CommandDef& command, const OptionDef& option) {
  const std::string_view choices = option.name == "output" ? command.formats : option.choices;
  doc::Node node = doc::Node::object({{"name", option.name}, {"doc", option.doc}});
  if (option.letter != 0) node.set("letter", std::string(1, option.letter));
  if (!option.value.empty()) node.set("value", option.value);
  if (!option.otherwise.empty()) node.set("default", option.otherwise);
  if (!choices.empty()) {
    doc::Node& list = node.set("choices", doc::Node::array());
    for (std::string_view choice : split(choices, '|')) list.push(choice);
  }
  node.set("required", option.is_required);
  node.set("repeated", option.is_repeated);
  return node;
}

doc::Node command_json(const CommandDef& command) {
  doc::Node node = doc::Node::object({{"name", command.name},
                                      {"group", group_title(command.group)},
                                      {"summary", command.summary},
                                      {"doc", command.doc},
                                      {"usage", usage(command)}});
  doc::Node& arguments = node.set("arguments", doc::Node::array());
  for (const ArgumentDef& argument : command.arguments) {
    arguments.push(doc::Node::object({{"name", argument.name},
                                      {"doc", argument.doc},
                                      {"required", argument.is_required},
                                      {"repeated", argument.is_repeated}}));
  }
  doc::Node& options = node.set("options", doc::Node::array());
  for (const OptionDef* option : options_of(command)) options.push(option_json(command, *option));
  doc::Node& examples = node.set("examples", doc::Node::array());
  for (std::string_view line : split(command.examples, '\n')) {
    if (!line.empty()) examples.push(line);
  }
  return node;
}

}  // namespace

std::string wrapped(std::string_view text, size_t indent) {
  std::string out;
  for (std::string_view paragraph : split(text, '\n')) {
    if (!out.empty()) out += "\n" + std::string(paragraph.empty() ? 0 : indent, ' ');
    if (paragraph.starts_with(' ')) {  // set by hand, such as a table
      out += paragraph;
      continue;
    }
    size_t column = indent;
    bool is_first = true;
    for (std::string_view word : split(paragraph, ' ')) {
      if (word.empty()) continue;
      if (!is_first && column + 1 + render::width_of(word) > kTextWidth) {
        out += "\n" + std::string(indent, ' ');
        column = indent;
      } else if (!is_first) {
        out += ' ';
        ++column;
      }
      out += word;
      column += render::width_of(word);
      is_first = false;
    }
  }
  return out;
}

std::string first_screen(const Palette& palette) {
  std::string text =
      palette.paint(Tone::strong, "tollgate") +
      " - may this release go? A release pays for its passage with error budget.\n\n";
  text += noun_lines(Group::everyday, palette);
  text += noun_lines(Group::policy, palette);
  text += palette.paint(Tone::strong, "Examples") + "\n";
  text += indented(
      "tollgate init && tollgate check .tollgate\n"
      "tollgate record junit.xml --service checkout --commit 3f2c1a\n"
      "tollgate gate --service checkout --env production --version 2.4.0 --commit 3f2c1a");
  text += fmt::format(
      "\nMore: {}:\n`tollgate help all`. One command: `tollgate gate --help`.\n"
      "Gate exit codes: 0 allow, 10 deny, 11 hold, 12 inconclusive; all: `tollgate explain "
      "codes`.\n",
      other_nouns());
  return text;
}

std::string all_help(const Palette& palette) {
  std::string text;
  for (Group group : kGroups) text += group_lines(group, palette);
  text += palette.paint(Tone::strong, "Exit codes") + "\n";
  for (const ExitCode& row : exit_codes()) text += entry(std::to_string(row.code), row.meaning, 8);
  text +=
      "\nConfiguration: options, then TOLLGATE_* variables, then ./.tollgate.yaml, "
      "~/.config/tollgate/config.yaml, /etc/tollgate/config.yaml.\n"
      "`tollgate version --config` shows where each value comes from. Secrets only by "
      "TOLLGATE_TOKEN or TOLLGATE_TOKEN_FILE.\n";
  return text;
}

std::string prefix_help(std::string_view prefix, const Palette& palette) {
  std::string text =
      fmt::format("{} tollgate {} COMMAND\n\n", palette.paint(Tone::strong, "Usage:"), prefix);
  for (const CommandDef* command : all_commands()) {
    if (command->is_hidden || !command->name.starts_with(std::string(prefix) + " ")) continue;
    text += entry(std::string(command->name), command->summary);
  }
  return text + fmt::format("\n`tollgate {} COMMAND --help` says more.\n", prefix);
}

std::string command_help(const CommandDef& command, const Palette& palette) {
  std::string text = fmt::format("{} {}\n\n{}\n\n", palette.paint(Tone::strong, "Usage:"),
                                 usage(command), wrapped(command.summary, 0));
  if (!command.doc.empty()) text += wrapped(command.doc, 0) + "\n\n";
  if (!command.arguments.empty()) {
    text += palette.paint(Tone::strong, "Arguments") + "\n";
    for (const ArgumentDef& argument : command.arguments) {
      std::string doc(argument.doc);
      if (!argument.choices.empty()) {
        doc += fmt::format(" One of: {}.", words_of_choices(argument.choices));
      }
      text += entry(std::string(argument.name), doc, 28);
    }
    text += "\n";
  }
  text += options_text(command, palette);
  if (!command.examples.empty()) {
    text += palette.paint(Tone::strong, "Examples") + "\n" + indented(command.examples);
  }
  return text;
}

doc::Node describe_commands() {
  doc::Node commands = doc::Node::array();
  for (const CommandDef* command : all_commands()) {
    if (!command->is_hidden) commands.push(command_json(*command));
  }
  doc::Node codes = doc::Node::array();
  for (const ExitCode& row : exit_codes()) {
    codes.push(doc::Node::object({{"code", row.code}, {"meaning", row.meaning}}));
  }
  return doc::Node::object({{"commands", std::move(commands)}, {"exit_codes", std::move(codes)}});
}

}  // namespace tollgate::cli
