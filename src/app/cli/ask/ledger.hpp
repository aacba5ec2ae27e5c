// The ledger: its head, its proofs, its replay, its export.
#pragma once

#include "app/cli/backend.hpp"
#include "foundation/doc/node.hpp"

#include <functional>
#include <string_view>

namespace tollgate::cli::ask {

Result<doc::Node> ledger_head(Backend& backend);
Result<doc::Node> ledger_proof(Backend& backend, int64_t position);
Result<doc::Node> ledger_replay(Backend& backend);
/// The exported ledger, piece by piece.
Result<void> ledger_export(Backend& backend,
                           const std::function<Result<void>(std::string_view)>& write);

}  // namespace tollgate::cli::ask
