// Walks a spec along its field table and looks every reference up.
#include "domain/model/references.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::model {
namespace {

using reflect::Shape;
using reflect::TypeInfo;

class ReferenceWalker {
 public:
  ReferenceWalker(const Bundle& bundle, ProblemSink& sink) : bundle_(bundle), sink_(sink) {}

  void walk(const TypeInfo& type, void* value, std::string_view refers_to,
            const std::string& path) {
    switch (type.shape) {
      case Shape::text:
        return check(*static_cast<const std::string*>(value), refers_to, path);
      case Shape::object:
        for (const reflect::FieldInfo& field : type.fields) {
          walk(field.type(), field.get(value), field.constraints.refers_to,
               fmt::format("{}/{}", path, field.name));
        }
        return;
      case Shape::list:
        for (size_t i = 0; i < type.size(value); ++i) {
          walk(type.element(), type.at(value, i), refers_to, fmt::format("{}/{}", path, i));
        }
        return;
      case Shape::optional:
        if (type.size(value) > 0) walk(type.element(), type.at(value, 0), refers_to, path);
        return;
      default:
        return;
    }
  }

 private:
  void check(const std::string& name, std::string_view kind, const std::string& path) {
    if (name.empty() || kind.empty()) return;
    if (kind == "SLO") {
      if (const auto found = bundle_.find_slo(name); !found) {
        sink_.add(codes::unknown_reference, path, found.error().message);
      }
      return;
    }
    if (bundle_.find(kind, name) != nullptr) return;
    std::vector<std::string> names;
    for (const Resource* resource : bundle_.of_kind(kind)) names.push_back(resource->metadata.name);
    sink_.add(codes::unknown_reference, path,
              fmt::format("there is no {} \"{}\"{}", kind, name, did_you_mean(name, names)));
  }

  const Bundle& bundle_;
  ProblemSink& sink_;
};

}  // namespace

void check_references(const Resource& resource, const Bundle& bundle, Problems& problems) {
  ProblemSink sink(resource.file, resource.source, problems);
  // The walk only reads; the tables hand out plain addresses.
  void* spec = const_cast<void*>(resource.spec.get());
  ReferenceWalker(bundle, sink).walk(resource.kind->spec_type(), spec, {}, "/spec");
  const Service* service = resource.as<Service>();
  if (service == nullptr) return;
  const std::string_view tier = first_label(service->labels, kTierLabel);
  if (!tier.empty() && bundle.find_tier(tier) == nullptr && !bundle.of_kind("Tier").empty()) {
    std::vector<std::string> names;
    for (const Resource* known : bundle.of_kind("Tier")) names.push_back(known->metadata.name);
    sink.add(codes::unknown_reference, "/metadata/labels/tier",
             fmt::format("there is no Tier \"{}\"{}", tier, did_you_mean(tier, names)));
  }
}

}  // namespace tollgate::model
