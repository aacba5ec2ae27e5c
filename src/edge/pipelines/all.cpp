// The catalogue of dialects, sorted by name. One line each.
#include "edge/pipelines/dialect.hpp"

#include <array>

namespace tollgate::pipelines {

extern const DialectDef argo_rollouts_dialect;
extern const DialectDef circleci_dialect;
extern const DialectDef cloudbuild_dialect;
extern const DialectDef flagger_dialect;
extern const DialectDef github_dialect;
extern const DialectDef gitlab_dialect;
extern const DialectDef jenkins_dialect;

std::span<const DialectDef* const> all_dialects() {
  static const std::array dialects = {
      &argo_rollouts_dialect,  //
      &circleci_dialect,       //
      &cloudbuild_dialect,     //
      &flagger_dialect,        //
      &github_dialect,         //
      &gitlab_dialect,         //
      &jenkins_dialect,        //
  };
  return dialects;
}

const DialectDef* dialect_of(std::string_view path, std::string_view text) {
  for (const DialectDef* dialect : all_dialects()) {
    if (dialect->claims(path, text)) return dialect;
  }
  return nullptr;
}

}  // namespace tollgate::pipelines
