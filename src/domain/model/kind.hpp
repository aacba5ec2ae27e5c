// The definition of one resource kind. A kind is one file in kinds/ and one line in kinds/all.cpp;
// parsing, validation, schema, documentation and the test of its example follow from it.
#pragma once

#include "domain/model/metadata.hpp"
#include "foundation/reflect/reflect.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tollgate::model {

/// Collects the problems of one resource with the place in its file.
class ProblemSink {
 public:
  ProblemSink(std::string_view file, const doc::Node& source, Problems& problems)
      : file_(file), source_(source), problems_(problems) {}

  /// A problem at the JSON pointer `path` into the resource, or at the nearest place above it that
  /// exists.
  void add(Code code, std::string_view path, std::string message);

 private:
  std::string_view file_;
  const doc::Node& source_;
  Problems& problems_;
};

/// The mark of the value at the JSON pointer `path`, or of the nearest value above it that has one.
Mark mark_at(const doc::Node& node, std::string_view path);

struct KindDef {
  std::string_view api_version;    // "openslo/v1", "tollgate/v1"
  std::string_view kind;           // "SLO"
  std::string_view plural;         // "slos"
  std::string_view title;          // one line
  std::string_view doc;            // what it is for and how it takes effect
  std::string_view introduced_in;  // version of Tollgate
  std::string_view example;        // YAML of a whole valid resource
  const reflect::TypeInfo& (*spec_type)();
  /// A spec with name and labels set and all else by default.
  std::shared_ptr<void> (*make)(const Metadata& metadata);
  /// Rules over several fields; null if there are none. `spec` is a value of spec_type; paths begin
  /// with /spec.
  void (*validate)(const void* spec, ProblemSink& sink) = nullptr;
};

template <class Spec>
std::shared_ptr<void> make_spec(const Metadata& metadata) {
  auto spec = std::make_shared<Spec>();
  spec->name = metadata.name;
  spec->labels = metadata.labels;
  return spec;
}

/// All kinds, sorted by kind.
std::span<const KindDef* const> all_kinds();
/// The kind by name, plural or lower-case name ("SLO", "slos", "slo"); null if there is none.
const KindDef* find_kind(std::string_view name);

}  // namespace tollgate::model
