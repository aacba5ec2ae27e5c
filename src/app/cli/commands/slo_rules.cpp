// tollgate slo rules: Prometheus rules out of SLOs, for those who let Prometheus count and alert.
#include "app/cli/exit_codes.hpp"
#include "app/cli/files.hpp"
#include "app/cli/invocation.hpp"
#include "app/cli/policy_files.hpp"
#include "domain/rules/rules.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/doc/yaml.hpp"

namespace tollgate::cli {
namespace {

Result<model::TextMap> pairs_of(const Invocation& call, std::string_view option) {
  model::TextMap pairs;
  for (const std::string& text : call.texts(option)) {
    const size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos)
      return fail(codes::bad_usage, "--{} is written as NAME=TEXT, not \"{}\"", option, text);
    pairs[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return pairs;
}

Result<rules::AlertWindows> windows_of(const Invocation& call) {
  TOLLGATE_TRY(const Duration period, call.duration("period"));
  const std::string file = call.text("windows");
  if (file.empty()) return rules::usual_windows(period);
  TOLLGATE_TRY(const std::string text, read_file(file));
  TOLLGATE_TRY(const std::vector<doc::Node> documents, doc::parse_yaml(text, file));
  for (const doc::Node& document : documents) {
    if (model::is_sloth_windows(document)) return rules::read_windows(document);
  }
  return fail(codes::bad_usage, "{} holds no document of kind AlertWindows", file);
}

Result<int> run_rules(Invocation& call) {
  const bool is_sloth = call.text("style") == "sloth";
  rules::RuleOptions options{.style = is_sloth ? rules::Style::sloth : rules::Style::tollgate};
  TOLLGATE_TRY(options.windows, windows_of(call));
  TOLLGATE_TRY(options.labels, pairs_of(call, "label"));
  if (call.has("sloth-version")) options.version = call.text("sloth-version");
  std::vector<model::SourceText> texts;
  if (call.values().size() == 1 && call.value(0) == "-") {
    TOLLGATE_TRY(std::string text, call.terminal().read_input());
    texts.push_back({.file = "standard input", .text = std::move(text)});
  } else {
    TOLLGATE_TRY(const std::vector<NamedText> files, read_policy_files(call.values()));
    for (const NamedText& file : files) texts.push_back({.file = file.name, .text = file.text});
  }
  const rules::Generated made = rules::generate(texts, options);
  for (const Error& warning : made.warnings) call.remark("warning: " + warning.text());
  for (const Error& problem : made.problems) call.remark(problem.text());
  if (!made.problems.empty()) return kExitProblems;
  if (made.documents.empty())
    return fail(codes::no_objective, "there is no SLO that rules could be made of");
  std::string text;
  for (const doc::Node& document : made.documents) text += "---\n" + doc::write_yaml(document);
  const std::string file = call.text("write");
  if (file.empty()) {
    call.out(text);
  } else {
    TOLLGATE_CHECK(write_file(file, text));
    call.remark("written to " + file);
  }
  return kExitDone;
}

}  // namespace

extern const CommandDef slo_rules_command = {
    .name = "slo rules",
    .group = Group::signals,
    .summary = "Write Prometheus recording and alert rules for SLOs of Sloth, OpenSLO or Pyrra.",
    .doc =
        "Reads Sloth (prometheus/v1 and PrometheusServiceLevel), OpenSLO (v1, v1alpha) and Pyrra "
        "files. Style sloth gives the rules that Sloth generates, rule for rule. Style tollgate "
        "also keeps good and total rates, so that long windows weigh busy minutes more than quiet "
        "ones, leaves out windows without traffic, asks for three bad events before it alerts, and "
        "alerts when data stops. PrometheusServiceLevel gives a PrometheusRule resource.",
    .examples =
        "tollgate slo rules --style sloth slos/checkout.yaml > rules.yaml\n"
        "tollgate slo rules --style tollgate slos/ --write rules.yaml\n"
        "tollgate slo rules --style sloth --windows windows/7d.yaml checkout.yaml",
    .arguments = {{.name = "FILE",
                   .doc = "Files or folders; - for standard input.",
                   .is_repeated = true}},
    .options = {{.name = "style",
                 .value = "NAME",
                 .doc = "Whose rules.",
                 .otherwise = "tollgate",
                 .choices = "sloth|tollgate"},
                {.name = "period",
                 .value = "SPAN",
                 .doc = "Window of the budget, for Sloth files, which name none.",
                 .otherwise = "30d"},
                {.name = "windows",
                 .value = "FILE",
                 .doc = "A Sloth file of kind AlertWindows instead of the usual windows."},
                {.name = "label",
                 .value = "NAME=TEXT",
                 .doc = "Another label of every recorded series.",
                 .is_repeated = true},
                {.name = "sloth-version",
                 .value = "TEXT",
                 .doc = "Value of the label sloth_version.",
                 .otherwise = "v0.16.0"},
                {.name = "write", .value = "FILE", .doc = "Write there, not to standard output."}},
    .common = Common::none,
    .run = run_rules,
};

}  // namespace tollgate::cli
