// The access logs that DataSources of type "accesslog" name, followed while a server runs.
// What their connectionDetails say: source_settings.hpp.
#pragma once

#include "domain/model/bundle.hpp"
#include "edge/follow/follower.hpp"
#include "edge/intake/service.hpp"
#include "engine/ports/clock.hpp"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::wiring {

class LogFollowers {
 public:
  /// How often files are looked at: a line counts at the latest this long after it was written.
  static constexpr Duration kPoll = milliseconds(500);

  /// `folder` keeps the positions. Service and clock outlive this.
  LogFollowers(intake::Service& service, engine::Clock& clock, std::string folder);
  ~LogFollowers();
  LogFollowers(const LogFollowers&) = delete;
  LogFollowers& operator=(const LogFollowers&) = delete;

  /// Follows what this policy names, and nothing else. Safe from any thread.
  void set_policy(const model::Bundle& bundle, const std::vector<intake::RouteSpec>& routes);
  std::vector<follow::FollowerStatus> status() const;
  /// Ends the thread; positions are kept.
  void stop();

 private:
  void work();
  void publish();
  Result<std::unique_ptr<follow::Follower>> open(const model::DataSource& source,
                                                 const std::vector<intake::RouteSpec>& routes);

  intake::Service& service_;
  engine::Clock& clock_;
  const std::string folder_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, std::unique_ptr<follow::Follower>> followers_;  // guarded by mutex_
  std::vector<follow::FollowerStatus> unopened_;  // guarded by mutex_; why some are not followed
  bool is_stopping_ = false;                      // guarded by mutex_
  mutable std::mutex status_mutex_;  // taken behind mutex_: readers never wait for a file
  std::vector<follow::FollowerStatus> status_;  // guarded by status_mutex_
  std::thread thread_;                          // runs from the first policy that names a log
};

}  // namespace tollgate::wiring
