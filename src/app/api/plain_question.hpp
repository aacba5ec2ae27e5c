// The question of a pipeline, read without a document tree when it is as plain as nearly all are:
// one flat object of known members whose texts need no unescaping. Anything else is left to the
// general reader, which also finds the words for mistakes.
#pragma once

#include "domain/model/request.hpp"

#include <optional>
#include <string_view>

namespace tollgate::api {

/// The request in `body`, the same as the general reader would give; nothing if that one has to
/// look.
std::optional<model::GateRequest> read_plain_question(std::string_view body);

}  // namespace tollgate::api
