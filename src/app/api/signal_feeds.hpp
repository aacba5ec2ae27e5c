// What the server fetches by itself: access logs that it follows and exporters that it visits, and
// how that goes.
#pragma once

#include "edge/follow/follower.hpp"
#include "edge/scrape/scraper.hpp"

#include <functional>
#include <vector>

namespace tollgate::api {

struct SignalFeeds {
  std::vector<follow::FollowerStatus> logs;
  std::vector<scrape::TargetHealth> targets;
};
/// Safe from any thread, and never waits for a file or a network.
using ReadFeeds = std::function<SignalFeeds()>;

}  // namespace tollgate::api
