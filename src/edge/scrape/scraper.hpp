// Visits exporters on a schedule and hands what they show to the intake. Each target has its own
// place within its interval, so that a thousand targets are not asked in one moment; a target that
// is slow or down delays nobody else. Threads are few and fixed.
#pragma once

#include "edge/scrape/exposition.hpp"
#include "engine/ports/clock.hpp"
#include "engine/ports/http_client.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tollgate::scrape {

inline constexpr Duration kIntervalMin = seconds(1);
inline constexpr size_t kTargetsMax = 10'000;

/// One address that is visited.
struct Target {
  std::string source;                                             // DataSource that it belongs to
  std::string url;                                                // with its path, usually /metrics
  std::vector<std::pair<std::string, std::string>> labels = {};   // job and instance included
  std::vector<std::pair<std::string, std::string>> headers = {};  // secrets resolved
  std::string ca_file = {};
  std::string cert_file = {};
  std::string key_file = {};
  Duration interval = seconds(30);
  Duration timeout = seconds(10);
  friend bool operator==(const Target&, const Target&) = default;
};

/// What the last visit of a target found.
struct TargetHealth {
  std::string source;
  std::string url;
  bool is_up = false;
  Time visited = {};  // 0: not yet
  Time last_up = {};  // 0: never
  Duration took = {};
  int64_t samples = 0;
  int64_t failures = 0;    // in a row
  int64_t missed = 0;      // visits left out because the one before took too long
  std::string error = {};  // why it is down, or why the intake refused its samples
};

/// Takes the bytes of Encoding::scrape from a source. Safe from any thread.
using Sink = std::function<Result<void>(const std::string& source, const std::string& bytes)>;

/// A visit, now: its bytes for the intake, and what was found. A text that cannot be read counts as
/// down: half of it would be wrong counts. Blocks up to the target's timeout.
struct Found {
  std::string bytes;
  TargetHealth health;
};
Found visit(const Target& target, engine::HttpClient& http, Time now);

class Scraper {
 public:
  struct Limits {
    size_t threads = 4;  // visits at the same time
  };
  /// All references outlive the scraper.
  Scraper(engine::HttpClient& http, engine::Clock& clock, Sink sink, Limits limits);
  Scraper(engine::HttpClient& http, engine::Clock& clock, Sink sink)
      : Scraper(http, clock, std::move(sink), Limits()) {}
  ~Scraper();

  /// Puts these targets in place of the earlier ones; equal ones keep their schedule and health.
  /// Errors: limit_exceeded.
  Result<void> set_targets(std::vector<Target> targets);
  void start();
  void stop();
  std::vector<TargetHealth> health() const;

 private:
  struct Entry {
    Target target;
    TargetHealth health;
    int64_t due_ms = 0;  // steady clock
    bool is_busy = false;
  };
  void run();
  std::shared_ptr<Entry> next_due(std::unique_lock<std::mutex>& lock);
  void finish(Entry& entry, TargetHealth health);

  engine::HttpClient& http_;
  engine::Clock& clock_;
  const Sink sink_;
  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::shared_ptr<Entry>> entries_;  // guarded by mutex_, with what they point to
  bool is_stopping_ = false;                     // guarded by mutex_
  std::vector<std::thread> threads_;             // constant between start and stop
};

}  // namespace tollgate::scrape
