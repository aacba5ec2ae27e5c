#include "app/cli/exit_codes.hpp"

#include <array>

namespace tollgate::cli {

std::span<const ExitCode> exit_codes() {
  static constexpr std::array<ExitCode, 14> table = {{
      {kExitDone, "done; for a gate: allow"},
      {kExitInternal, "internal or input/output error"},
      {kExitUsage, "wrong usage"},
      {kExitProblems, "a check found problems, or a file could not be read as what it should be"},
      {kExitNotAllowed, "not authenticated or not allowed"},
      {kExitNotFound, "not found"},
      {kExitConflict, "conflict: changed meanwhile, key used twice, directory in use"},
      {kExitDeny, "gate: deny"},
      {kExitHold, "gate: hold, ask again later"},
      {kExitInconclusive, "gate: inconclusive, too little or no data"},
      {kExitRolledBack, "the watched release was rolled back"},
      {kExitUnreachable, "server unreachable, no verdict was made"},
      {kExitNotVerified, "verification or replay failed"},
      {kExitTimeout, "timed out"},
  }};
  return table;
}

int verdict_exit_code(std::string_view verdict) {
  if (verdict == "allow") return kExitDone;
  if (verdict == "deny") return kExitDeny;
  if (verdict == "hold") return kExitHold;
  return kExitInconclusive;
}

}  // namespace tollgate::cli
