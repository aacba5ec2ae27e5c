// Completion of command lines from the table of commands: the scripts call back with the words
// typed so far.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::cli {

/// Script for "bash", "zsh" or "fish".
std::string completion_script(std::string_view shell);
/// What may stand in place of the last word, sorted: command words, options, choices. Nothing
/// means: a file name.
std::vector<std::string> complete(const std::vector<std::string>& words);

}  // namespace tollgate::cli
