// What went wrong, where, and what to do: the one error type of the house, and Result<T> that
// carries it. Codes are stable for ever (TG0213); the catalogue in error_catalogue.cpp gives each
// its title and advice.
#pragma once

#include <fmt/core.h>
#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

/// Number of an entry of the error catalogue; 213 prints as TG0213.
enum class Code : int16_t;

/// Where in a document something stands. Line and column count from 1; 0 means unknown.
struct Mark {
  uint32_t line = 0;
  uint32_t column = 0;
  friend bool operator==(const Mark&, const Mark&) = default;
};

struct Error {
  Code code;
  std::string message;    // what happened, for an operator; one sentence without a final full stop
  std::string file = {};  // file, URL or resource, if known
  Mark mark = {};
  std::string field =
      {};  // JSON-pointer-like path inside the document, e.g. /spec/objectives/0/target
  std::string help = {};  // what to do; empty: the catalogue's advice stands

  /// "policies/pay.yaml:12:11: error[TG0213]: window \"30days\" is not a duration; did you mean
  /// \"30d\"?"
  std::string text() const;
};

template <class T = void>
using Result = tl::expected<T, Error>;

/// An error ready to be returned from a function that gives Result<T>.
template <class... Args>
tl::unexpected<Error> fail(Code code, fmt::format_string<Args...> message, Args&&... args) {
  return tl::unexpected<Error>(
      Error{.code = code, .message = fmt::format(message, std::forward<Args>(args)...)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

/// Every problem of a document, not only the first. Bounded by kProblemsMax; the rest is counted in
/// the last one.
using Problems = std::vector<Error>;
inline constexpr size_t kProblemsMax = 200;

/// One row of the error catalogue.
struct CodeInfo {
  Code code;
  std::string_view name;   // the enumerator's meaning in snake_case, for logs and metrics
  int exit_code;           // process exit code when this error ends a command
  int http_status;         // status when this error ends a request
  std::string_view title;  // short, for problem+json
  std::string_view help;   // what to do about it, one or two sentences
};

/// The whole catalogue, sorted by code.
const std::vector<CodeInfo>& code_catalogue();
/// The row of a code. Every code that the program uses has one (checked by a test).
const CodeInfo& code_info(Code code);
/// "TG0213".
std::string code_text(Code code);

}  // namespace tollgate

#define TOLLGATE_CONCAT_(a, b) a##b
#define TOLLGATE_CONCAT(a, b) TOLLGATE_CONCAT_(a, b)
/// Declares `declaration` from the value of `expression`, or returns its error.
#define TOLLGATE_TRY(declaration, expression) \
  TOLLGATE_TRY_(TOLLGATE_CONCAT(try_, __LINE__), declaration, expression)
#define TOLLGATE_TRY_(result, declaration, expression)                                \
  auto result = (expression);                                                         \
  if (!result) return ::tl::unexpected<::tollgate::Error>(std::move(result).error()); \
  declaration = std::move(*result)
/// Returns the error of a Result<void>, if it has one.
#define TOLLGATE_CHECK(expression)                                                 \
  do {                                                                             \
    auto check_result = (expression);                                              \
    if (!check_result)                                                             \
      return ::tl::unexpected<::tollgate::Error>(std::move(check_result).error()); \
  } while (false)
