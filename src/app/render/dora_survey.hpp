// Delivery figures on the scale of a survey's answers, beside what a group of companies answered on
// average: by industry or by size, as dora.dev publishes them (dora-team/dora.dev,
// svelte/quick-check, industry_metrics.json and organization_size_metrics.json; content CC-BY-4.0).
#pragma once

#include "foundation/base/error.hpp"
#include "foundation/doc/node.hpp"

#include <string>
#include <string_view>

namespace tollgate::render {

/// {file, group, name, corrected: [...], deployment_frequency: {answer, words, score, mean, std,
/// distance}, lead_time, restore: the same, change_failure_rate: {rate, mean, std, distance},
/// rework} of the `all` of an answer of `dora`. A score runs from 0 to 10, 10 is best; `distance`
/// is how many standard deviations it lies above (better) or below the group's mean. `answer` is
/// null where the interval reaches into two answers, or there is no value. The recovery times of
/// the sizes of 2025 were published upside down; they are turned round and named in `corrected`.
/// Errors: bad_report for another file; unknown_name for a group that it does not have.
Result<doc::Node> survey_json(const doc::Node& all, std::string_view text, const std::string& file,
                              const std::string& group);
/// One line for each figure.
std::string survey_text(const doc::Node& survey);

}  // namespace tollgate::render
