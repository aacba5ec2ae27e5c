// GitLab CI: jobs with what they extend, the default section, files that are
// included, environments.
#include "edge/pipelines/source.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace tollgate::pipelines {
namespace {

using doc::Node;

constexpr int kExtendsDepthMax = 11;  // as GitLab has it
constexpr int kIncludeDepthMax = 10;

bool claims(std::string_view path, std::string_view text) {
  if (!ends_with_yaml(path)) return false;
  const std::string_view name = base_name(path);
  if (name.starts_with(".gitlab-ci") || name.ends_with(".gitlab-ci.yml")) return true;
  return path.find(".gitlab/ci/") != std::string_view::npos &&
         text.find("script:") != std::string_view::npos;
}

/// A key of a job or template with the file that it stands in.
struct Placed {
  const Node* node = nullptr;
  const SourceFile* file = nullptr;
  Mark mark = {};
};

bool is_reserved(std::string_view key) {
  constexpr std::array<std::string_view, 12> kReserved = {
      "default", "include",  "stages", "variables",     "workflow",     "image",
      "cache",   "services", "spec",   "before_script", "after_script", "types"};
  return std::find(kReserved.begin(), kReserved.end(), key) != kReserved.end();
}

/// All jobs and templates of a file and of what it includes.
class Reader {
 public:
  Reader(const SourceFile& file, const Sources& sources) : main_(file), sources_(sources) {}

  Result<Pipeline> read() {
    TOLLGATE_CHECK(take_file(main_, 0));
    Pipeline pipeline{.file = main_.path, .dialect = "gitlab"};
    for (const std::string& name : order_) {
      if (name.starts_with('.')) continue;
      if (std::optional<Job> job = make_job(name)) pipeline.jobs.push_back(std::move(*job));
    }
    for (Job& job : pipeline.jobs) {
      if (!has_needs_.contains(job.name)) job.needs = jobs_before(job.name);
    }
    return pipeline;
  }

 private:
  Result<void> take_file(const SourceFile& file, int depth) {
    Result<std::vector<Node>> nodes = documents(file);
    if (!nodes && depth > 0) return {};  // reported where it is read itself
    if (!nodes) return fail(nodes.error());
    files_.push_back(std::make_unique<SourceFile>(file));
    kept_.push_back(std::make_unique<std::vector<Node>>(std::move(*nodes)));
    const SourceFile& kept = *files_.back();
    for (const Node& document : *kept_.back()) {
      if (!document.is_object()) continue;
      const Node* const includes = document.find("include");
      if (includes != nullptr && depth == 0) include_line_ = line_of(*includes);
      include(includes, kept, depth);
      for (const doc::Member& entry : document.members()) {
        if (entry.key == "stages") stages_ = names_of(&entry.value);
        if (entry.key == "default") default_ = {&entry.value, &kept, entry.key_mark};
        if (entry.key == "before_script") before_ = {&entry.value, &kept, entry.key_mark};
        if (is_reserved(entry.key) || !entry.value.is_object()) continue;
        if (!jobs_.contains(entry.key)) order_.push_back(entry.key);
        jobs_[entry.key] = {&entry.value, &kept, entry.key_mark};
      }
    }
    return {};
  }

  void include(const Node* includes, const SourceFile& file, int depth) {
    if (includes == nullptr || depth >= kIncludeDepthMax) return;
    if (includes->is_array()) {
      for (const Node& item : includes->items()) include(&item, file, depth);
      return;
    }
    const Node* const local = includes->is_object() ? includes->find("local") : includes;
    std::string path = text_of(local);
    if (path.empty() || path.find("://") != std::string::npos) return;
    if (path.starts_with('/')) path.erase(0, 1);
    // Paths count from the root of the repository, which is where the main file
    // stands.
    const size_t slash = main_.path.rfind('/');
    if (slash != std::string::npos) path = main_.path.substr(0, slash + 1) + path;
    const auto found = sources_.find(path);
    if (found == sources_.end() || !seen_.insert(path).second) return;
    (void)take_file({.path = found->first, .text = found->second}, depth + 1);
  }

  /// The value of `key` for a job: its own, else of what it extends (the last
  /// named first), else of the default section.
  Placed find(const std::string& name, std::string_view key, int depth = 0) const {
    const auto job = jobs_.find(name);
    if (job == jobs_.end() || depth > kExtendsDepthMax) return {};
    if (const Node* own = member(*job->second.node, key))
      return {own, job->second.file, own->mark()};
    std::vector<std::string> parents = names_of(member(*job->second.node, "extends"));
    std::reverse(parents.begin(), parents.end());
    for (const std::string& parent : parents) {
      const Placed found = find(parent, key, depth + 1);
      if (found.node != nullptr) return found;
    }
    return {};
  }

  Placed find_or_default(const std::string& name, std::string_view key) const {
    Placed found = find(name, key);
    if (found.node == nullptr && default_.node != nullptr) {
      const Node* const node = member(*default_.node, key);
      if (node != nullptr) found = {node, default_.file, node->mark()};
    }
    if (found.node == nullptr && key == "before_script") found = before_;
    return found;
  }

  void add_commands(const Placed& script, Step& step, int depth = 0) const {
    if (depth > kExtendsDepthMax) return;
    for (const Node* text : texts_of(script.node)) {
      // "!reference [.setup, script]" comes as the names of a job and its key.
      const auto referenced = jobs_.find(text_of(text));
      if (referenced != jobs_.end()) {
        const Placed other = find(referenced->first, "script");
        if (other.node != nullptr && other.node != script.node)
          add_commands(other, step, depth + 1);
        continue;
      }
      auto commands = commands_at(script.file->text, line_of(*text), text_of(text));
      // What stands in an included file is shown at the job that runs it.
      if (script.file != files_.front().get()) {
        for (Command& command : commands) command.line = step.line;
      }
      step.commands.insert(step.commands.end(), commands.begin(), commands.end());
    }
  }

  bool is_manual(const std::string& name) const {
    if (text_of(find(name, "when").node) == "manual") return true;
    const Node* const rules = find(name, "rules").node;
    if (rules == nullptr || !rules->is_array()) return false;
    bool is_manual = false;
    for (const Node& rule : rules->items()) {
      const std::string when = text_of(member(rule, "when"));
      if (when == "never") continue;
      if (when != "manual") return false;  // one way in that nobody has to click
      is_manual = true;
    }
    return is_manual;
  }

  /// Whether the pipeline goes on when the job fails; listed exit codes are a
  /// choice.
  bool ignores_failure(const std::string& name) const {
    return is_true(find(name, "allow_failure").node);
  }

  void add_environment(const std::string& name, Step& step) const {
    const Node* const environment = find(name, "environment").node;
    if (environment == nullptr) return;
    const std::string verb = text_of(member(*environment, "action"));
    if (verb == "prepare" || verb == "verify" || verb == "access") return;
    const Node* const named = member(*environment, "name");
    step.action = Action::deploy;
    step.what = fmt::format("{} of environment {}", verb == "stop" ? "stop" : "deployment",
                            text_of(named != nullptr ? named : environment));
  }

  /// The line of a job; of `include` for one of another file.
  uint32_t line_in_main(const Placed& placed) const {
    const bool is_included = placed.file != files_.front().get();
    return std::max<uint32_t>(is_included ? include_line_ : placed.mark.line, 1);
  }

  std::optional<Job> make_job(const std::string& name) {
    const Placed& placed = jobs_.at(name);
    const Placed script = find(name, "script");
    const Node* const trigger = find(name, "trigger").node;
    const Node* const run = find(name, "run").node;
    if (script.node == nullptr && trigger == nullptr && run == nullptr) return std::nullopt;
    Job job{.name = name, .line = line_in_main(placed)};
    job.ignores_failure = ignores_failure(name);
    if (is_manual(name)) job.gate = Gate::person;
    const Placed needs = find(name, "needs");
    if (needs.node != nullptr && needs.node->is_array()) {
      has_needs_.insert(name);
      for (const Node& need : needs.node->items())
        job.needs.push_back(text_of(need.is_object() ? member(need, "job") : &need));
    }
    Step step{.name = name, .line = job.line};
    add_environment(name, step);
    if (name == "pages") {
      step.action = Action::deploy;
      step.what = "GitLab Pages";
    }
    add_commands(find_or_default(name, "before_script"), step);
    add_commands(script, step);
    add_commands(find_or_default(name, "after_script"), step);
    job.steps.push_back(std::move(step));
    if (find(name, "release").node != nullptr) {
      job.steps.push_back({.name = name,
                           .line = line_of(*find(name, "release").node),
                           .action = Action::publish,
                           .what = "a release of GitLab"});
    }
    stage_[name] = text_of(find(name, "stage").node);
    return job;
  }

  /// Without `needs`, a job waits for all jobs of earlier stages.
  std::vector<std::string> jobs_before(const std::string& name) const {
    std::vector<std::string> before;
    const auto place = [this](const std::string& stage) {
      const std::string named = stage.empty() ? "test" : stage;
      return std::find(stages_.begin(), stages_.end(), named) - stages_.begin();
    };
    for (const auto& [other, stage] : stage_) {
      if (place(stage) < place(stage_.at(name))) before.push_back(other);
    }
    return before;
  }

  const SourceFile& main_;
  const Sources& sources_;
  std::vector<std::unique_ptr<SourceFile>> files_;
  std::vector<std::unique_ptr<std::vector<Node>>> kept_;
  std::vector<std::string> stages_ = {".pre", "build", "test", "deploy", ".post"};
  std::vector<std::string> order_;
  std::map<std::string, Placed> jobs_;
  std::map<std::string, std::string> stage_;
  std::set<std::string> has_needs_;
  std::set<std::string> seen_;
  uint32_t include_line_ = 1;
  Placed default_;
  Placed before_;
};

Result<Pipeline> read(const SourceFile& file, const Sources& sources) {
  return Reader(file, sources).read();
}

}  // namespace

extern const DialectDef gitlab_dialect = {
    .name = "gitlab", .title = "GitLab CI", .claims = claims, .read = read};

}  // namespace tollgate::pipelines
