// Reads the words of a command line by the table of commands. Pure: no environment, no files.
#pragma once

#include "app/cli/command.hpp"

#include <map>
#include <string>
#include <vector>

namespace tollgate::cli {

/// What somebody typed, understood.
struct Arguments {
  const CommandDef* command = nullptr;  // null: none was named, or only the first word of several
  std::string prefix;  // words that begin several commands ("ledger"), if no command is named
  bool wants_help = false;
  std::vector<std::string> values;                          // positional arguments
  std::map<std::string, std::vector<std::string>> options;  // by name; switches hold ""
};

/// Errors: bad_usage, unknown_name with the nearest command or option.
Result<Arguments> parse_arguments(const std::vector<std::string>& words);

}  // namespace tollgate::cli
