// The program's entry: hands the command line to the table of commands.
#include "app/cli/run.hpp"

#include <csignal>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is a failed write, not a reason to die
  tollgate::cli::Terminal terminal = tollgate::cli::process_terminal();
  return tollgate::cli::run(std::vector<std::string>(argv + 1, argv + argc), terminal);
}
