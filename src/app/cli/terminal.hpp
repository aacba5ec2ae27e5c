// The surroundings of a command: streams, environment variables, clock. Handed in, so that tests
// run commands in process.
#pragma once

#include "foundation/base/error.hpp"
#include "foundation/base/time.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace tollgate::cli {

struct Terminal {
  std::function<void(std::string_view)> out;                // data
  std::function<void(std::string_view)> err;                // everything meant for a person
  std::function<Result<std::string>()> read_input;          // all of standard input
  std::function<std::string(const std::string&)> variable;  // of the environment; empty if unset
  std::function<Time()> now;
  std::function<void(Duration)> sleep;
  bool is_out_tty = false;
  bool is_err_tty = false;
};

/// The terminal, environment and clock of this process.
Terminal process_terminal();

}  // namespace tollgate::cli
