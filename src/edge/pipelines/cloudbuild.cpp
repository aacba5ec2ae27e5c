// Google Cloud Build: steps are images with arguments; images at the end are
// pushed.
#include "edge/pipelines/source.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::pipelines {
namespace {

using doc::Node;

bool claims(std::string_view path, std::string_view text) {
  const std::string_view name = base_name(path);
  return (ends_with_yaml(path) || path.ends_with(".json")) && name.starts_with("cloudbuild") &&
         text.find("steps") != std::string_view::npos;
}

/// "gcr.io/cloud-builders/docker:latest" is docker.
std::string tool_of(std::string_view image) {
  image = base_name(image);
  image = image.substr(0, image.find_first_of(":@"));
  if (image == "cloud-sdk" || image.starts_with("google-cloud-cli")) return {};
  return std::string(image);
}

Step read_step(const Node& node, const SourceFile& file) {
  Step step{.name = text_of(member(node, "id")), .line = line_of(node)};
  const std::string image = text_of(member(node, "name"));
  if (step.name.empty()) step.name = image;
  step.uses = image;
  step.ignores_failure = is_true(member(node, "allowFailure"));
  if (const Node* script = member(node, "script"); script != nullptr)
    step.commands = commands_at(file.text, line_of(*script), text_of(script));
  const Node* const args = member(node, "args");
  const std::string entry = text_of(member(node, "entrypoint"));
  const std::string tool = entry.empty() ? tool_of(image) : std::string(base_name(entry));
  if (tool == "bash" || tool == "sh") {
    for (const Node* text : texts_of(args)) {
      const auto commands = commands_at(file.text, line_of(*text), text_of(text));
      step.commands.insert(step.commands.end(), commands.begin(), commands.end());
    }
    return step;
  }
  const std::string words = join(names_of(args), " ");
  if (args != nullptr)
    step.commands.push_back({.text = trim(tool + " " + words).data(), .line = line_of(*args)});
  return step;
}

Result<Pipeline> read(const SourceFile& file, const Sources&) {
  TOLLGATE_TRY(const std::vector<Node> nodes, documents(file));
  Pipeline pipeline{.file = file.path, .dialect = "cloudbuild"};
  for (const Node& document : nodes) {
    const Node* const steps = member(document, "steps");
    if (steps == nullptr || !steps->is_array()) continue;
    Job job{.name = "build", .line = line_of(*steps)};
    for (const Node& step : steps->items()) {
      if (step.is_object()) job.steps.push_back(read_step(step, file));
    }
    const Node* const images = member(document, "images");
    if (images != nullptr && !texts_of(images).empty()) {
      job.steps.push_back({.name = "images",
                           .line = line_of(*images),
                           .action = Action::publish,
                           .what = "images that are pushed at the end"});
    }
    pipeline.jobs.push_back(std::move(job));
  }
  return pipeline;
}

}  // namespace

extern const DialectDef cloudbuild_dialect = {
    .name = "cloudbuild", .title = "Google Cloud Build", .claims = claims, .read = read};

}  // namespace tollgate::pipelines
