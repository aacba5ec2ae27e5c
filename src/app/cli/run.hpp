// Runs one command line: the only entry for main and for tests.
#pragma once

#include "app/cli/terminal.hpp"

#include <string>
#include <vector>

namespace tollgate::cli {

/// `words` without the program's name. Returns the process exit code; everything else went to the
/// terminal.
int run(const std::vector<std::string>& words, Terminal& terminal);

}  // namespace tollgate::cli
