// Any bytes as files of Sloth, Pyrra and OpenSLO: converted for `check` and `apply`, and made into
// Prometheus rules of both styles. The first byte chooses a beginning, so that plain mutations get
// past the recognition of a kind. What is written must be readable again.
#include "domain/model/bundle.hpp"
#include "domain/model/foreign/foreign.hpp"
#include "domain/rules/rules.hpp"
#include "foundation/base/assert.hpp"
#include "foundation/doc/yaml.hpp"

namespace {

using namespace tollgate;

constexpr std::array<std::string_view, 5> kBeginnings = {
    "", "version: prometheus/v1\nservice: s\nslos:\n",
    "apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\nmetadata: {name: n}\nspec:\n",
    "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: n}\nspec:\n",
    "apiVersion: sloth.slok.dev/v1\nkind: AlertWindows\nspec:\n"};

void check_rules(const model::SourceText& source, rules::Style style) {
  static const rules::AlertWindows windows = rules::usual_windows(days(30)).value();
  const rules::Generated made =
      rules::generate({&source, 1}, {.style = style, .windows = windows, .labels = {{"a", "b"}}});
  if (!made.problems.empty()) return;
  for (const doc::Node& document : made.documents) {
    const auto again = doc::parse_yaml(doc::write_yaml(document), "written");
    ASSERT(again.has_value());
    ASSERT(again->size() == 1);
    ASSERT(again->front() == document);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  model::SourceText source{.file = "input",
                           .text = std::string(kBeginnings[bytes[0] % kBeginnings.size()])};
  source.text.append(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  model::Loaded loaded = model::load({&source, 1});
  const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), loaded.problems);
  std::vector<doc::Node> documents;
  for (const auto& resource : bundle.entries()) documents.push_back(resource->document());
  const auto again = model::Bundle::from_resources(documents);
  ASSERT(again.has_value());
  ASSERT(again->digest() == bundle.digest());
  check_rules(source, rules::Style::sloth);
  check_rules(source, rules::Style::tollgate);
  return 0;
}
