// tollgate audit pipelines: which steps deploy without asking a gate.
#include "app/render/audit.hpp"

#include "app/cli/ci.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/files.hpp"
#include "app/cli/invocation.hpp"
#include "app/cli/policy_files.hpp"
#include "app/render/findings.hpp"
#include "app/wiring/pipelines.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/doc/yaml.hpp"

namespace tollgate::cli {
namespace {

using doc::Node;

/// The PipelineAudit resources of the policy folder; none without a folder.
Result<model::Bundle> audit_policy(const Invocation& call) {
  const std::string folder = call.text("policy");
  if (!folder_exists(folder)) return model::Bundle();
  TOLLGATE_TRY(const std::vector<NamedText> files, read_policy_files({folder}));
  return build_bundle(files);
}

/// A PipelineAudit that lets all present findings pass.
Result<Node> allowances(const Invocation& call, const Node& answer) {
  const std::string reason = call.text("reason");
  TOLLGATE_TRY(const std::optional<Time> until, call.time("until"));
  if (reason.empty() || !until)
    return fail(codes::bad_usage, "-o policy needs --reason TEXT and --until TIME");
  Node allow = Node::array();
  for (const Node& step : answer.find("steps")->items()) {
    const std::string_view state = step.text_or("state");
    if (state == "gated" || state == "throwaway" || state == "allowed") continue;
    Node entry = Node::object({{"file", step.text_or("file")}, {"job", step.text_or("job")}});
    if (!step.text_or("step").empty()) entry.set("step", step.text_or("step"));
    entry.set("reason", reason);
    entry.set("until", time_text(*until));
    allow.push(std::move(entry));
  }
  return Node::object({{"apiVersion", "tollgate/v1"},
                       {"kind", "PipelineAudit"},
                       {"metadata", Node::object({{"name", "baseline"}})},
                       {"spec", Node::object({{"allow", std::move(allow)}})}});
}

Result<int> run_audit_pipelines(Invocation& call) {
  std::vector<std::string> paths = call.values();
  if (paths.empty()) paths.emplace_back(".");
  TOLLGATE_TRY(const model::Bundle policy, audit_policy(call));
  TOLLGATE_TRY(const std::optional<Time> as_of, call.time("as-of"));
  TOLLGATE_TRY(const pipelines::AuditReport report,
               wiring::audit_pipelines(paths, policy, as_of.value_or(call.terminal().now())));
  const Node answer = render::audit_json(report);
  const Node& findings = *answer.find("findings");
  const int exit_code = findings.items().empty() ? kExitDone : kExitProblems;
  if (call.is_format("policy")) {
    TOLLGATE_TRY(const Node resource, allowances(call, answer));
    call.out(doc::write_yaml(resource));
    return kExitDone;
  }
  if (call.is_format("sarif")) {
    call.out(doc::pretty_json(render::findings_sarif(findings)));
  } else if (call.is_format("junit")) {
    call.out(render::findings_junit(findings, "tollgate audit"));
  } else if (call.is_format("codequality")) {
    call.out(doc::pretty_json(render::findings_codequality(findings)));
  } else if (call.is_format("plain")) {
    call.out(render::plain_text(render::audit_table(answer)));
  } else {
    call.print(answer, [&] { return render::audit_text(answer, call.palette()); });
  }
  report_findings(call, detect_ci(call), findings);
  call.remark(render::audit_summary(answer));
  return exit_code;
}

}  // namespace

extern const CommandDef audit_pipelines_command = {
    .name = "audit pipelines",
    .group = Group::assurance,
    .summary = "Find pipeline steps that deploy or publish without asking a gate.",
    .doc =
        "Reads GitHub workflows and composite actions, .gitlab-ci.yml, Jenkinsfiles, CircleCI, "
        "Cloud Build, Argo "
        "Rollouts and Flagger below the paths; docs/AUDIT.md says what is found and how. Own "
        "patterns and allowances with an end come from PipelineAudit resources of --policy. "
        "Ends with 3 if anything is found.",
    .examples =
        "tollgate audit pipelines .\n"
        "tollgate audit pipelines . -o sarif > pipelines.sarif\n"
        "tollgate audit pipelines . -o policy --reason \"before the gate\" --until "
        "2027-01-01T00:00Z > .tollgate/baseline.yaml",
    .arguments = {{.name = "PATH",
                   .doc = "Folders and files; this folder if there is none.",
                   .is_required = false,
                   .is_repeated = true}},
    .options = {{.name = "policy",
                 .value = "DIR",
                 .doc = "Folder of the policies.",
                 .otherwise = ".tollgate",
                 .is_setting = true},
                {.name = "reason", .value = "TEXT", .doc = "With -o policy: why they may pass."},
                {.name = "until", .value = "TIME", .doc = "With -o policy: when that ends."},
                {.name = "as-of", .value = "TIME", .doc = "Judge ends as at that time."}},
    .formats = "table|plain|json|yaml|sarif|junit|codequality|policy",
    .run = run_audit_pipelines,
};

}  // namespace tollgate::cli
