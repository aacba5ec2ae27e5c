// What a command is. From this one table come parsing, help, did-you-mean, completion and
// `describe`. A new command is one CommandDef in commands/ and one line in commands/all.cpp.
#pragma once

#include "foundation/base/error.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace tollgate::cli {

class Invocation;

struct OptionDef {
  std::string_view name;            // "service", given as --service
  std::string_view value = {};      // "NAME"; empty for a switch
  std::string_view doc = {};        // one sentence
  std::string_view otherwise = {};  // value when not given
  std::string_view choices = {};    // "allow|deny"; empty: anything
  char letter = 0;                  // 'o' for -o
  bool is_required = false;
  bool is_repeated = false;
  bool is_setting = false;  // may also come from TOLLGATE_<NAME> or a configuration file
};

struct ArgumentDef {
  std::string_view name;  // "FILE"
  std::string_view doc = {};
  std::string_view choices = {};
  bool is_required = true;
  bool is_repeated = false;  // takes all that follow
};

enum class Group { everyday, policy, signals, assurance, server };

/// Options that several commands share; see common_options().
enum class Common { none, output, backend };

struct CommandDef {
  std::string_view name;  // "ledger verify"
  Group group = Group::everyday;
  std::string_view summary;        // one line, for lists
  std::string_view doc = {};       // what it does and gives, for --help
  std::string_view examples = {};  // one command a line
  std::vector<ArgumentDef> arguments = {};
  std::vector<OptionDef> options = {};
  std::string_view formats = {};  // of -o, such as "table|json"; empty: there is no -o
  Common common = Common::output;
  bool is_hidden = false;
  bool only_reads = false;  // local mode: a data directory must be there already
  /// The exit code. Errors are printed by the caller and end with the exit code of their catalogue
  /// row.
  Result<int> (*run)(Invocation& call) = nullptr;
};

/// Every command, sorted by name.
std::span<const CommandDef* const> all_commands();
/// Options that every command of that kind takes beside its own.
std::span<const OptionDef> common_options(Common common);
/// The option of `command` called `name`, own or common; null if it has none.
const OptionDef* find_option(const CommandDef& command, std::string_view name);
/// All options of a command: its own, then the common ones.
std::vector<const OptionDef*> options_of(const CommandDef& command);

}  // namespace tollgate::cli
