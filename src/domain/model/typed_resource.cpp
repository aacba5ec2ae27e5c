// One way in and one way out, so that the normal form of a normal form is itself.
#include "domain/model/typed_resource.hpp"

#include "domain/model/convert.hpp"
#include "domain/model/kinds/slo.hpp"
#include "foundation/base/assert.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/doc/json.hpp"

#include <algorithm>

namespace tollgate::model {
namespace {

constexpr size_t kKeySizeMax = 63;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Letters, digits and "-._" between letters or digits.
bool is_key_name(std::string_view name) {
  if (name.empty() || name.size() > kKeySizeMax) return false;
  if (!is_alphanumeric(name.front()) || !is_alphanumeric(name.back())) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; });
}

/// Annotation keys may have a DNS name and "/" in front.
bool is_annotation_key(std::string_view key) {
  const size_t slash = key.find('/');
  if (slash == std::string_view::npos) return is_key_name(key);
  constexpr size_t kPrefixSizeMax = 253;
  return slash > 0 && slash <= kPrefixSizeMax && is_key_name(key.substr(slash + 1));
}

void validate_metadata(const Metadata& metadata, ProblemSink& sink) {
  for (const auto& [key, values] : metadata.labels) {
    if (is_key_name(key)) continue;
    sink.add(
        codes::bad_value, "/metadata/labels/" + key,
        fmt::format("\"{}\" is not a label key: letters, digits, \"-\", \".\" and \"_\"", key));
  }
  for (const auto& [key, value] : metadata.annotations) {
    if (is_annotation_key(key)) continue;
    sink.add(codes::bad_value, "/metadata/annotations",
             fmt::format("\"{}\" is not an annotation key such as example.com/name", key));
  }
}

/// Decodes a part of a resource; problems get the part's path in front.
void decode_part(const reflect::TypeInfo& type, const doc::Node& node, void* object,
                 std::string_view path, const reflect::DecodeOptions& options, Problems& problems) {
  const size_t count_before = problems.size();
  reflect::decode(type, node, object, options, problems);
  for (size_t i = count_before; i < problems.size(); ++i) {
    problems[i].field.insert(0, path);
  }
}

/// The member, or an empty object at the place of the whole if it is absent.
doc::Node part_of(const doc::Node& node, std::string_view key) {
  const doc::Node* part = node.find(key);
  if (part != nullptr && !part->is_null()) return *part;
  doc::Node empty = doc::Node::object();
  empty.set_mark(node.mark());
  return empty;
}

}  // namespace

void read_typed(Resource& resource, const doc::Node& node, const reflect::DecodeOptions& options,
                Problems& problems) {
  const size_t count_before = problems.size();
  doc::Node metadata = part_of(node, "metadata");
  widen_labels(metadata);
  decode_part(reflect::type_of<Metadata>(), metadata, &resource.metadata, "/metadata", options,
              problems);
  const std::shared_ptr<void> spec = resource.kind->make(resource.metadata);
  decode_part(resource.kind->spec_type(), part_of(node, "spec"), spec.get(), "/spec", options,
              problems);
  resource.spec = spec;
  // Rules over several fields would only repeat what is wrong with one.
  if (problems.size() > count_before) return;
  ProblemSink sink(options.file, node, problems);
  validate_metadata(resource.metadata, sink);
  if (resource.kind->validate != nullptr) resource.kind->validate(spec.get(), sink);
}

doc::Node normal_form(const Resource& resource) {
  doc::Node metadata = reflect::encode(resource.metadata);
  narrow_labels(metadata);
  return doc::Node::object(
      {{"apiVersion", resource.kind->api_version},
       {"kind", resource.kind->kind},
       {"metadata", std::move(metadata)},
       {"spec", reflect::encode(resource.kind->spec_type(), resource.spec.get())}});
}

std::string resource_key(const doc::Node& document) {
  const std::string_view kind = document.text_or("kind");
  const doc::Node* metadata = document.find("metadata");
  const doc::Node* spec = document.find("spec");
  const std::string_view name = metadata == nullptr ? "" : metadata->text_or("name");
  const std::string_view service = spec == nullptr ? "" : spec->text_or("service");
  if (kind == "SLO") return fmt::format("{}/{}/{}", kind, service, name);
  return fmt::format("{}/{}", kind, name);
}

doc::Node Resource::document() const {
  Result<doc::Node> parsed =
      doc::parse_json(canonical, {.bytes_max = std::max<size_t>(canonical.size(), 1)});
  ASSERT(parsed);  // it was written by canonical_json()
  return std::move(*parsed);
}

}  // namespace tollgate::model
