// Any bytes through every dialect of pipelines, and the audit of them together.
#include "edge/pipelines/audit.hpp"
#include "edge/pipelines/shell.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace tollgate::pipelines;
  static const auto matcher = Matcher::make();
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  (void)shell_commands(text);
  Sources sources;
  for (const char* path :
       {".github/workflows/a.yml", ".github/actions/a/action.yml", ".gitlab-ci.yml", "Jenkinsfile",
        ".circleci/config.yml", "cloudbuild.yaml", "rollout.yaml"}) {
    sources[path] = text;
    const DialectDef* const dialect = dialect_of(path, text);
    if (dialect != nullptr) (void)dialect->read({.path = path, .text = text}, sources);
  }
  (void)audit(sources, {.matcher = matcher->get()});
  return 0;
}
