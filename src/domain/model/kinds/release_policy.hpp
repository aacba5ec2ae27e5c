// ReleasePolicy: the gate. A tree of checks for the releases that it selects.
#pragma once

#include "domain/model/kind.hpp"
#include "domain/model/request.hpp"

namespace tollgate::model {

/// Empty members select everything.
struct Selector {
  std::vector<std::string> services;
  std::vector<std::string> tiers;
  std::vector<std::string> environments;
  std::vector<ChangeClass> change_classes;
  std::map<std::string, std::string> match_labels;  // of the service
};

/// A node of the tree: exactly one of check, all_of, any_of and at_least with of.
struct Rule {
  std::string name;
  std::optional<std::string> check;  // "error-budget@1"
  doc::Node with;                    // parameters of the check
  std::vector<Rule> all_of;
  std::vector<Rule> any_of;
  std::optional<int64_t> at_least;
  std::vector<Rule> of;
};

struct ReleasePolicy {
  std::string name;
  Labels labels;
  std::string description;
  Selector selects;
  Rule rule;
};
const KindDef& release_policy_kind();

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct Reflect<model::Selector> {
  static constexpr std::string_view name = "Selector";
  static constexpr std::array fields = {
      field<&model::Selector::services>("services", "Services; none named: all.",
                                        {.size_max = 1000, .refers_to = "Service"}),
      field<&model::Selector::tiers>("tiers", "Tiers; none named: all.",
                                     {.size_max = 100, .refers_to = "Tier"}),
      field<&model::Selector::environments>("environments", "Environments; none named: all.",
                                            {.size_max = 100, .refers_to = "Environment"}),
      field<&model::Selector::change_classes>("changeClasses", "Kinds of change; none named: all.",
                                              {.size_max = 10}),
      field<&model::Selector::match_labels>("matchLabels", "Labels that the service must have.",
                                            {.size_max = 50})};
};
template <>
struct Reflect<model::Rule> {
  static constexpr std::string_view name = "Rule";
  static constexpr std::array fields = {
      field<&model::Rule::name>("name", "Name for people, shown in verdicts.", {.size_max = 200}),
      field<&model::Rule::check>("check", "Check with its version.",
                                 {.size_max = 100,
                                  .pattern = "[a-z][-a-z0-9]*@[0-9]+",
                                  .pattern_words = "a check with its version, such as coverage@1",
                                  .example = "coverage@1"}),
      field<&model::Rule::with>("with", "Parameters of the check."),
      field<&model::Rule::all_of>("allOf", "Rules that must all pass.", {.size_max = 100}),
      field<&model::Rule::any_of>("anyOf", "Rules of which one must pass.", {.size_max = 100}),
      field<&model::Rule::at_least>("atLeast", "How many rules of `of` must pass.",
                                    {.min = 1, .max = 100}),
      field<&model::Rule::of>("of", "Rules that atLeast counts.", {.size_max = 100})};
};
template <>
struct Reflect<model::ReleasePolicy> {
  static constexpr std::string_view name = "ReleasePolicy";
  static constexpr std::array fields = {
      field<&model::ReleasePolicy::description>("description", "What the policy demands, in words.",
                                                {.size_max = model::kDescriptionSizeMax}),
      field<&model::ReleasePolicy::selects>("selects", "Which releases it is for."),
      field<&model::ReleasePolicy::rule>("rule", "What must hold.", {.is_required = true})};
};

}  // namespace tollgate::reflect
