// Imports of calendars that cannot be relied on, as JSON and in words, wherever calendars answer.
#pragma once

#include "domain/model/calendar_reading.hpp"
#include "foundation/doc/node.hpp"

#include <string>
#include <vector>

namespace tollgate::render {

/// What is wrong with an import at `at`, and how old the copy is that counts, in one sentence.
std::string doubt_words(const model::ImportDoubt& doubt, Time at);
/// [{calendar, source, good, stale, failures, error, message}].
doc::Node doubts_json(const std::vector<model::ImportDoubt>& doubts, Time at);
/// A line for each of the `import_doubts` of an answer; empty without any.
std::string doubt_lines(const doc::Node& answer);

}  // namespace tollgate::render
