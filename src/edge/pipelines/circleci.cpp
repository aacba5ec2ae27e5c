// CircleCI: jobs and commands, orbs by their names, approvals in workflows.
#include "edge/pipelines/source.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::pipelines {
namespace {

using doc::Node;

bool claims(std::string_view path, std::string_view) {
  return ends_with_yaml(path) && path.find(".circleci/") != std::string_view::npos;
}

constexpr int kCommandDepthMax = 8;

class Reader {
 public:
  Reader(const SourceFile& file, const Node& document) : file_(file), document_(document) {}

  std::vector<Job> jobs() {
    const Node* const jobs = member(document_, "jobs");
    if (jobs != nullptr && jobs->is_object()) {
      for (const doc::Member& entry : jobs->members()) defined_[entry.key] = &entry;
    }
    std::vector<Job> all;
    const Node* const workflows = member(document_, "workflows");
    if (workflows != nullptr && workflows->is_object()) {
      for (const doc::Member& workflow : workflows->members()) add_workflow(workflow, all);
    }
    for (const auto& [name, entry] : defined_) {  // those that no workflow names
      if (!used_.contains(name)) all.push_back(make(name, nullptr, ""));
    }
    return all;
  }

 private:
  void add_workflow(const doc::Member& workflow, std::vector<Job>& all) {
    const Node* const jobs = member(workflow.value, "jobs");
    if (jobs == nullptr || !jobs->is_array()) return;
    for (const Node& item : jobs->items()) {
      const bool is_plain = !item.is_object() || item.members().empty();
      const std::string name = is_plain ? text_of(&item) : item.members().front().key;
      const Node* const settings = is_plain ? nullptr : &item.members().front().value;
      Job job = make(name, settings, workflow.key + "/");
      if (job.line == 0) job.line = line_of(item);
      for (Step& step : job.steps) step.line = step.line == 0 ? job.line : step.line;
      all.push_back(std::move(job));
    }
  }

  /// A job as a workflow uses it; `scope` keeps equal names of several
  /// workflows apart.
  Job make(const std::string& name, const Node* settings, const std::string& scope) {
    used_[name] = true;
    Job job{.name = scope + name};
    if (settings != nullptr) {
      if (const std::string given = text_of(member(*settings, "name")); !given.empty())
        job.name = scope + given;
      for (const std::string& need : names_of(member(*settings, "requires")))
        job.needs.push_back(scope + need);
      if (text_of(member(*settings, "type")) == "approval") job.gate = Gate::person;
    }
    const auto found = defined_.find(name);
    if (found == defined_.end()) {  // of an orb, or an approval
      if (!job.gate) job.steps.push_back({.name = name, .uses = name});
      return job;
    }
    job.line = found->second->key_mark.line;
    add_steps(member(found->second->value, "steps"), job, 0);
    return job;
  }

  void add_steps(const Node* steps, Job& job, int depth) {
    if (steps == nullptr || !steps->is_array() || depth > kCommandDepthMax) return;
    for (const Node& item : steps->items()) {
      const bool is_plain = !item.is_object() || item.members().empty();
      const std::string name = is_plain ? text_of(&item) : item.members().front().key;
      const Node* const given = is_plain ? nullptr : &item.members().front().value;
      if (name == "when" || name == "unless") {
        if (given != nullptr) add_steps(member(*given, "steps"), job, depth + 1);
        continue;
      }
      const Node* const commands = member(document_, "commands");
      const Node* const command = commands == nullptr ? nullptr : member(*commands, name);
      if (command != nullptr) {
        add_steps(member(*command, "steps"), job, depth + 1);
        continue;
      }
      Step step{.name = name, .line = line_of(item)};
      if (name == "run" && given != nullptr) {
        const Node* const script = given->is_object() ? member(*given, "command") : given;
        if (given->is_object()) step.name = text_of(member(*given, "name"));
        if (script != nullptr)
          step.commands = commands_at(file_.text, line_of(*script), text_of(script));
      } else {
        step.uses = name;
      }
      job.steps.push_back(std::move(step));
    }
  }

  const SourceFile& file_;
  const Node& document_;
  std::map<std::string, const doc::Member*> defined_;
  std::map<std::string, bool> used_;
};

Result<Pipeline> read(const SourceFile& file, const Sources&) {
  TOLLGATE_TRY(const std::vector<Node> nodes, documents(file));
  Pipeline pipeline{.file = file.path, .dialect = "circleci"};
  for (const Node& document : nodes) {
    for (Job& job : Reader(file, document).jobs()) pipeline.jobs.push_back(std::move(job));
  }
  return pipeline;
}

}  // namespace

extern const DialectDef circleci_dialect = {
    .name = "circleci", .title = "CircleCI", .claims = claims, .read = read};

}  // namespace tollgate::pipelines
