#include "app/cli/completion.hpp"

#include "app/cli/command.hpp"
#include "foundation/base/text.hpp"

#include <set>

namespace tollgate::cli {
namespace {

constexpr std::string_view kBash = R"(_tollgate() {
  local IFS=$'\n'
  COMPREPLY=($(tollgate __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _tollgate tollgate
)";

constexpr std::string_view kZsh = R"(#compdef tollgate
_tollgate() {
  local -a candidates
  candidates=("${(@f)$(tollgate __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "${candidates[1]}" ]]; then compadd -- $candidates; else _files; fi
}
compdef _tollgate tollgate
)";

constexpr std::string_view kFish = R"(function __tollgate_complete
  set -l words (commandline -opc) (commandline -ct)
  tollgate __complete -- $words[2..-1] 2>/dev/null
end
complete -c tollgate -a '(__tollgate_complete)'
)";

const CommandDef* command_of(const std::vector<std::string>& words, size_t& name_words) {
  const CommandDef* found = nullptr;
  std::string name;
  for (size_t i = 0; i < words.size(); ++i) {
    name += (i > 0 ? " " : "") + words[i];
    for (const CommandDef* command : all_commands()) {
      if (command->name != name || command->is_hidden) continue;
      found = command;
      name_words = i + 1;
    }
  }
  return found;
}

void add_next_words(const std::vector<std::string>& before, std::set<std::string>& candidates) {
  const std::string prefix = before.empty() ? "" : join(before, " ") + " ";
  for (const CommandDef* command : all_commands()) {
    if (command->is_hidden || !command->name.starts_with(prefix)) continue;
    const std::string_view rest = command->name.substr(prefix.size());
    candidates.emplace(rest.substr(0, rest.find(' ')));
  }
}

void add_choices(std::string_view choices, std::set<std::string>& candidates) {
  if (choices.empty()) return;
  for (std::string_view choice : split(choices, '|')) candidates.emplace(choice);
}

/// The option that wants `word`'s successor as its value; null if there is none.
const OptionDef* awaits_value(const CommandDef& command, const std::string& word) {
  for (const OptionDef* option : options_of(command)) {
    if (option->value.empty()) continue;
    if (word == "--" + std::string(option->name)) return option;
    if (option->letter != 0 && word == std::string("-") + option->letter) return option;
  }
  return nullptr;
}

void add_for_command(const CommandDef& command, const std::vector<std::string>& before,
                     size_t name_words, const std::string& last, const KnownNames& names,
                     std::set<std::string>& candidates) {
  const auto add_names = [&](std::string_view kind) {
    const auto known = names.find(kind);
    if (known != names.end()) candidates.insert(known->second.begin(), known->second.end());
  };
  const OptionDef* waiting =
      before.size() > name_words ? awaits_value(command, before.back()) : nullptr;
  if (waiting != nullptr) {
    add_names(waiting->name);
    add_choices(waiting->name == "output" ? command.formats : waiting->choices, candidates);
    return;
  }
  if (last.starts_with("-")) {
    for (const OptionDef* option : options_of(command)) {
      candidates.emplace("--" + std::string(option->name));
    }
    candidates.emplace("--help");
    return;
  }
  for (const ArgumentDef& argument : command.arguments) {
    add_choices(argument.choices, candidates);
    if (argument.name == "SERVICE/SLO") add_names("slo");
  }
}

}  // namespace

std::string completion_script(std::string_view shell) {
  return std::string(shell == "zsh" ? kZsh : shell == "fish" ? kFish : kBash);
}

std::vector<std::string> complete(const std::vector<std::string>& words, const KnownNames& names) {
  std::vector<std::string> before = words;
  const std::string last = words.empty() ? "" : words.back();
  if (!before.empty()) before.pop_back();
  std::set<std::string> candidates;
  size_t name_words = 0;
  const CommandDef* command = command_of(before, name_words);
  if (command == nullptr || before.size() == name_words) add_next_words(before, candidates);
  if (command != nullptr) add_for_command(*command, before, name_words, last, names, candidates);
  std::vector<std::string> fitting;
  for (const std::string& candidate : candidates) {
    if (candidate.starts_with(last)) fitting.push_back(candidate);
  }
  return fitting;
}

}  // namespace tollgate::cli
