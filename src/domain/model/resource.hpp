// One resource: the text that a person wrote, its normal form that is hashed, and its typed spec.
#pragma once

#include "domain/model/kind.hpp"

#include <memory>
#include <string>

namespace tollgate::model {

struct Resource {
  const KindDef* kind = nullptr;
  Metadata metadata;
  std::shared_ptr<const void> spec;  // a value of kind->spec_type; see as()
  /// Canonical JSON of the normal form: {apiVersion, kind, metadata, spec}, current version, no
  /// comments or order. As a tree it would take ten times the memory.
  std::string canonical;
  std::string own_key;  // see key()
  doc::Node source;     // as written, converted to the current version; marks its places in `file`
  std::string file;     // empty if it came from the ledger

  /// The spec if the resource is of that kind, else null: resource.as<Slo>().
  template <class Spec>
  const Spec* as() const {
    return kind->spec_type == &reflect::type_of<Spec> ? static_cast<const Spec*>(spec.get())
                                                      : nullptr;
  }
  /// The normal form.
  doc::Node document() const;
  /// "Tier/tier-1"; of an SLO "SLO/checkout/availability": unique in a bundle.
  const std::string& key() const { return own_key; }
};

/// The key of a resource in normal form.
std::string resource_key(const doc::Node& document);

}  // namespace tollgate::model
