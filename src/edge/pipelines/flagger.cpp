// Flagger: a Canary deploys by itself; its metrics and its hooks are what asks.
#include "edge/pipelines/source.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::pipelines {
namespace {

using doc::Node;

bool claims(std::string_view path, std::string_view text) {
  return ends_with_yaml(path) && text.find("flagger.app/") != std::string_view::npos &&
         text.find("kind: Canary") != std::string_view::npos &&
         path.find(".github/") == std::string_view::npos;
}

std::optional<Gate> gate_of(const Node& analysis) {
  const Node* const hooks = member(analysis, "webhooks");
  bool has_hook = false;
  if (hooks != nullptr && hooks->is_array()) {
    for (const Node& hook : hooks->items()) {
      const std::string type = text_of(member(hook, "type"));
      const std::string url = text_of(member(hook, "url"));
      if (url.find("/v1/adapters/flagger") != std::string::npos) return Gate::tollgate;
      has_hook = has_hook || type == "confirm-rollout" || type == "confirm-promotion" ||
                 type == "confirm-traffic-increase" || type == "pre-rollout";
    }
  }
  const Node* const metrics = member(analysis, "metrics");
  const bool has_metrics = metrics != nullptr && metrics->is_array() && !metrics->items().empty();
  return has_metrics || has_hook ? std::optional(Gate::analysis) : std::nullopt;
}

Result<Pipeline> read(const SourceFile& file, const Sources&) {
  TOLLGATE_TRY(const std::vector<Node> nodes, documents(file));
  Pipeline pipeline{.file = file.path, .dialect = "flagger"};
  for (const Node& document : nodes) {
    const Node* const kind = member(document, "kind");
    const Node* const spec = member(document, "spec");
    if (text_of(kind) != "Canary" || spec == nullptr) continue;
    const Node* const metadata = member(document, "metadata");
    const std::string name = metadata == nullptr ? "" : text_of(member(*metadata, "name"));
    Job job{.name = name, .line = line_of(*kind)};
    const Node* analysis = member(*spec, "analysis");
    if (analysis == nullptr) analysis = member(*spec, "canaryAnalysis");
    if (analysis != nullptr && !is_true(member(*spec, "skipAnalysis")))
      job.gate = gate_of(*analysis);
    job.steps.push_back(
        {.name = name, .line = job.line, .action = Action::deploy, .what = "a Canary of Flagger"});
    pipeline.jobs.push_back(std::move(job));
  }
  return pipeline;
}

}  // namespace

extern const DialectDef flagger_dialect = {
    .name = "flagger", .title = "Flagger", .claims = claims, .read = read};

}  // namespace tollgate::pipelines
