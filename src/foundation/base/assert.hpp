// Assertions for programmer errors. They stay on in production: a crash means no verdict, and no
// verdict is safe.
#pragma once

namespace tollgate {
/// Prints the failed condition with its place and ends the process. Never returns.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;
}  // namespace tollgate

#define ASSERT(condition)             \
  ((condition) ? static_cast<void>(0) \
               : ::tollgate::assertion_failed(#condition, __FILE__, __LINE__))
