// Figures about access logs that are followed and exporters that are visited.
#pragma once

#include "app/api/signal_feeds.hpp"
#include "foundation/base/time.hpp"

#include <string>

namespace tollgate::api {

/// Appends their families in the OpenMetrics text format.
void feed_figures(std::string& out, const SignalFeeds& feeds, Time now);

}  // namespace tollgate::api
