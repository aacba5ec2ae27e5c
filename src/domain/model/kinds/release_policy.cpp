#include "domain/model/kinds/release_policy.hpp"

#include "foundation/base/codes.hpp"

namespace tollgate::model {
namespace {

constexpr int kRuleDepthMax = 20;

void validate_rule(const Rule& rule, const std::string& path, int depth, ProblemSink& sink);

void validate_rules(const std::vector<Rule>& rules, const std::string& path, int depth,
                    ProblemSink& sink) {
  for (size_t i = 0; i < rules.size(); ++i) {
    validate_rule(rules[i], fmt::format("{}/{}", path, i), depth + 1, sink);
  }
}

void validate_rule(const Rule& rule, const std::string& path, int depth, ProblemSink& sink) {
  if (depth > kRuleDepthMax) {
    sink.add(codes::too_deep, path, fmt::format("rules nest deeper than {} levels", kRuleDepthMax));
    return;
  }
  const int forms = rule.check.has_value() + !rule.all_of.empty() + !rule.any_of.empty() +
                    rule.at_least.has_value();
  if (forms != 1) {
    sink.add(codes::field_conflict, path,
             "a rule has exactly one of \"check\", \"allOf\", \"anyOf\" and \"atLeast\", and lists "
             "are not empty");
  }
  if (!rule.with.is_null() && !rule.check) {
    sink.add(codes::field_conflict, path + "/with", "\"with\" belongs to a \"check\"");
  }
  if (rule.at_least.has_value() == rule.of.empty()) {
    sink.add(codes::field_conflict, path, "\"atLeast\" and a list \"of\" belong together");
  } else if (rule.at_least && *rule.at_least > static_cast<int64_t>(rule.of.size())) {
    sink.add(codes::bad_value, path + "/atLeast",
             fmt::format("\"atLeast\" asks for {} of {} rules", *rule.at_least, rule.of.size()));
  }
  validate_rules(rule.all_of, path + "/allOf", depth, sink);
  validate_rules(rule.any_of, path + "/anyOf", depth, sink);
  validate_rules(rule.of, path + "/of", depth, sink);
}

void validate(const void* erased, ProblemSink& sink) {
  validate_rule(static_cast<const ReleasePolicy*>(erased)->rule, "/spec/rule", 0, sink);
}

}  // namespace

const KindDef& release_policy_kind() {
  static constexpr KindDef kind = {
      .api_version = "tollgate/v1",
      .kind = "ReleasePolicy",
      .plural = "releasepolicies",
      .title = "The gate: what must hold before a release may go.",
      .doc =
          "Selects releases by service, tier, environment, kind of change and labels, and names "
          "a tree of checks: allOf, anyOf, atLeast n of. All policies that select a release "
          "must pass.",
      .introduced_in = "0.1",
      .example = R"(apiVersion: tollgate/v1
kind: ReleasePolicy
metadata:
  name: production
spec:
  description: Budget left, tests green, coverage kept.
  selects:
    environments: [production]
    changeClasses: [normal, standard]
  rule:
    allOf:
      - name: The budget pays for the release
        check: error-budget@1
      - name: Quality is shown
        anyOf:
          - check: tests@1
            with:
              maxFailed: 0
          - check: coverage@1
            with:
              minimum: 80%
)",
      .spec_type = &reflect::type_of<ReleasePolicy>,
      .make = &make_spec<ReleasePolicy>,
      .validate = &validate};
  return kind;
}

}  // namespace tollgate::model
