// tollgate check, plan, apply and get: policies as code.
#include "app/cli/ask/policy.hpp"

#include "app/cli/ci.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/files.hpp"
#include "app/cli/invocation.hpp"
#include "app/cli/policy_files.hpp"
#include "app/render/findings.hpp"
#include "domain/model/kind.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/doc/yaml.hpp"

namespace tollgate::cli {
namespace {

using doc::Node;
using render::member_text;

int64_t count_severity(const Node& findings, std::string_view severity) {
  int64_t count = 0;
  for (const Node& finding : findings.items())
    count += finding.text_or("severity") == severity ? 1 : 0;
  return count;
}

Result<int> run_check(Invocation& call) {
  std::vector<std::string> paths = call.values();
  if (paths.empty()) paths.push_back(call.text("policy"));
  TOLLGATE_TRY(const std::vector<NamedText> files, read_policy_files(paths));
  if (files.empty()) {
    return fail(codes::no_policy, "there is no policy file (*.yaml, *.yml, *.json) in {}",
                join(paths, ", "));
  }
  const CheckedPolicy checked = check_policy(files);
  const Node& findings = checked.findings;
  const int64_t errors = count_severity(findings, "error");
  const int64_t warnings = count_severity(findings, "warning");
  const bool is_bad = errors > 0 || (call.has("strict") && warnings > 0);
  const Node answer = Node::object({{"ok", !is_bad},
                                    {"files", static_cast<int64_t>(files.size())},
                                    {"resources", checked.resources},
                                    {"digest", digest_text(checked.bundle.digest())},
                                    {"findings", findings}});
  if (call.is_format("sarif")) {
    call.out(doc::pretty_json(render::findings_sarif(findings)));
  } else if (call.is_format("junit")) {
    call.out(render::findings_junit(findings));
  } else if (call.is_format("codequality")) {
    call.out(doc::pretty_json(render::findings_codequality(findings)));
  } else {
    call.print(answer, [&] { return render::findings_text(findings, call.palette()); });
  }
  report_findings(call, detect_ci(call), findings);
  call.remark(fmt::format("{}: {} in {}, {}, {}", is_bad ? "not good" : "good",
                          count_text(checked.resources, "resource", "resources"),
                          count_text(static_cast<int64_t>(files.size()), "file", "files"),
                          count_text(errors, "error", "errors"),
                          count_text(warnings, "warning", "warnings")));
  return is_bad ? kExitProblems : kExitDone;
}

std::string value_words(const Node* node) {
  if (node == nullptr || node->is_null()) return "nothing";
  return doc::compact_json(*node);
}

std::string plan_text(const Node& plan, const render::Palette& palette) {
  std::string text;
  for (const Node& change : plan.find("changes")->items()) {
    const std::string_view kind = change.text_or("change");
    const bool is_added = kind == "added";
    const bool is_removed = kind == "removed";
    const std::string_view sign = is_added ? "+" : is_removed ? "-" : "~";
    const render::Tone tone = is_added     ? render::Tone::good
                              : is_removed ? render::Tone::bad
                                           : render::Tone::warning;
    text += palette.paint(tone, fmt::format("{} {}", sign, change.text_or("resource"))) + "\n";
    for (const Node& field : change.find("fields")->items()) {
      text += fmt::format("    {}: {} -> {}\n", field.text_or("path"),
                          value_words(field.find("before")), value_words(field.find("after")));
    }
  }
  if (text.empty()) text = "Nothing would change.\n";
  const int64_t verdicts = plan.integer_or("verdicts", 0);
  text += fmt::format("\nReplayed against the past: {} of {} would flip.\n",
                      number_text(plan.integer_or("flipped", 0)),
                      count_text(verdicts, "recorded verdict", "recorded verdicts"));
  constexpr size_t kFlipsShown = 20;
  size_t shown = 0;
  for (const Node& flip : plan.find("flips")->items()) {
    if (shown++ == kFlipsShown) break;
    text +=
        fmt::format("  {} {} {} → {}: {} -> {}  ({})\n", flip.text_or("at"),
                    flip.text_or("service"), flip.text_or("version"), flip.text_or("environment"),
                    flip.text_or("before"), flip.text_or("after"), flip.text_or("because"));
  }
  return text;
}

/// The policy folder, checked: errors stop here with everything that is wrong on standard error.
Result<std::vector<NamedText>> good_policy_files(const Invocation& call) {
  std::vector<std::string> paths = call.values();
  if (paths.empty()) paths.push_back(call.text("policy"));
  TOLLGATE_TRY(std::vector<NamedText> files, read_policy_files(paths));
  if (files.empty()) {
    return fail(codes::no_policy, "there is no policy file (*.yaml, *.yml, *.json) in {}",
                join(paths, ", "));
  }
  const CheckedPolicy checked = check_policy(files);
  if (checked.errors == 0) return files;
  Node errors = Node::array();
  for (const Node& finding : checked.findings.items()) {
    if (finding.text_or("severity") == "error") errors.push(finding);
  }
  // The same form as `check`, so that a program finds the places of all problems.
  if (call.is_format("json")) {
    call.out(doc::pretty_json(Node::object({{"findings", errors}})));
  } else {
    call.terminal().err(render::findings_text(errors, call.error_palette()));
  }
  return fail(codes::check_found_problems, "the policy has {}",
              count_text(checked.errors, "error", "errors"));
}

Result<int> run_plan(Invocation& call) {
  TOLLGATE_TRY(const std::vector<NamedText> files, good_policy_files(call));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node plan, ask::plan(*backend, files));
  call.print(plan, [&] { return plan_text(plan, call.palette()); });
  return kExitDone;
}

Result<int> run_apply(Invocation& call) {
  TOLLGATE_TRY(const std::vector<NamedText> files, good_policy_files(call));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  if (call.has("dry-run")) {
    TOLLGATE_TRY(const Node plan, ask::plan(*backend, files));
    call.print(plan,
               [&] { return plan_text(plan, call.palette()) + "Dry run: nothing was applied.\n"; });
    return kExitDone;
  }
  TOLLGATE_TRY(const Node answer,
               ask::apply(*backend, {.files = files,
                                     .reason = call.text("reason"),
                                     .expected_digest = call.text("if-digest"),
                                     .idempotency_key = call.text("idempotency-key")}));
  call.print(answer, [&answer] {
    const std::string digest = member_text(answer, "digest");
    if (!answer.boolean_or("recorded", false)) return fmt::format("in force already: {}\n", digest);
    return fmt::format(
        "in force: {}\n{} added or changed, {} removed; recorded at ledger position {}\n", digest,
        count_text(answer.integer_or("changed", 0), "resource", "resources"),
        answer.integer_or("removed", 0), answer.integer_or("position", -1));
  });
  return kExitDone;
}

render::Table resource_table(const Node& list) {
  render::Table table{.header = {"NAME", "LABELS", "DESCRIPTION"}, .rows = {}};
  for (const Node& item : list.items()) {
    const Node* metadata = item.find("metadata");
    const Node* spec = item.find("spec");
    const Node* labels = metadata == nullptr ? nullptr : metadata->find("labels");
    std::string text;
    if (labels != nullptr && labels->is_object()) {
      for (const doc::Member& label : labels->members()) {
        const Node& value = label.value;
        const std::string first = value.is_array() && !value.items().empty()
                                      ? render::scalar_text(value.items().front())
                                      : render::scalar_text(value);
        text += fmt::format("{}{}={}", text.empty() ? "" : ",", label.key, first);
      }
    }
    std::string name = metadata == nullptr ? "-" : member_text(*metadata, "name");
    if (item.text_or("kind") == "SLO" && spec != nullptr) {
      name = fmt::format("{}/{}", spec->text_or("service"), name);
    }
    table.rows.push_back({name, text.empty() ? "-" : text,
                          spec == nullptr ? "-" : member_text(*spec, "description")});
  }
  return table;
}

Result<int> run_get(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  if (call.values().empty()) {
    TOLLGATE_TRY(const Node policy, ask::policy(*backend));
    render::Table table{.header = {"KIND", "NAME", "API VERSION"}, .rows = {}};
    for (const Node& row : policy.find("resources")->items()) {
      table.rows.push_back(
          {member_text(row, "kind"), member_text(row, "name"), member_text(row, "apiVersion")});
    }
    call.print_table(policy, table);
    call.remark(fmt::format("policy {}", policy.text_or("digest")));
    return kExitDone;
  }
  TOLLGATE_TRY(const Node answer, ask::resources(*backend, call.value(0), call.value(1)));
  const Node* list = answer.find("resources");
  if (list == nullptr || !call.value(1).empty()) {
    call.print(answer, [&answer] { return doc::write_yaml(answer); });
  } else {
    call.print_table(answer, resource_table(*list));
  }
  return kExitDone;
}

}  // namespace

extern const CommandDef check_command = {
    .name = "check",
    .group = Group::policy,
    .summary = "Validate and lint policies, offline; says file:line:column.",
    .doc =
        "Reads OpenSLO (v1, v1alpha, v2alpha) and tollgate/v1 resources from files and folders. "
        "Exit code 3 if there "
        "is an error.",
    .examples = "tollgate check .tollgate\ntollgate check slos/ policies/ -o sarif > check.sarif",
    .arguments = {{.name = "PATH",
                   .doc = "Files or folders; default: the policy folder.",
                   .is_required = false,
                   .is_repeated = true}},
    .options = {{.name = "policy",
                 .value = "DIR",
                 .doc = "Folder of the policies.",
                 .otherwise = ".tollgate",
                 .is_setting = true},
                {.name = "strict", .doc = "Warnings fail too."},
                {.name = "ci",
                 .value = "CI",
                 .doc = "Also write annotations for this CI.",
                 .otherwise = "auto",
                 .choices = "auto|github|gitlab|jenkins|none"}},
    .formats = "table|plain|json|yaml|ndjson|sarif|junit|codequality",
    .run = run_check,
};

extern const CommandDef plan_command = {
    .name = "plan",
    .group = Group::policy,
    .summary =
        "Show what applying the policies would change, and which recorded verdicts would flip.",
    .examples = "tollgate plan\ntollgate plan --policy next/ --server https://tollgate.example",
    .arguments = {{.name = "PATH",
                   .doc = "Files or folders; default: the policy folder.",
                   .is_required = false,
                   .is_repeated = true}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_plan,
};

extern const CommandDef apply_command = {
    .name = "apply",
    .group = Group::policy,
    .summary = "Put the policies in force; recorded in the ledger.",
    .doc =
        "The files become the whole policy: what they do not name is removed. `plan` or --dry-run "
        "shows it first.",
    .examples = "tollgate apply --reason \"raise coverage to 80 %\"\ntollgate apply --dry-run",
    .arguments = {{.name = "PATH",
                   .doc = "Files or folders; default: the policy folder.",
                   .is_required = false,
                   .is_repeated = true}},
    .options = {{.name = "reason", .value = "TEXT", .doc = "Why; recorded."},
                {.name = "if-digest",
                 .value = "DIGEST",
                 .doc = "Only if this policy is in force now; else exit 6."},
                {.name = "dry-run", .doc = "Show the plan; apply nothing."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_apply,
};

extern const CommandDef get_command = {
    .name = "get",
    .group = Group::policy,
    .summary = "Show the resources of the policy in force.",
    .examples = "tollgate get\ntollgate get SLO\ntollgate get slo checkout/availability -o yaml",
    .arguments = {{.name = "KIND",
                   .doc = "Kind, plural or lower case will do; without it, an overview.",
                   .is_required = false},
                  {.name = "NAME", .doc = "Name of one resource.", .is_required = false}},
    .formats = "table|plain|json|yaml|ndjson|name",
    .common = Common::backend,
    .only_reads = true,
    .run = run_get,
};

}  // namespace tollgate::cli
