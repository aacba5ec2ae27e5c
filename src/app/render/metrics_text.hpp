// The OpenMetrics text format, and the figures of SLOs in it.
#pragma once

#include "engine/alerts/alert_status.hpp"
#include "engine/engine.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace tollgate::render {

/// SLOs, and alerts, that have series of their own in /metrics. Of more, the worst have them: those
/// with the least budget left, and the alerts that are on or may go on next.
inline constexpr size_t kMetricRowsMax = 10'000;

/// The text of a label's value.
std::string label(std::string_view text);
/// Begins a family of metrics.
void family(std::string& out, std::string_view name, std::string_view type, std::string_view help);
/// Budgets, burn rates and alerts.
void slo_figures(std::string& out, const engine::Engine& engine);

}  // namespace tollgate::render
