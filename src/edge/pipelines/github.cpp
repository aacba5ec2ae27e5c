// GitHub Actions: workflows, reusable ones among them, and composite actions of
// the repository.
#include "edge/pipelines/patterns.hpp"
#include "edge/pipelines/source.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::pipelines {
namespace {

using doc::Node;

constexpr std::string_view kWorkflows = ".github/workflows/";

bool claims(std::string_view path, std::string_view text) {
  if (!ends_with_yaml(path)) return false;
  if (path.find(kWorkflows) != std::string_view::npos) return true;
  const std::string_view name = base_name(path);
  if (name == "action.yml" || name == "action.yaml")
    return text.find("runs:") != std::string_view::npos;
  return text.find("\njobs:") != std::string_view::npos &&
         text.find("runs-on:") != std::string_view::npos;
}

/// Where "./" of a workflow begins: the repository's root.
std::string root_of(std::string_view path) {
  const size_t at = path.rfind(".github/");
  return at == std::string_view::npos ? std::string() : std::string(path.substr(0, at));
}

/// The file that `uses: ./...` names; empty if it is not among the sources.
std::string called_file(const std::string& uses, const SourceFile& file, const Sources& sources) {
  if (!uses.starts_with("./")) return {};
  const std::string path = root_of(file.path) + uses.substr(2);
  for (const char* suffix : {"", "/action.yml", "/action.yaml"}) {
    if (sources.contains(path + suffix)) return path + suffix;
  }
  return {};
}

Step read_step(const Node& node, const SourceFile& file, const Sources& sources) {
  Step step{.name = text_of(member(node, "name")), .line = line_of(node)};
  step.ignores_failure = is_true(member(node, "continue-on-error"));
  if (const Node* run = member(node, "run"); run != nullptr) {
    step.commands = commands_at(file.text, line_of(*run), text_of(run));
  }
  const Node* const uses = member(node, "uses");
  if (uses == nullptr) return step;
  step.uses = text_of(uses);
  step.calls = called_file(step.uses, file, sources);
  const Node* const with = member(node, "with");
  if (with == nullptr || !with->is_object()) return step;
  for (const doc::Member& input : with->members()) {
    step.inputs[input.key] = text_of(&input.value);
    // Scripts that actions run on other machines; those of github-script are
    // JavaScript.
    if (step.uses.starts_with("actions/")) continue;
    if (input.key == "script" || input.key == "run" || input.key == "command") {
      const auto commands = commands_at(file.text, line_of(input.value), text_of(&input.value));
      step.commands.insert(step.commands.end(), commands.begin(), commands.end());
    }
  }
  return step;
}

std::vector<Step> read_steps(const Node* steps, const SourceFile& file, const Sources& sources) {
  std::vector<Step> all;
  if (steps == nullptr || !steps->is_array()) return all;
  for (const Node& step : steps->items()) {
    if (step.is_object()) all.push_back(read_step(step, file, sources));
  }
  return all;
}

Job read_job(const doc::Member& entry, const SourceFile& file, const Sources& sources) {
  const Node& node = entry.value;
  Job job{.name = entry.key, .line = std::max<uint32_t>(entry.key_mark.line, 1)};
  job.needs = names_of(member(node, "needs"));
  job.ignores_failure = is_true(member(node, "continue-on-error"));
  const Node* const environment = member(node, "environment");
  if (environment != nullptr) {
    const Node* const name = member(*environment, "name");
    if (!text_of(name != nullptr ? name : environment).empty()) job.gate = Gate::environment;
  }
  job.steps = read_steps(member(node, "steps"), file, sources);
  if (member(node, "uses") != nullptr) {  // a reusable workflow
    Step step = read_step(node, file, sources);
    step.name = job.name;
    step.line = line_of(*member(node, "uses"));
    job.steps.push_back(std::move(step));
  }
  return job;
}

/// Whether the workflow runs only when another one calls it.
bool is_only_called(const Node* on) {
  if (on == nullptr) return false;
  if (!on->is_object()) {
    const std::vector<std::string> names = names_of(on);
    return names.size() == 1 && names.front() == "workflow_call";
  }
  return on->members().size() == 1 && on->members().front().key == "workflow_call";
}

Result<Pipeline> read(const SourceFile& file, const Sources& sources) {
  TOLLGATE_TRY(const std::vector<Node> nodes, documents(file));
  Pipeline pipeline{.file = file.path, .dialect = "github"};
  for (const Node& document : nodes) {
    if (const Node* runs = member(document, "runs"); runs != nullptr) {
      Job job{.name = "action", .line = line_of(*runs)};
      job.steps = read_steps(member(*runs, "steps"), file, sources);
      pipeline.jobs.push_back(std::move(job));
      pipeline.is_only_called = true;
    }
    pipeline.is_only_called = pipeline.is_only_called || is_only_called(member(document, "on"));
    const Node* const jobs = member(document, "jobs");
    if (jobs == nullptr || !jobs->is_object()) continue;
    for (const doc::Member& entry : jobs->members()) {
      if (entry.value.is_object()) pipeline.jobs.push_back(read_job(entry, file, sources));
    }
  }
  return pipeline;
}

}  // namespace

extern const DialectDef github_dialect = {
    .name = "github", .title = "GitHub Actions", .claims = claims, .read = read};

}  // namespace tollgate::pipelines
