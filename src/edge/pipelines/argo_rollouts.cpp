// Argo Rollouts: a Rollout deploys by itself; its analysis is what asks.
#include "edge/pipelines/source.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::pipelines {
namespace {

using doc::Node;

bool claims(std::string_view path, std::string_view text) {
  return (ends_with_yaml(path) || path.ends_with(".json")) &&
         text.find("argoproj.io/") != std::string_view::npos &&
         text.find("Rollout") != std::string_view::npos &&
         text.find("kind:") != std::string_view::npos &&
         path.find(".github/") == std::string_view::npos;
}

/// Whether an analysis stands among the steps of a canary, in the background,
/// or around a switch.
bool has_analysis(const Node& strategy) {
  for (const char* kind : {"canary", "blueGreen"}) {
    const Node* const way = member(strategy, kind);
    if (way == nullptr) continue;
    for (const char* key : {"analysis", "prePromotionAnalysis", "postPromotionAnalysis"}) {
      if (member(*way, key) != nullptr) return true;
    }
    const Node* const steps = member(*way, "steps");
    if (steps == nullptr || !steps->is_array()) continue;
    for (const Node& step : steps->items()) {
      if (member(step, "analysis") != nullptr) return true;
      const Node* const experiment = member(step, "experiment");
      if (experiment != nullptr && member(*experiment, "analyses") != nullptr) return true;
    }
  }
  return false;
}

/// Whether somebody has to promote: a pause without an end, or no promotion by
/// itself.
bool asks_person(const Node& strategy) {
  if (const Node* way = member(strategy, "blueGreen"); way != nullptr) {
    const Node* const promotes = member(*way, "autoPromotionEnabled");
    return promotes != nullptr && text_of(promotes) == "false" &&
           member(*way, "autoPromotionSeconds") == nullptr;
  }
  const Node* const way = member(strategy, "canary");
  const Node* const steps = way == nullptr ? nullptr : member(*way, "steps");
  if (steps == nullptr || !steps->is_array()) return false;
  for (const Node& step : steps->items()) {
    const Node* const pause = member(step, "pause");
    if (pause != nullptr && member(*pause, "duration") == nullptr) return true;
  }
  return false;
}

Result<Pipeline> read(const SourceFile& file, const Sources&) {
  TOLLGATE_TRY(const std::vector<Node> nodes, documents(file));
  Pipeline pipeline{.file = file.path, .dialect = "argo-rollouts"};
  for (const Node& document : nodes) {
    const Node* const kind = member(document, "kind");
    if (text_of(kind) != "Rollout") continue;
    const Node* const metadata = member(document, "metadata");
    const Node* const spec = member(document, "spec");
    const std::string name = metadata == nullptr ? "" : text_of(member(*metadata, "name"));
    Job job{.name = name, .line = line_of(*kind)};
    Step step{.name = name,
              .line = line_of(*kind),
              .action = Action::deploy,
              .what = "a Rollout of Argo"};
    const Node* const strategy = spec == nullptr ? nullptr : member(*spec, "strategy");
    if (strategy != nullptr) {
      if (has_analysis(*strategy)) {
        job.gate = Gate::analysis;
      } else if (asks_person(*strategy)) {
        job.gate = Gate::person;
      }
    }
    job.steps.push_back(std::move(step));
    pipeline.jobs.push_back(std::move(job));
  }
  return pipeline;
}

}  // namespace

extern const DialectDef argo_rollouts_dialect = {
    .name = "argo-rollouts", .title = "Argo Rollouts", .claims = claims, .read = read};

}  // namespace tollgate::pipelines
