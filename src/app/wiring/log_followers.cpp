#include "app/wiring/log_followers.hpp"

#include "app/wiring/source_settings.hpp"
#include "edge/intake/counters_json.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/text.hpp"

#include <chrono>
#include <filesystem>

namespace tollgate::wiring {

LogFollowers::LogFollowers(intake::Service& service, engine::Clock& clock, std::string folder)
    : service_(service), clock_(clock), folder_(std::move(folder)) {}

LogFollowers::~LogFollowers() { stop(); }

void LogFollowers::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<std::unique_ptr<follow::Follower>> LogFollowers::open(
    const model::DataSource& source, const std::vector<intake::RouteSpec>& routes) {
  TOLLGATE_TRY(AccessLog declared, access_log(source));
  std::error_code ignored;
  std::filesystem::create_directories(folder_, ignored);
  const follow::HandOver hand_over = [this](const std::string& name, const std::string& body,
                                            const std::string& key) -> Result<void> {
    const Result<intake::Receipt> receipt =
        service_.submit_and_wait({.encoding = intake::Encoding::counters_json,
                                  .source = name,
                                  .bytes = intake::counters_envelope(body, key, clock_.now().ms)});
    // A log that names an environment which the policy does not know must not stop the others.
    const bool is_final = !receipt && (receipt.error().code == codes::unknown_environment ||
                                       receipt.error().code == codes::unknown_slo);
    if (!receipt && !is_final) return tl::unexpected(receipt.error());
    const std::string why = receipt ? receipt->refused : receipt.error().message;
    if (!why.empty()) log::warn("DataSource {}: lines were not counted: {}", name, why);
    return {};
  };
  TOLLGATE_TRY(std::unique_ptr<follow::Follower> follower,
               follow::Follower::open({.source = source.name,
                                       .path = std::move(declared.path),
                                       .state_path = folder_ + "/" + source.name + ".json",
                                       .from_start = declared.from_start},
                                      std::move(declared.format), routes, hand_over));
  for (const Error& problem : follower->problems()) log::warn("{}", problem.text());
  return follower;
}

void LogFollowers::set_policy(const model::Bundle& bundle,
                              const std::vector<intake::RouteSpec>& routes) {
  const std::lock_guard lock(mutex_);
  followers_.clear();  // positions are on disk
  unopened_.clear();
  for (const model::Resource* resource : bundle.of_kind("DataSource")) {
    const auto* source = resource->as<model::DataSource>();
    if (source == nullptr || lower_case(source->type) != intake::kAccessLogType) continue;
    Result<std::unique_ptr<follow::Follower>> follower = open(*source, routes);
    if (follower) {
      followers_[source->name] = std::move(*follower);
    } else {
      log::error("DataSource {}: {}", source->name, follower.error().text());
      unopened_.push_back({.source = source->name,
                           .path = std::string(source->connection_details.text_or("path")),
                           .lines = {},
                           .tail = {},
                           .problem = follower.error().message,
                           .is_open = false});
    }
  }
  publish();
  if (!followers_.empty() && !thread_.joinable() && !is_stopping_)
    thread_ = std::thread([this] { work(); });
}

void LogFollowers::work() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    bool has_more = false;
    for (const auto& [name, follower] : followers_) {
      const std::string before = follower->status().problem;
      has_more = follower->step() || has_more;
      const std::string now = follower->status().problem;
      if (now != before && !now.empty()) log::warn("DataSource {}: {}", name, now);
    }
    publish();
    if (!has_more) wake_.wait_for(lock, std::chrono::milliseconds(kPoll.ms));
  }
}

/// Under mutex_.
void LogFollowers::publish() {
  std::vector<follow::FollowerStatus> status = unopened_;
  for (const auto& [name, follower] : followers_) status.push_back(follower->status());
  const std::lock_guard lock(status_mutex_);
  status_ = std::move(status);
}

std::vector<follow::FollowerStatus> LogFollowers::status() const {
  const std::lock_guard lock(status_mutex_);
  return status_;
}

}  // namespace tollgate::wiring
