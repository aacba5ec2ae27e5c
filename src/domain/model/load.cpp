// Texts become document trees, trees become resources; every problem is kept with its place.
#include "domain/model/load.hpp"

#include "domain/model/convert.hpp"
#include "domain/model/foreign/foreign.hpp"
#include "domain/model/typed_resource.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/canonical.hpp"
#include "foundation/doc/yaml.hpp"

#include <algorithm>
#include <array>

namespace tollgate::model {
namespace {

constexpr std::string_view kOpenSlo = "openslo/v1";
constexpr std::string_view kOpenSloAlpha = "openslo/v1alpha";
constexpr std::string_view kOpenSloNext = "openslo.com/v2alpha";
constexpr std::string_view kTollgate = "tollgate/v1";
constexpr std::array<std::string_view, 4> kVersions = {kOpenSlo, kOpenSloAlpha, kOpenSloNext,
                                                       kTollgate};
/// The DataSource that documents of other tools ask, if there are several.
constexpr std::string_view kUsualSource = "prometheus";
constexpr std::array<std::string_view, 4> kEnvelope = {"apiVersion", "kind", "metadata", "spec"};

void add_problem(Problems& problems, Error problem) {
  if (problems.size() < kProblemsMax) problems.push_back(std::move(problem));
}

/// The kinds that resources of `version` may have.
std::vector<std::string> kinds_of(std::string_view version) {
  std::vector<std::string> kinds;
  if (version == kOpenSloAlpha) return {"SLO", "Service"};
  for (const KindDef* kind : all_kinds()) {
    const std::string_view wanted = version == kOpenSloNext ? kOpenSlo : version;
    if (kind->api_version == wanted) kinds.emplace_back(kind->kind);
  }
  return kinds;
}

/// The definition that apiVersion and kind name, or null after a problem.
const KindDef* find_definition(const doc::Node& node, ProblemSink& sink) {
  const std::string version(node.text_or("apiVersion"));
  const std::string kind(node.text_or("kind"));
  if (version.empty() || kind.empty()) {
    sink.add(codes::missing_field, "",
             "a resource needs \"apiVersion\" and \"kind\", such as openslo/v1 and SLO");
    return nullptr;
  }
  const std::vector<std::string> versions(kVersions.begin(), kVersions.end());
  if (std::find(versions.begin(), versions.end(), version) == versions.end()) {
    sink.add(codes::unsupported_version, "/apiVersion",
             fmt::format("unsupported version {}{}", version, did_you_mean(version, versions)));
    return nullptr;
  }
  const std::vector<std::string> kinds = kinds_of(version);
  if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) return find_kind(kind);
  std::string hint = did_you_mean(kind, kinds);
  const KindDef* elsewhere = find_kind(kind);
  if (elsewhere != nullptr && elsewhere->kind == kind) {
    hint = fmt::format("; it belongs to {}", elsewhere->api_version);
  }
  sink.add(codes::unknown_kind, "/kind",
           fmt::format("{} has no kind \"{}\"{}", version, kind, hint));
  return nullptr;
}

void refuse_unknown_envelope(const doc::Node& node, std::string_view file, Problems& problems) {
  for (const doc::Member& member : node.members()) {
    if (std::find(kEnvelope.begin(), kEnvelope.end(), member.key) != kEnvelope.end()) continue;
    const std::vector<std::string> names(kEnvelope.begin(), kEnvelope.end());
    add_problem(problems, {.code = codes::unknown_field,
                           .message = fmt::format("unknown field \"{}\"{}", member.key,
                                                  did_you_mean(member.key, names)),
                           .file = std::string(file),
                           .mark = member.key_mark,
                           .field = "/" + member.key});
  }
}

/// The resource in the form of the current version; places stay.
doc::Node current_form(const doc::Node& node, ProblemSink& sink) {
  const std::string_view version = node.text_or("apiVersion");
  if (version == kOpenSloAlpha) return convert_v1alpha(node, sink);
  if (version == kOpenSloNext) return convert_v2alpha(node, sink);
  if (version == kOpenSlo) return convert_v1(node);
  return node;
}

/// A document of another tool, to be converted when all else is known.
struct ForeignDocument {
  std::string_view file;
  doc::Node node;
};

void load_text(const SourceText& source, Loaded& loaded, std::vector<ForeignDocument>& foreign) {
  Result<std::vector<doc::Node>> documents = doc::parse_yaml(source.text, source.file);
  if (!documents) return add_problem(loaded.problems, std::move(documents).error());
  for (const doc::Node& document : *documents) {
    const std::span<const doc::Node> nodes = document.is_array()
                                                 ? std::span<const doc::Node>(document.items())
                                                 : std::span<const doc::Node>(&document, 1);
    for (const doc::Node& node : nodes) {
      if (loaded.resources.size() >= kResourcesMax) {
        return add_problem(loaded.problems,
                           {.code = codes::too_large,
                            .message = fmt::format("more than {} resources", kResourcesMax),
                            .file = source.file});
      }
      if (is_foreign(node)) {
        foreign.push_back({.file = source.file, .node = node});
      } else if (auto resource = load_resource(node, source.file, loaded.problems)) {
        loaded.resources.push_back(std::move(*resource));
      }
    }
  }
}

/// What is already written, for documents of other tools to lean on.
Surroundings surroundings_of(const std::vector<Resource>& resources) {
  Surroundings around;
  size_t sources = 0;
  for (const Resource& resource : resources) {
    const std::string& name = resource.metadata.name;
    if (resource.kind->kind == "Service") around.services.insert(name);
    if (resource.kind->kind == "AlertNotificationTarget") around.targets.insert(name);
    if (resource.kind->kind != "DataSource") continue;
    ++sources;
    if (around.data_source != kUsualSource) around.data_source = name;
  }
  if (sources > 1 && around.data_source != kUsualSource) around.data_source.clear();
  return around;
}

void load_foreign(const std::vector<ForeignDocument>& documents, Loaded& loaded) {
  Surroundings around = surroundings_of(loaded.resources);
  for (const ForeignDocument& document : documents) {
    const size_t count_before = loaded.problems.size();
    ProblemSink errors(document.file, document.node, loaded.problems);
    ProblemSink warnings(document.file, document.node, loaded.warnings);
    const std::vector<doc::Node> converted =
        convert_foreign(document.node, around, errors, warnings);
    if (loaded.problems.size() != count_before) continue;
    for (const doc::Node& node : converted) {
      if (loaded.resources.size() >= kResourcesMax) return;
      if (auto resource = load_resource(node, document.file, loaded.problems))
        loaded.resources.push_back(std::move(*resource));
    }
  }
}

}  // namespace

std::optional<Resource> load_resource(const doc::Node& node, std::string_view file,
                                      Problems& problems) {
  const size_t count_before = problems.size();
  ProblemSink sink(file, node, problems);
  if (!node.is_object()) {
    sink.add(codes::wrong_type, "",
             fmt::format("a resource must be an object, not {}", doc::type_name(node.type())));
    return std::nullopt;
  }
  const KindDef* kind = find_definition(node, sink);
  if (kind == nullptr) return std::nullopt;
  refuse_unknown_envelope(node, file, problems);

  Resource resource{.kind = kind,
                    .metadata = {},
                    .spec = {},
                    .canonical = {},
                    .own_key = {},
                    .source = current_form(node, sink),
                    .file = std::string(file)};
  read_typed(resource, resource.source, {.file = file}, problems);
  const bool is_good = problems.size() == count_before && count_before < kProblemsMax;
  if (!is_good) return std::nullopt;
  const doc::Node normal = normal_form(resource);
  resource.canonical = doc::canonical_json(normal);
  resource.own_key = resource_key(normal);
  return resource;
}

Loaded load(std::span<const SourceText> texts) {
  Loaded loaded;
  std::vector<ForeignDocument> foreign;
  for (const SourceText& text : texts) load_text(text, loaded, foreign);
  load_foreign(foreign, loaded);
  return loaded;
}

}  // namespace tollgate::model
