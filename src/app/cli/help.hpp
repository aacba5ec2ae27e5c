// Help of every kind, from the table of commands.
#pragma once

#include "app/cli/command.hpp"
#include "app/render/output.hpp"
#include "foundation/doc/node.hpp"

#include <string>
#include <string_view>

namespace tollgate::cli {

/// Text broken at spaces, for a terminal; lines behind the first begin with `indent` spaces. Line
/// breaks in it stay, and so do lines that begin with a space.
std::string wrapped(std::string_view text, size_t indent);
/// What `tollgate` alone shows: the commands of every day and three examples.
std::string first_screen(const render::Palette& palette);
/// Every command, by group, and the exit codes.
std::string all_help(const render::Palette& palette);
/// The commands that begin with these words ("ledger").
std::string prefix_help(std::string_view prefix, const render::Palette& palette);
/// --help of one command.
std::string command_help(const CommandDef& command, const render::Palette& palette);
/// The table of commands and the exit codes as JSON, for tools.
doc::Node describe_commands();

}  // namespace tollgate::cli
