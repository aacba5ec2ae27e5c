// Any bytes through the readers of documents and policies; what can be read must survive being
// written.
#include "domain/model/bundle.hpp"
#include "domain/model/lint.hpp"
#include "foundation/base/assert.hpp"
#include "foundation/doc/canonical.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/doc/yaml.hpp"

namespace {

using namespace tollgate;

void check_json(std::string_view text) {
  const Result<doc::Node> node = doc::parse_json(text);
  if (!node) return;
  const std::string canonical = doc::canonical_json(*node);
  const Result<doc::Node> again = doc::parse_json(canonical);
  ASSERT(again.has_value());
  ASSERT(doc::canonical_json(*again) == canonical);
}

void check_yaml(std::string_view text) {
  const auto nodes = doc::parse_yaml(text, "input");
  if (!nodes) return;
  for (const doc::Node& node : *nodes) {
    const auto again = doc::parse_yaml(doc::write_yaml(node), "written");
    ASSERT(again.has_value());
    ASSERT(again->size() == 1);
    ASSERT(again->front() == node);
  }
}

void check_policy(std::string_view text) {
  const model::SourceText source{.file = "input", .text = std::string(text)};
  model::Loaded loaded = model::load({&source, 1});
  const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), loaded.problems);
  (void)model::lint(bundle, loaded.problems, {});
  std::vector<doc::Node> documents;
  for (const auto& resource : bundle.entries()) documents.push_back(resource->document());
  const auto again = model::Bundle::from_resources(documents);
  ASSERT(again.has_value());
  ASSERT(again->digest() == bundle.digest());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  check_json(text);
  check_yaml(text);
  check_policy(text);
  return 0;
}
