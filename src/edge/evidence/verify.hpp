// Whose signature under a provenance is right. The only place here that knows keys.
#pragma once

#include "domain/model/bundle.hpp"
#include "domain/model/evidence.hpp"
#include "foundation/base/error.hpp"

#include <string_view>

namespace tollgate::evidence {

/// Sets the keys of each provenance in `report`, which was read from `bytes`: the SigningKeys of
/// `policy` whose signature of it is right. A report of another kind stays as it is. Errors:
/// bad_value for a key that OpenSSL cannot read.
Result<void> verify_signatures(std::string_view bytes, std::string_view file_name,
                               const model::Bundle& policy, model::Report& report);

}  // namespace tollgate::evidence
