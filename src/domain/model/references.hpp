// Names in one resource that must be names of others. Internal to this folder.
#pragma once

#include "domain/model/bundle.hpp"

namespace tollgate::model {

/// Appends a problem for each name in `resource` that `bundle` does not have. Which fields hold
/// names, and of which kind, is in the field tables.
void check_references(const Resource& resource, const Bundle& bundle, Problems& problems);

}  // namespace tollgate::model
