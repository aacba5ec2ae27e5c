// Between document trees and typed resources, for files and for the ledger alike. Internal to this
// folder.
#pragma once

#include "domain/model/resource.hpp"

namespace tollgate::model {

/// Reads metadata and spec of `node`, which has the current form, into `resource`, whose kind is
/// set. Problems are appended; what could be read is there all the same.
void read_typed(Resource& resource, const doc::Node& node, const reflect::DecodeOptions& options,
                Problems& problems);

/// {apiVersion, kind, metadata, spec} with every value in its one form.
doc::Node normal_form(const Resource& resource);

}  // namespace tollgate::model
