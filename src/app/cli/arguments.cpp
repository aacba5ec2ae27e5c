#include "app/cli/arguments.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::cli {
namespace {

constexpr size_t kNameWordsMax = 3;

/// A word such as --name, --name=value, -o, -ojson, split up.
struct Flag {
  std::string name;
  std::string value;
  bool has_value = false;
  bool is_letter = false;
};

bool looks_like_option(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

Flag split_flag(std::string_view word) {
  if (!word.starts_with("--")) {
    return {.name = std::string(word.substr(1, 1)),
            .value = std::string(word.substr(2)),
            .has_value = word.size() > 2,
            .is_letter = true};
  }
  word.remove_prefix(2);
  const size_t equals = word.find('=');
  if (equals == std::string_view::npos) return {.name = std::string(word), .value = {}};
  return {.name = std::string(word.substr(0, equals)),
          .value = std::string(word.substr(equals + 1)),
          .has_value = true};
}

const OptionDef* match(std::span<const OptionDef* const> options, const Flag& flag) {
  for (const OptionDef* option : options) {
    const bool is_match = flag.is_letter ? option->letter != 0 && flag.name[0] == option->letter
                                         : option->name == flag.name;
    if (is_match) return option;
  }
  return nullptr;
}

std::vector<const OptionDef*> pointers(std::span<const OptionDef> options) {
  std::vector<const OptionDef*> list;
  for (const OptionDef& option : options) list.push_back(&option);
  return list;
}

/// Index of the first word that belongs to the command's name: options before it are common ones.
size_t first_name_word(const std::vector<std::string>& words) {
  static const std::vector<const OptionDef*> known = pointers(common_options(Common::backend));
  size_t at = 0;
  while (at < words.size() && looks_like_option(words[at])) {
    const Flag flag = split_flag(words[at]);
    const OptionDef* option = match(known, flag);
    const bool takes_next = option != nullptr && !option->value.empty() && !flag.has_value;
    at += takes_next ? 2 : 1;
  }
  return std::min(at, words.size());
}

struct Found {
  const CommandDef* command = nullptr;
  size_t words = 0;
  std::string prefix;  // of several commands, if none fits whole
};

Found find_command(const std::vector<std::string>& words, size_t from) {
  Found found;
  std::string name;
  for (size_t count = 1; count <= kNameWordsMax && from + count <= words.size(); ++count) {
    name += (count > 1 ? " " : "") + words[from + count - 1];
    for (const CommandDef* command : all_commands()) {
      if (command->name == name) found = {.command = command, .words = count, .prefix = {}};
      if (found.command == nullptr && command->name.starts_with(name + " ")) {
        found.words = count;
        found.prefix = name;
      }
    }
  }
  return found;
}

std::vector<std::string> names_below(std::string_view prefix) {
  std::vector<std::string> names;
  for (const CommandDef* command : all_commands()) {
    if (command->is_hidden) continue;
    std::string_view name = command->name;
    if (!prefix.empty()) {
      if (!name.starts_with(std::string(prefix) + " ")) continue;
      name.remove_prefix(prefix.size() + 1);
    }
    name = name.substr(0, name.find(' '));
    if (names.empty() || names.back() != name) names.emplace_back(name);
  }
  return names;
}

tl::unexpected<Error> unknown_command(const std::string& word, const std::string& prefix) {
  const std::vector<std::string> names = names_below(prefix);
  Error error{.code = codes::unknown_name,
              .message = fmt::format("there is no command \"{}{}{}\"{}", prefix,
                                     prefix.empty() ? "" : " ", word, did_you_mean(word, names))};
  error.help = prefix.empty() ? "`tollgate help all` lists all commands"
                              : fmt::format("known are: {}", join(names, ", "));
  return fail(std::move(error));
}

tl::unexpected<Error> unknown_option(const CommandDef& command, const std::string& word,
                                     const Flag& flag) {
  std::vector<std::string> names;
  for (const OptionDef* option : options_of(command)) names.emplace_back(option->name);
  const std::string nearest = flag.is_letter ? std::string() : nearest_name(flag.name, names);
  Error error{
      .code = codes::bad_usage,
      .message = fmt::format("{} has no option {}{}", command.name, word.substr(0, word.find('=')),
                             nearest.empty() ? "" : "; did you mean --" + nearest + "?")};
  error.help = fmt::format("`tollgate {} --help` lists all options", command.name);
  return fail(std::move(error));
}

Result<void> check_choice(std::string_view what, std::string_view choices,
                          const std::string& value) {
  if (choices.empty()) return {};
  std::vector<std::string> known;
  for (std::string_view choice : split(choices, '|')) known.emplace_back(choice);
  if (std::find(known.begin(), known.end(), value) != known.end()) return {};
  const std::string nearest = nearest_name(value, known);
  Error error{
      .code = codes::bad_usage,
      .message = fmt::format("{} cannot be \"{}\"{}", what, value, did_you_mean(value, known)),
      .help = fmt::format("one of: {}", join(known, ", "))};
  return fail(std::move(error));
}

/// Takes the option at words[at]; the index behind it and its value.
Result<size_t> take_option(const std::vector<std::string>& words, size_t at,
                           std::span<const OptionDef* const> options, Arguments& result) {
  Flag flag = split_flag(words[at]);
  if (flag.name == "help" || (flag.is_letter && flag.name == "h")) {
    result.wants_help = true;
    return at + 1;
  }
  const OptionDef* option = match(options, flag);
  if (option == nullptr) return unknown_option(*result.command, words[at], flag);
  const std::string shown = "--" + std::string(option->name);
  size_t next = at + 1;
  if (option->value.empty()) {
    if (flag.has_value) return fail(codes::bad_usage, "{} takes no value", shown);
  } else if (!flag.has_value) {
    if (next >= words.size()) {
      return fail(codes::bad_usage, "{} needs a value: {} {}", shown, shown, option->value);
    }
    flag.value = words[next++];
  }
  const std::string_view choices =
      option->name == "output" ? result.command->formats : option->choices;
  TOLLGATE_CHECK(check_choice(shown, choices, flag.value));
  auto& values = result.options[std::string(option->name)];
  if (!values.empty() && !option->is_repeated) {
    return fail(codes::bad_usage, "{} is given twice", shown);
  }
  values.push_back(std::move(flag.value));
  return next;
}

Result<void> check_values(const Arguments& arguments) {
  const CommandDef& command = *arguments.command;
  size_t at = 0;
  for (const ArgumentDef& argument : command.arguments) {
    if (at >= arguments.values.size()) {
      if (!argument.is_required) break;
      return fail(codes::bad_usage, "{} needs {}: {}", command.name, argument.name, argument.doc);
    }
    const size_t end = argument.is_repeated ? arguments.values.size() : at + 1;
    for (; at < end; ++at) {
      TOLLGATE_CHECK(check_choice(argument.name, argument.choices, arguments.values[at]));
    }
  }
  if (at < arguments.values.size()) {
    return fail(codes::bad_usage, "{} takes no argument \"{}\"", command.name,
                arguments.values[at]);
  }
  return {};
}

}  // namespace

std::vector<const OptionDef*> options_of(const CommandDef& command) {
  std::vector<const OptionDef*> list = pointers(command.options);
  for (const OptionDef& option : common_options(command.common)) {
    if (option.name != "output" || !command.formats.empty()) list.push_back(&option);
  }
  return list;
}

const OptionDef* find_option(const CommandDef& command, std::string_view name) {
  for (const OptionDef* option : options_of(command)) {
    if (option->name == name) return option;
  }
  return nullptr;
}

Result<Arguments> parse_arguments(const std::vector<std::string>& words) {
  Arguments result;
  const size_t from = first_name_word(words);
  const auto is_help = [](const std::string& word) { return word == "--help" || word == "-h"; };
  result.wants_help =
      std::any_of(words.begin(), words.begin() + static_cast<ptrdiff_t>(from), is_help);
  if (from == words.size()) return result;

  const Found found = find_command(words, from);
  result.prefix = found.prefix;
  if (found.command == nullptr) {
    const size_t next = from + found.words;
    if (next < words.size() && is_help(words[next])) result.wants_help = true;
    if (found.words > 0 && (next == words.size() || result.wants_help)) return result;
    return unknown_command(words[next], found.prefix);
  }
  result.command = found.command;
  const std::vector<const OptionDef*> options = options_of(*found.command);
  bool only_values = false;
  for (size_t at = 0; at < words.size();) {
    if (at == from) at += found.words;
    if (at >= words.size()) break;
    if (!only_values && words[at] == "--") {
      only_values = true;
      ++at;
    } else if (!only_values && looks_like_option(words[at])) {
      TOLLGATE_TRY(at, take_option(words, at, options, result));
    } else {
      result.values.push_back(words[at++]);
    }
  }
  if (!result.wants_help) TOLLGATE_CHECK(check_values(result));
  return result;
}

}  // namespace tollgate::cli
