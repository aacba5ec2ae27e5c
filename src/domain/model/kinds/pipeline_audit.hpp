// PipelineAudit: what counts as deploying and as a gate in pipelines here, and which steps may do
// without one for a while.
#pragma once

#include "domain/model/kind.hpp"

namespace tollgate::model {

enum class PatternPlace { command, code, uses, name };
enum class PatternMeaning { deploy, publish, tollgate, environment, analysis, person };
enum class PipelineGate { tollgate, environment, analysis, person };

struct PipelinePattern {
  std::string what;
  PatternPlace where = PatternPlace::command;
  PatternMeaning means = PatternMeaning::deploy;
  std::string matches;
  std::string unless;
};

struct PipelineAllowance {
  std::string file;
  std::string job;
  std::string step;
  std::string reason;
  Time until;
};

/// Who answers for the findings in some files.
struct PipelineOwner {
  std::string file;
  std::string team;
};

struct PipelineAudit {
  std::string name;
  Labels labels;
  std::string description;
  std::vector<PipelineGate> accepts;
  std::vector<PipelinePattern> patterns;
  std::vector<PipelineAllowance> allow;
  std::vector<PipelineOwner> owners;
};
const KindDef& pipeline_audit_kind();

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct EnumNames<model::PatternPlace> {
  static constexpr std::array<std::string_view, 4> names = {"command", "code", "uses", "name"};
};
template <>
struct EnumNames<model::PatternMeaning> {
  static constexpr std::array<std::string_view, 6> names = {"deploy",      "publish",  "tollgate",
                                                            "environment", "analysis", "person"};
};
template <>
struct EnumNames<model::PipelineGate> {
  static constexpr std::array<std::string_view, 4> names = {"tollgate", "environment", "analysis",
                                                            "person"};
};
template <>
struct Reflect<model::PipelinePattern> {
  static constexpr std::string_view name = "PipelinePattern";
  static constexpr std::array fields = {
      field<&model::PipelinePattern::what>("what", "What it is called in findings.",
                                           {.is_required = true, .size_max = 100}),
      field<&model::PipelinePattern::where>(
          "where", "command of a shell, code of Groovy, uses of an action or orb, name of a step."),
      field<&model::PipelinePattern::means>("means", "deploy or publish, or the gate that it is."),
      field<&model::PipelinePattern::matches>(
          "matches", "Regular expression (RE2), anywhere in the text.",
          {.is_required = true, .size_max = 1000, .example = "ops/ship\\.sh"}),
      field<&model::PipelinePattern::unless>("unless", "Not where this matches, too.",
                                             {.size_max = 1000})};
};
template <>
struct Reflect<model::PipelineAllowance> {
  static constexpr std::string_view name = "PipelineAllowance";
  static constexpr std::array fields = {
      field<&model::PipelineAllowance::file>(
          "file", "Path of the pipeline; * matches any text.",
          {.is_required = true, .size_max = 1000, .example = ".github/workflows/docs.yml"}),
      field<&model::PipelineAllowance::job>("job", "Name of the job; * matches any text.",
                                            {.size_max = 500}),
      field<&model::PipelineAllowance::step>("step", "Name of the step; * matches any text.",
                                             {.size_max = 500}),
      field<&model::PipelineAllowance::reason>("reason", "Why it may do without a gate.",
                                               {.is_required = true, .size_max = 1000}),
      field<&model::PipelineAllowance::until>("until", "When this ends.", {.is_required = true})};
};
template <>
struct Reflect<model::PipelineOwner> {
  static constexpr std::string_view name = "PipelineOwner";
  static constexpr std::array fields = {
      field<&model::PipelineOwner::file>(
          "file", "Path of the pipelines; * matches any text.",
          {.is_required = true, .size_max = 1000, .example = "services/checkout/*"}),
      field<&model::PipelineOwner::team>("team", "Team that answers for their findings.",
                                         {.is_required = true, .size_max = 200})};
};
template <>
struct Reflect<model::PipelineAudit> {
  static constexpr std::string_view name = "PipelineAudit";
  static constexpr std::array fields = {
      field<&model::PipelineAudit::description>("description", "What it is for.",
                                                {.size_max = model::kDescriptionSizeMax}),
      field<&model::PipelineAudit::accepts>(
          "accepts", "Gates that are enough; by default all but person.", {.size_max = 4}),
      field<&model::PipelineAudit::patterns>("patterns", "Patterns beside the known ones.",
                                             {.size_max = 200}),
      field<&model::PipelineAudit::allow>("allow", "Steps that may do without a gate for a while.",
                                          {.size_max = 1000}),
      field<&model::PipelineAudit::owners>(
          "owners", "Who answers for findings; the first that fits counts.", {.size_max = 1000})};
};

}  // namespace tollgate::reflect
