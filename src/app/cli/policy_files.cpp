#include "app/cli/policy_files.hpp"

#include "app/render/answers.hpp"
#include "app/wiring/source_settings.hpp"
#include "app/wiring/wiring.hpp"
#include "domain/gate/gate.hpp"
#include "domain/model/lint.hpp"
#include "domain/slo/alert_lint.hpp"
#include "engine/almanac/almanac.hpp"

namespace tollgate::cli {
namespace {

std::string_view severity_name(model::Severity severity) {
  switch (severity) {
    case model::Severity::error:
      return "error";
    case model::Severity::warning:
      return "warning";
    case model::Severity::info:
      return "note";
  }
  return "";
}

struct Built {
  model::Bundle bundle;
  int64_t resources = 0;
  Problems problems;
  Problems warnings;
  std::vector<model::Finding> source_findings;
};

Built build(const std::vector<NamedText>& files) {
  std::vector<model::SourceText> texts;
  for (const NamedText& file : files) texts.push_back({.file = file.name, .text = file.text});
  model::Loaded loaded = model::load(texts);
  Built built;
  built.resources = static_cast<int64_t>(loaded.resources.size());
  built.problems = std::move(loaded.problems);
  built.warnings = std::move(loaded.warnings);
  built.bundle = model::Bundle::build(std::move(loaded.resources), built.problems);
  for (Error& problem : gate::validate_gates(built.bundle))
    built.problems.push_back(std::move(problem));
  for (Error& problem : engine::check_calendar_zones(built.bundle, wiring::system_zones()))
    built.problems.push_back(std::move(problem));
  built.source_findings = wiring::lint_data_sources(built.bundle);
  return built;
}

}  // namespace

CheckedPolicy check_policy(const std::vector<NamedText>& files) {
  Built built = build(files);
  CheckedPolicy checked;
  checked.resources = built.resources;
  // Names of checks are looked at by validate_gates, which knows the place in the file as well.
  std::vector<model::Finding> findings =
      model::lint(built.bundle, built.problems, {}, built.warnings);
  for (model::Finding& finding : slo::lint_alerts(built.bundle))
    findings.push_back(std::move(finding));
  for (model::Finding& finding : built.source_findings) findings.push_back(std::move(finding));
  for (const model::Finding& finding : findings) {
    checked.findings.push(render::finding_json(finding.problem, severity_name(finding.severity)));
    checked.errors += finding.severity == model::Severity::error ? 1 : 0;
  }
  checked.bundle = std::move(built.bundle);
  return checked;
}

Result<model::Bundle> build_bundle(const std::vector<NamedText>& files) {
  Built built = build(files);
  for (model::Finding& finding : built.source_findings) {
    if (finding.severity == model::Severity::error)
      built.problems.push_back(std::move(finding.problem));
  }
  if (!built.problems.empty()) return fail(std::move(built.problems.front()));
  return std::move(built.bundle);
}

}  // namespace tollgate::cli
