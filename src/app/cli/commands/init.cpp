// tollgate init: a starter policy and a pipeline snippet for a repository. Never overwrites
// anything.
#include "app/cli/exit_codes.hpp"
#include "app/cli/files.hpp"
#include "app/cli/invocation.hpp"
#include "app/cli/starter.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::cli {
namespace {

constexpr std::string_view kIgnore =
    "# Ledger, signals and keys of local mode stay out of the repository.\ndata/\n";

struct Plan {
  std::string path;
  std::string_view text;
};

/// Where the snippet of the CI that this repository or this environment uses goes; empty if none
/// shows.
std::optional<Plan> snippet_for(const Invocation& call, const std::string& root) {
  const auto is_set = [&call](const char* name) { return !call.terminal().variable(name).empty(); };
  const std::string choice = call.text("ci");
  const bool is_auto = choice == "auto";
  if (choice == "github" ||
      (is_auto && (is_set("GITHUB_ACTIONS") || folder_exists(root + ".github")))) {
    return Plan{root + ".github/workflows/tollgate.yaml", starter_text("ci/github-actions.yaml")};
  }
  if (choice == "gitlab" ||
      (is_auto && (is_set("GITLAB_CI") || file_exists(root + ".gitlab-ci.yml")))) {
    return Plan{root + "tollgate.gitlab-ci.yaml", starter_text("ci/gitlab-ci.yaml")};
  }
  if (choice == "jenkins" ||
      (is_auto && (is_set("JENKINS_URL") || file_exists(root + "Jenkinsfile")))) {
    return Plan{root + "Jenkinsfile.tollgate", starter_text("ci/Jenkinsfile")};
  }
  return std::nullopt;
}

Result<int> run_init(Invocation& call) {
  const std::string root = call.values().empty() ? "" : call.value(0) + "/";
  const std::string folder = root + ".tollgate";
  std::vector<Plan> plans;
  for (const StarterFile& file : starter_files()) {
    constexpr std::string_view kStarter = "starter/";
    if (!file.name.starts_with(kStarter)) continue;
    plans.push_back({fmt::format("{}/{}", folder, file.name.substr(kStarter.size())), file.text});
  }
  plans.push_back({folder + "/.gitignore", kIgnore});
  if (const auto snippet = snippet_for(call, root)) plans.push_back(*snippet);

  doc::Node written = doc::Node::array();
  doc::Node kept = doc::Node::array();
  std::string text;
  for (const Plan& plan : plans) {
    const bool is_there = file_exists(plan.path);
    if (!is_there) TOLLGATE_CHECK(write_file(plan.path, plan.text));
    (is_there ? kept : written).push(plan.path);
    text += fmt::format("{} {}\n", is_there ? "kept   " : "written", plan.path);
  }
  call.print(doc::Node::object({{"written", std::move(written)}, {"kept", std::move(kept)}}),
             [&text] { return text; });
  const std::string enter = root.empty() ? "" : fmt::format("  cd {}\n", call.value(0));
  call.remark(
      fmt::format("\nNext: adapt the files, then\n{}  tollgate check\n  tollgate apply", enter));
  return kExitDone;
}

}  // namespace

extern const CommandDef init_command = {
    .name = "init",
    .group = Group::policy,
    .summary = "Write a starter policy and a pipeline snippet; never overwrites.",
    .doc =
        "Writes DIR/.tollgate/ with a service, an SLO, tiers, environments and a gate to adapt, "
        "and a snippet for "
        "the CI that the repository uses.",
    .examples = "tollgate init\ntollgate init shop --ci gitlab",
    .arguments = {{.name = "DIR", .doc = "The repository; default: here.", .is_required = false}},
    .options = {{.name = "ci",
                 .value = "CI",
                 .doc = "Whose snippet to write.",
                 .otherwise = "auto",
                 .choices = "auto|github|gitlab|jenkins|none"}},
    .formats = "table|plain|json|yaml",
    .run = run_init,
};

}  // namespace tollgate::cli
