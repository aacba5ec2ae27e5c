// Delivery figures as JSON and as text.
#pragma once

#include "app/render/output.hpp"
#include "domain/delivery/bands.hpp"
#include "domain/delivery/project.hpp"
#include "foundation/doc/node.hpp"

#include <string>

namespace tollgate::render {

/// {source, window, deployments, first, last, per_week, lead_time: {n, median_s, p90_s, ...}, gap:
/// {n, median_s, mean_s, ...}, change_failure_rate: {state, rate, failed, of, undetermined,
/// interval, links, ...}, restore: {median_s, ...}, unreleased, benchmark, caveats, trend}. Spans
/// are seconds; null where there is nothing to say.
doc::Node project_json(const delivery::ProjectReport& report);

/// The same for people: one line a figure, then the trend, then the caveats.
std::string project_text(const doc::Node& report, const Palette& palette);
/// Rows of the trend.
Table trend_table(const doc::Node& report);

/// Sets NAME_s and NAME_interval_s of `node`; null and [] without a value.
void set_quantile(doc::Node& node, const std::string& name,
                  const std::optional<delivery::Quantile>& quantile);
/// {cluster} of the survey of `year`; null with the reason if there are too few values or the
/// interval cannot tell.
doc::Node cluster_json(delivery::Metric metric, const std::optional<delivery::Quantile>& value,
                       int64_t n, int64_t year);

/// Seconds as days, hours or minutes, whichever reads best: 539136 -> "6.24 d"; null -> "-".
std::string span_words(const doc::Node* seconds);

}  // namespace tollgate::render
