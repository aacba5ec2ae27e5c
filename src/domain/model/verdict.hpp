// The answer of a gate as the ledger keeps it: figures and reason codes, no prose, so that words
// can improve while old verdicts replay bit for bit.
#pragma once

#include "domain/model/calendar_reading.hpp"
#include "domain/model/reading.hpp"
#include "domain/model/request.hpp"
#include "foundation/reflect/type_info.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::model {

enum class Outcome { allow, deny, hold, inconclusive };
enum class CheckState { pass, fail, unknown, waived, not_reached };

/// Unit of a quantity: parts per million, a plain count, milliseconds, or thousandths (burn
/// rate 14.4 = 14'400).
enum class Unit { none, ppm, count, milliseconds, thousandths };

/// How `observed` is compared with `needed`.
enum class Relation { at_least, at_most, below };

struct Quantity {
  int64_t amount = 0;
  Unit unit = Unit::none;
  friend bool operator==(const Quantity&, const Quantity&) = default;
};

/// What one check found.
struct CheckRecord {
  std::string check = {};    // "error-budget@1"
  std::string subject = {};  // what was looked at: "checkout/availability", "coverage of 3f2c1a"
  CheckState state = CheckState::unknown;
  std::string reason =
      {};  // code of the check, e.g. "below_minimum"; its words are in the check's file
  std::optional<Quantity> observed = {};
  std::optional<Quantity> needed = {};
  Relation relation = Relation::at_least;
  std::string source = {};  // "cells", "prometheus:eu", "ledger:1234"
  std::optional<int64_t> age_ms = {};
  std::string detail = {};  // a name that belongs to the reason, e.g. the benchmark that got slower
  std::vector<int64_t> figures =
      {};  // integers that belong to the reason; their order is the check's contract
  std::optional<bool> holds = {};     // true: failed for now; time or a person lifts it
  std::optional<Time> retry_at = {};  // when asking again may help
};

enum class RuleOp { check, all_of, any_of, at_least };

/// One node of the rule tree with its state.
struct TreeRecord {
  std::string rule = {};  // name given in the policy, may be empty
  RuleOp op = RuleOp::check;
  CheckState state = CheckState::unknown;
  bool decided = false;                  // on the path that decided the answer
  std::optional<int64_t> at_least = {};  // for at_least
  std::optional<int64_t> check = {};     // index into checks, for check
  std::vector<TreeRecord> children = {};
};

/// How strictly an environment takes the answer.
enum class Enforcement { enforce, warn, observe };

/// What a gate answered, and everything it was derived from that the state does not hold.
struct Verdict {
  GateRequest request = {};
  Outcome outcome = Outcome::inconclusive;  // what the pipeline is told
  Outcome finding = Outcome::inconclusive;  // what the rules found, before enforcement
  Enforcement enforcement = Enforcement::enforce;
  std::string because = {};  // rule that turned finding into outcome: "rules", "warn", "observe",
                             // "on_inconclusive", "on_error"
  Digest policy_digest = {};
  std::vector<std::string> policies = {};  // ReleasePolicies that selected this request
  std::vector<CheckRecord> checks = {};
  TreeRecord tree = {};
  std::vector<Reading> readings = {};            // as the sources gave them
  std::optional<CalendarReading> calendar = {};  // what the calendars said, if they were asked
};

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct EnumNames<model::Outcome> {
  static constexpr std::array<std::string_view, 4> names = {"allow", "deny", "hold",
                                                            "inconclusive"};
};
template <>
struct EnumNames<model::CheckState> {
  static constexpr std::array<std::string_view, 5> names = {"pass", "fail", "unknown", "waived",
                                                            "not_reached"};
};
template <>
struct EnumNames<model::Unit> {
  static constexpr std::array<std::string_view, 5> names = {"none", "ppm", "count", "milliseconds",
                                                            "thousandths"};
};
template <>
struct EnumNames<model::Relation> {
  static constexpr std::array<std::string_view, 3> names = {"at_least", "at_most", "below"};
};
template <>
struct EnumNames<model::RuleOp> {
  static constexpr std::array<std::string_view, 4> names = {"check", "all_of", "any_of",
                                                            "at_least"};
};
template <>
struct EnumNames<model::Enforcement> {
  static constexpr std::array<std::string_view, 3> names = {"enforce", "warn", "observe"};
};
template <>
struct Reflect<model::Quantity> {
  static constexpr std::string_view name = "Quantity";
  static constexpr std::array fields = {field<&model::Quantity::amount>("amount", "How much."),
                                        field<&model::Quantity::unit>("unit", "Of what.")};
};
template <>
struct Reflect<model::CheckRecord> {
  static constexpr std::string_view name = "CheckRecord";
  static constexpr std::array fields = {
      field<&model::CheckRecord::check>("check", "Check and version."),
      field<&model::CheckRecord::subject>("subject", "What was looked at."),
      field<&model::CheckRecord::state>("state", "What it found."),
      field<&model::CheckRecord::reason>("reason", "Why, as a code."),
      field<&model::CheckRecord::observed>("observed", "What was seen."),
      field<&model::CheckRecord::needed>("needed", "What the policy asks for."),
      field<&model::CheckRecord::relation>("relation", "How observed must stand to needed."),
      field<&model::CheckRecord::source>("source", "Where it comes from."),
      field<&model::CheckRecord::age_ms>("age_ms", "Age of the newest datum."),
      field<&model::CheckRecord::detail>("detail", "Name that belongs to the reason."),
      field<&model::CheckRecord::figures>("figures", "Integers that belong to the reason."),
      field<&model::CheckRecord::holds>("holds", "Failed for now: time or a person lifts it."),
      field<&model::CheckRecord::retry_at>("retry_at", "When asking again may help.")};
};
template <>
struct Reflect<model::TreeRecord> {
  static constexpr std::string_view name = "TreeRecord";
  static constexpr std::array fields = {
      field<&model::TreeRecord::rule>("rule", "Name of the rule."),
      field<&model::TreeRecord::op>("op", "What kind of node."),
      field<&model::TreeRecord::state>("state", "What it came to."),
      field<&model::TreeRecord::decided>("decided", "Whether it decided the answer."),
      field<&model::TreeRecord::at_least>("at_least", "How many children must pass."),
      field<&model::TreeRecord::check>("check", "Index into checks."),
      field<&model::TreeRecord::children>("children", "Parts of the rule.")};
};
template <>
struct Reflect<model::Verdict> {
  static constexpr std::string_view name = "Verdict";
  static constexpr std::array fields = {
      field<&model::Verdict::request>("request", "The question."),
      field<&model::Verdict::outcome>("outcome", "The answer."),
      field<&model::Verdict::finding>("finding", "What the rules found, before enforcement."),
      field<&model::Verdict::enforcement>("enforcement", "How strictly the environment takes it."),
      field<&model::Verdict::because>("because", "What turned the finding into the answer."),
      field<&model::Verdict::policy_digest>("policy_digest", "Digest of the policy bundle."),
      field<&model::Verdict::policies>("policies", "Release policies that selected the request."),
      field<&model::Verdict::checks>("checks", "What each check found."),
      field<&model::Verdict::tree>("tree", "The rule tree."),
      field<&model::Verdict::readings>("readings", "Signals as the sources gave them."),
      field<&model::Verdict::calendar>("calendar", "What the calendars said.")};
};

}  // namespace tollgate::reflect
