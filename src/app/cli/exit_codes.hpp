// Exit codes of every command. Frozen: pipelines depend on them. Codes of errors stand in the error
// catalogue.
#pragma once

#include <span>
#include <string_view>

namespace tollgate::cli {

inline constexpr int kExitDone = 0;
inline constexpr int kExitInternal = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitProblems = 3;
inline constexpr int kExitNotAllowed = 4;
inline constexpr int kExitNotFound = 5;
inline constexpr int kExitConflict = 6;
inline constexpr int kExitDeny = 10;
inline constexpr int kExitHold = 11;
inline constexpr int kExitInconclusive = 12;
inline constexpr int kExitRolledBack = 13;
inline constexpr int kExitUnreachable = 20;
inline constexpr int kExitNotVerified = 30;
inline constexpr int kExitTimeout = 124;

struct ExitCode {
  int code;
  std::string_view meaning;
};
/// The table, sorted by code.
std::span<const ExitCode> exit_codes();
/// Exit code of a verdict word: "allow", "deny", "hold" or "inconclusive".
int verdict_exit_code(std::string_view verdict);

}  // namespace tollgate::cli
