// The data of verdict.given@2: a verdict in a third of the bytes of version 1, which spelt every
// member of every check and reading. docs/LEDGER.md describes the form. Pure.
#pragma once

#include "domain/model/events.hpp"

#include <string>

namespace tollgate::model {

// What is so usual that it is left out.
inline constexpr std::string_view kUsualBecause = "rules";
inline constexpr int64_t kUsualCompletenessPpm = 1'000'000;

/// Appends canonical JSON. Every check node of the tree names a check and has its state (asserted),
/// as gate::record makes them.
void append_compact_verdict(std::string& out, const VerdictGiven& given);

/// The very value that was written, or its outline. Errors: bad_ledger_file.
Result<VerdictGiven> read_compact_verdict(const doc::Node& data, EventParts parts);

}  // namespace tollgate::model
