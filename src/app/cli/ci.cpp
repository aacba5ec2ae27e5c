#include "app/cli/ci.hpp"

#include "app/cli/files.hpp"
#include "app/render/findings.hpp"
#include "app/render/verdict.hpp"

namespace tollgate::cli {
namespace {

constexpr size_t kAnnotationsMax =
    9;  // GitHub shows ten of a kind in a step; the tenth says how many more
constexpr std::string_view kJunitFile = "tollgate-junit.xml";
constexpr std::string_view kQualityFile = "tollgate-codequality.json";
constexpr std::string_view kDotenvFile = "tollgate.env";

/// Escapes a workflow command's message; `is_property` for what stands before the "::".
std::string workflow_escape(std::string_view text, bool is_property) {
  std::string out;
  for (char c : text) {
    if (c == '%') {
      out += "%25";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else if (is_property && c == ':') {
      out += "%3A";
    } else if (is_property && c == ',') {
      out += "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

/// One line of NAME=value, whatever the value holds.
std::string line_of(std::string_view name, std::string_view value) {
  std::string text;
  for (char c : value) text += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return fmt::format("{}={}\n", name, text);
}

Result<void> report_github(const Invocation& call, const doc::Node& verdict,
                           const std::string& link) {
  const std::string outputs = call.terminal().variable("GITHUB_OUTPUT");
  if (!outputs.empty()) {
    TOLLGATE_CHECK(append_file(outputs, line_of("verdict", verdict.text_or("verdict")) +
                                            line_of("decision", verdict.text_or("decision")) +
                                            line_of("url", link)));
  }
  const std::string summary = call.terminal().variable("GITHUB_STEP_SUMMARY");
  if (!summary.empty()) {
    TOLLGATE_CHECK(append_file(summary, render::verdict_markdown(verdict, link) + "\n"));
  }
  const std::string_view word = verdict.text_or("verdict");
  if (word == "allow") return {};
  std::string message =
      fmt::format("{} {} to {}: {}", verdict.text_or("service"), verdict.text_or("version"),
                  verdict.text_or("environment"), word);
  for (const doc::Node& check : verdict.find("checks")->items()) {
    const std::string_view state = check.text_or("state");
    if (state != "fail" && state != "unknown") continue;
    message += fmt::format("\n{}: {}", check.text_or("check"), check.text_or("message"));
  }
  call.terminal().err(fmt::format("::error title=Tollgate {}::{}\n", workflow_escape(word, true),
                                  workflow_escape(message, false)));
  return {};
}

Result<void> report_files(const doc::Node& verdict, const std::string& link, bool is_gitlab) {
  TOLLGATE_CHECK(write_file(std::string(kJunitFile), render::verdict_junit(verdict)));
  if (!is_gitlab) return {};
  TOLLGATE_CHECK(write_file(std::string(kQualityFile), render::verdict_codequality(verdict)));
  return write_file(std::string(kDotenvFile),
                    line_of("TOLLGATE_VERDICT", verdict.text_or("verdict")) +
                        line_of("TOLLGATE_DECISION", verdict.text_or("decision")) +
                        line_of("TOLLGATE_URL", link));
}

}  // namespace

Ci detect_ci(const Invocation& call) {
  const std::string choice = call.text("ci");
  const auto is_set = [&call](const char* name) { return !call.terminal().variable(name).empty(); };
  if (choice == "github") return Ci::github;
  if (choice == "gitlab") return Ci::gitlab;
  if (choice == "jenkins") return Ci::jenkins;
  if (choice != "auto") return Ci::none;
  if (is_set("GITHUB_ACTIONS")) return Ci::github;
  if (is_set("GITLAB_CI")) return Ci::gitlab;
  if (is_set("JENKINS_URL")) return Ci::jenkins;
  return Ci::none;
}

Result<void> report_verdict(const Invocation& call, Ci ci, const doc::Node& verdict,
                            const std::string& link) {
  switch (ci) {
    case Ci::none:
      return {};
    case Ci::github:
      return report_github(call, verdict, link);
    case Ci::gitlab:
      return report_files(verdict, link, true);
    case Ci::jenkins:
      return report_files(verdict, link, false);
  }
  return {};
}

void report_findings(const Invocation& call, Ci ci, const doc::Node& findings) {
  if (ci != Ci::github) return;
  size_t shown = 0;
  for (const doc::Node& finding : findings.items()) {
    if (shown == kAnnotationsMax) {
      call.terminal().err(
          fmt::format("::warning::{} more findings\n", findings.items().size() - shown));
      return;
    }
    ++shown;
    std::string place = fmt::format("file={}", workflow_escape(finding.text_or("file"), true));
    if (const int64_t line = finding.integer_or("line", 0); line > 0) {
      place += fmt::format(",line={},col={}", line, finding.integer_or("column", 1));
    }
    const std::string_view severity = finding.text_or("severity");
    const std::string_view kind = severity == "error"     ? "error"
                                  : severity == "warning" ? "warning"
                                                          : "notice";
    call.terminal().err(fmt::format("::{} {},title={}::{}\n", kind, place,
                                    workflow_escape(finding.text_or("code"), true),
                                    workflow_escape(finding.text_or("message"), false)));
  }
}

}  // namespace tollgate::cli
