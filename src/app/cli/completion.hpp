// Completion of command lines from the table of commands: the scripts call back with the words
// typed so far.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::cli {

/// Names of resources by the kind of value that wants them: "service", "env", "slo".
using KnownNames = std::map<std::string, std::vector<std::string>, std::less<>>;

/// Script for "bash", "zsh" or "fish".
std::string completion_script(std::string_view shell);
/// What may stand in place of the last word, sorted: command words, options, choices. Nothing
/// means: a file name.
/// Names by the kind of value that wants them come from `names`: "service", "env", "slo".
std::vector<std::string> complete(const std::vector<std::string>& words,
                                  const KnownNames& names = {});

}  // namespace tollgate::cli
