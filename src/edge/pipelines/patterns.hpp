// What deploying, publishing and asking a gate look like: data, and matching
// it.
#pragma once

#include "edge/pipelines/pipeline.hpp"

#include <memory>
#include <span>

namespace tollgate::pipelines {

/// Where a pattern is looked for.
enum class Where { command, code, uses, name };

struct Pattern {
  std::string what = {};  // "kubectl apply"
  Where where = Where::command;
  std::optional<Action> action = {};  // or
  std::optional<Gate> gate = {};
  std::string regex = {};   // RE2, anywhere in the text
  std::string unless = {};  // RE2: not where this matches, too
};

/// The patterns that come with Tollgate.
std::span<const Pattern> known_patterns();

inline constexpr size_t kOwnPatternsMax = 200;

/// Known patterns and those of an organisation, compiled. Constant after
/// construction.
class Matcher {
 public:
  /// Errors: bad_value for a regex that RE2 refuses, limit_exceeded.
  static Result<std::unique_ptr<Matcher>> make(std::vector<Pattern> own = {});
  ~Matcher();

  /// The first pattern for deploying or publishing that matches; null if none
  /// does. Deploying is looked for first.
  const Pattern* action(Where where, std::string_view text) const;
  /// The first pattern of a gate that matches.
  const Pattern* gate(Where where, std::string_view text) const;
  /// Whether the command makes a cluster that the job throws away.
  bool makes_throwaway(Where where, std::string_view text) const;

 private:
  struct Sets;
  explicit Matcher(std::unique_ptr<Sets> sets);
  std::unique_ptr<Sets> sets_;
};

}  // namespace tollgate::pipelines
