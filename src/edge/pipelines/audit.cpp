#include "edge/pipelines/audit.hpp"

#include "edge/pipelines/source.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>
#include <fnmatch.h>
#include <set>
#include <tuple>

namespace tollgate::pipelines {
namespace {

constexpr size_t kTextShown = 120;

/// Which gates were asked on the way so far.
struct Asked {
  uint32_t gates = 0;  // bits by Gate
  bool is_ignored = false;

  void add(Gate gate, bool ignores_failure) {
    if (ignores_failure) {
      is_ignored = true;
    } else {
      gates |= uint32_t{1} << static_cast<uint32_t>(gate);
    }
  }
  void add(const Asked& other) {
    gates |= other.gates;
    is_ignored = is_ignored || other.is_ignored;
  }
};

/// Some actions deploy or publish only if an input says so.
struct InputRule {
  std::string_view uses;
  Action action;
  bool (*acts)(const std::map<std::string, std::string>& inputs);
};
std::string_view input(const std::map<std::string, std::string>& inputs, const std::string& key) {
  const auto found = inputs.find(key);
  return found == inputs.end() ? std::string_view() : found->second;
}
constexpr std::array kInputRules = {
    InputRule{"docker/build-push-action", Action::publish,
              [](const auto& inputs) {
                const std::string_view push = input(inputs, "push");
                return (!push.empty() && push != "false") ||
                       input(inputs, "outputs").find("push=true") != std::string_view::npos;
              }},
    InputRule{"docker/bake-action", Action::publish,
              [](const auto& inputs) {
                const std::string_view push = input(inputs, "push");
                return !push.empty() && push != "false";
              }},
    InputRule{"goreleaser/goreleaser-action", Action::publish,
              [](const auto& inputs) {
                const std::string_view args = input(inputs, "args");
                return args.find("release") != std::string_view::npos &&
                       args.find("--snapshot") == std::string_view::npos &&
                       args.find("--skip=publish") == std::string_view::npos;
              }},
    InputRule{"slsa-framework/slsa-github-generator/", Action::publish,
              [](const auto& inputs) {
                return input(inputs, "upload-assets") == "true" || !input(inputs, "image").empty();
              }},
    InputRule{"gruntwork-io/terragrunt-action", Action::deploy,
              [](const auto& inputs) {
                const std::string_view command = input(inputs, "tg_command");
                return command.find("apply") != std::string_view::npos ||
                       command.find("destroy") != std::string_view::npos;
              }},
};
const InputRule* input_rule(std::string_view uses) {
  for (const InputRule& rule : kInputRules) {
    if (uses.starts_with(rule.uses)) return &rule;
  }
  return nullptr;
}

/// A step on one of the ways to it.
struct Sighting {
  DeployStep step;
  std::vector<std::pair<Asked, std::string>> ways;  // what was asked, and by which caller
  bool is_throwaway = true;                         // on every way
};

class Auditor {
 public:
  Auditor(const Sources& sources, const AuditRules& rules) : sources_(sources), rules_(rules) {}

  Result<AuditReport> run() {
    for (const auto& [path, text] : sources_) {
      const DialectDef* const dialect = dialect_of(path, text);
      if (dialect == nullptr) continue;
      if (++report_.files > static_cast<int64_t>(kAuditFilesMax))
        return fail(codes::limit_exceeded, "more than {} pipelines", kAuditFilesMax);
      ++report_.files_by_dialect[std::string(dialect->name)];
      Result<Pipeline> pipeline = dialect->read({.path = path, .text = text}, sources_);
      if (!pipeline) {
        if (pipeline.error().file.empty()) pipeline.error().file = path;
        report_.unreadable.push_back(std::move(pipeline.error()));
        continue;
      }
      pipelines_.emplace(path, std::move(*pipeline));
    }
    find_callers();
    for (const auto& [path, pipeline] : pipelines_) {
      // What only others call is judged on their ways; without a caller it
      // stands for itself.
      if (pipeline.is_only_called && called_.contains(path)) continue;
      walk(pipeline, {}, "", 0, false);
    }
    conclude();
    return std::move(report_);
  }

 private:
  void find_callers() {
    for (const auto& [path, pipeline] : pipelines_) {
      for (const Job& job : pipeline.jobs) {
        for (const Step& step : job.steps) {
          if (!step.calls.empty()) called_.insert(step.calls);
        }
      }
    }
  }

  /// Visits all jobs; what was asked in any of them comes back, for the
  /// caller's later steps.
  Asked walk(const Pipeline& pipeline, const Asked& inherited, const std::string& from, int depth,
             bool is_throwaway) {
    Asked all = inherited;
    if (depth > kCallDepthMax) return all;
    for (const Job& job : pipeline.jobs) {
      Asked asked = inherited;
      std::set<std::string> visited = {job.name};
      add_before(pipeline, job, asked, visited, depth);
      if (job.gate) asked.add(*job.gate, job.ignores_failure && *job.gate == Gate::tollgate);
      walk_steps(pipeline, job, asked, from, depth, is_throwaway || makes_throwaway(job));
      all.add(asked);
    }
    return all;
  }

  /// What the jobs that end before `job` begins have asked.
  void add_before(const Pipeline& pipeline, const Job& job, Asked& asked,
                  std::set<std::string>& visited, int depth) {
    for (const std::string& need : job.needs) {
      if (!visited.insert(need).second) continue;
      const auto other = std::find_if(pipeline.jobs.begin(), pipeline.jobs.end(),
                                      [&](const Job& each) { return each.name == need; });
      if (other == pipeline.jobs.end()) continue;
      // A job that waits for a click holds up those behind it only if it is
      // nothing but that.
      if (other->gate && (*other->gate != Gate::person || other->steps.empty()))
        asked.add(*other->gate, other->ignores_failure);
      for (const Step& step : other->steps) add_gates_of(step, *other, asked, depth);
      add_before(pipeline, *other, asked, visited, depth);
    }
  }

  /// The gates that a step asks itself, and those of what it calls.
  void add_gates_of(const Step& step, const Job& job, Asked& asked, int depth) {
    const bool ignores = step.ignores_failure || job.ignores_failure;
    if (step.gate) asked.add(*step.gate, ignores);
    for (const Command& command : step.commands) {
      const Pattern* const gate = rules_.matcher->gate(Where::command, command.text);
      if (gate != nullptr) asked.add(*gate->gate, ignores || command.ignores_failure);
    }
    for (const Command& code : step.code) {
      const Pattern* const gate = rules_.matcher->gate(Where::code, code.text);
      if (gate != nullptr) asked.add(*gate->gate, ignores || code.ignores_failure);
    }
    const Pattern* const gate =
        step.uses.empty() ? nullptr : rules_.matcher->gate(Where::uses, step.uses);
    if (gate != nullptr) asked.add(*gate->gate, ignores);
    const auto called = pipelines_.find(step.calls);
    if (called == pipelines_.end() || depth > kCallDepthMax) return;
    for (const Job& inner : called->second.jobs) {
      if (inner.gate && *inner.gate != Gate::person) asked.add(*inner.gate, ignores);
      for (const Step& each : inner.steps) add_gates_of(each, inner, asked, depth + 1);
    }
  }

  void walk_steps(const Pipeline& pipeline, const Job& job, Asked& asked, const std::string& from,
                  int depth, bool is_throwaway) {
    for (const Step& step : job.steps) {
      const bool ignores = step.ignores_failure || job.ignores_failure;
      bool is_seen = false;
      const auto see = [&](Action action, std::string what, std::string_view text, uint32_t line) {
        sight(pipeline, job, step, asked, from, is_throwaway, action, std::move(what), text, line);
        is_seen = true;
      };
      // Commands one after the other, so that a gate and a deployment may share
      // a script.
      for (const Command& command : step.commands) {
        const Pattern* const gate = rules_.matcher->gate(Where::command, command.text);
        if (gate != nullptr) asked.add(*gate->gate, ignores || command.ignores_failure);
        const Pattern* const hit = rules_.matcher->action(Where::command, command.text);
        if (hit != nullptr) see(*hit->action, hit->what, command.text, command.line);
      }
      for (const Command& code : step.code) {
        const Pattern* const gate = rules_.matcher->gate(Where::code, code.text);
        if (gate != nullptr) asked.add(*gate->gate, ignores);
        const Pattern* const hit = rules_.matcher->action(Where::code, code.text);
        if (hit != nullptr) see(*hit->action, hit->what, code.text, code.line);
      }
      const auto called = pipelines_.find(step.calls);
      if (called != pipelines_.end()) {
        const std::string caller = fmt::format("{}:{}", pipeline.file, step.line);
        asked.add(walk(called->second, asked, caller, depth + 1, is_throwaway));
        is_seen = true;
      } else if (!step.uses.empty()) {
        see_use(step, see);
      }
      add_gates_of(step, job, asked, depth);
      if (!is_seen && step.action) see(*step.action, step.what, step.what, step.line);
      if (!is_seen && !step.name.empty() && (!step.commands.empty() || !step.code.empty())) {
        const Pattern* const hit = rules_.matcher->action(Where::name, step.name);
        if (hit != nullptr) see(*hit->action, hit->what, step.name, step.line);
      }
    }
  }

  template <class See>
  void see_use(const Step& step, const See& see) {
    if (const InputRule* rule = input_rule(step.uses); rule != nullptr) {
      if (rule->acts(step.inputs))
        see(rule->action,
            rule->action == Action::deploy ? "an action that deploys" : "an action that publishes",
            step.uses, step.line);
      return;
    }
    const Pattern* const hit = rules_.matcher->action(Where::uses, step.uses);
    if (hit != nullptr) see(*hit->action, hit->what, step.uses, step.line);
  }

  bool makes_throwaway(const Job& job) const {
    for (const Step& step : job.steps) {
      if (!step.uses.empty() && rules_.matcher->makes_throwaway(Where::uses, step.uses))
        return true;
      for (const Command& command : step.commands) {
        if (rules_.matcher->makes_throwaway(Where::command, command.text)) return true;
      }
    }
    return false;
  }

  /// One entry for each step and action: the first command that shows it.
  void sight(const Pipeline& pipeline, const Job& job, const Step& step, const Asked& asked,
             const std::string& from, bool is_throwaway, Action action, std::string what,
             std::string_view text, uint32_t line) {
    const auto key = std::tuple(pipeline.file, step.line, job.name, step.name, action);
    const auto [found, is_new] = sightings_.try_emplace(key);
    Sighting& sighting = found->second;
    if (is_new) {
      sighting.step = {.file = pipeline.file,
                       .line = line,
                       .dialect = pipeline.dialect,
                       .job = job.name,
                       .step = step.name,
                       .action = action,
                       .what = std::move(what),
                       .text = std::string(text.substr(0, kTextShown))};
    }
    sighting.ways.emplace_back(asked, from);
    sighting.is_throwaway = sighting.is_throwaway && is_throwaway && action == Action::deploy;
  }

  void conclude() {
    std::vector<bool> is_used(rules_.allowances.size(), false);
    for (auto& [key, sighting] : sightings_) {
      judge(sighting);
      allow(sighting.step, is_used);
      report_.steps.push_back(std::move(sighting.step));
    }
    std::stable_sort(report_.steps.begin(), report_.steps.end(),
                     [](const DeployStep& a, const DeployStep& b) {
                       return std::tie(a.file, a.line) < std::tie(b.file, b.line);
                     });
    for (size_t i = 0; i < rules_.allowances.size(); ++i) {
      const Allowance& allowance = rules_.allowances[i];
      if (allowance.until <= rules_.now) {
        report_.expired.push_back(allowance);
      } else if (!is_used[i]) {
        report_.unused.push_back(allowance);
      }
    }
  }

  void judge(Sighting& sighting) const {
    DeployStep& step = sighting.step;
    uint32_t common = ~uint32_t{0};
    bool is_ignored = false;
    uint32_t accepted = 0;
    for (const Gate gate : rules_.accepted) accepted |= uint32_t{1} << static_cast<uint32_t>(gate);
    bool is_gated = true;
    for (const auto& [asked, from] : sighting.ways) {
      common &= asked.gates;
      if ((asked.gates & accepted) != 0) continue;
      is_gated = false;
      is_ignored = is_ignored || asked.is_ignored;
      if (step.called_from.empty()) step.called_from = from;
    }
    for (uint32_t gate = 0; gate <= static_cast<uint32_t>(Gate::person); ++gate) {
      if (!step.gate && (common & (uint32_t{1} << gate)) != 0) step.gate = static_cast<Gate>(gate);
    }
    step.state = is_gated                    ? StepState::gated
                 : sighting.is_throwaway     ? StepState::throwaway
                 : is_ignored                ? StepState::ignored
                 : step.gate == Gate::person ? StepState::person
                                             : StepState::ungated;
  }

  void allow(DeployStep& step, std::vector<bool>& is_used) const {
    if (step.state == StepState::gated || step.state == StepState::throwaway) return;
    const auto fits = [](const std::string& glob, const std::string& text) {
      return glob.empty() || fnmatch(glob.c_str(), text.c_str(), 0) == 0;
    };
    for (size_t i = 0; i < rules_.allowances.size(); ++i) {
      const Allowance& allowance = rules_.allowances[i];
      if (allowance.until <= rules_.now || !fits(allowance.file, step.file)) continue;
      if (!fits(allowance.job, step.job) || !fits(allowance.step, step.step)) continue;
      step.state = StepState::allowed;
      step.reason = allowance.reason;
      is_used[i] = true;
    }
  }

  const Sources& sources_;
  const AuditRules& rules_;
  AuditReport report_;
  std::map<std::string, Pipeline> pipelines_;
  std::set<std::string> called_;
  std::map<std::tuple<std::string, uint32_t, std::string, std::string, Action>, Sighting>
      sightings_;
};

}  // namespace

std::string_view step_state_name(StepState state) {
  switch (state) {
    case StepState::gated:
      return "gated";
    case StepState::ungated:
      return "ungated";
    case StepState::ignored:
      return "ignored";
    case StepState::person:
      return "person";
    case StepState::throwaway:
      return "throwaway";
    case StepState::allowed:
      return "allowed";
  }
  return "";
}

std::string_view action_name(Action action) {
  return action == Action::deploy ? "deploy" : "publish";
}

std::string_view gate_name(Gate gate) {
  switch (gate) {
    case Gate::tollgate:
      return "tollgate";
    case Gate::environment:
      return "environment";
    case Gate::analysis:
      return "analysis";
    case Gate::person:
      return "person";
  }
  return "";
}

std::optional<Gate> parse_gate(std::string_view name) {
  for (const Gate gate : {Gate::tollgate, Gate::environment, Gate::analysis, Gate::person}) {
    if (gate_name(gate) == name) return gate;
  }
  return std::nullopt;
}

Result<AuditReport> audit(const Sources& sources, const AuditRules& rules) {
  return Auditor(sources, rules).run();
}

}  // namespace tollgate::pipelines
