// The calendars of others that Calendars of the policy name under `imports`: asked for on a
// schedule while a server runs. An answer that differs from what is recorded becomes a
// calendar.imported; one that cannot be had or read changes nothing, so that the last good one
// counts on, and is a finding once it is older than the import's staleAfter.
#pragma once

#include "app/api/calendar_imports.hpp"
#include "engine/engine.hpp"
#include "engine/ports/http_client.hpp"
#include "foundation/base/round_thread.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::wiring {

/// Safe from any thread.
class CalendarImports : public api::CalendarImportDesk, public engine::ImportWatch {
 public:
  static constexpr Duration kTimeout = seconds(20);             // for one answer
  static constexpr size_t kBytesMax = size_t{4} * 1024 * 1024;  // of one answer
  static constexpr Duration kRetryFirst = minutes(1);  // doubled with every failure in a row, up to
                                                       // the import's own interval
  /// All outlive this. `http` refuses private networks that nobody allowed.
  CalendarImports(engine::Engine& engine, engine::HttpClient& http, engine::Clock& clock)
      : engine_(engine), http_(http), clock_(clock) {}
  ~CalendarImports() override { stop(); }
  CalendarImports(const CalendarImports&) = delete;
  CalendarImports& operator=(const CalendarImports&) = delete;

  /// Starts the thread that asks.
  void start();
  void stop();
  /// Asks for what is due, on this thread.
  void ask_due();

  doc::Node status() override;
  std::vector<model::ImportDoubt> doubts() override;
  void refresh(const std::string& calendar) override;

 private:
  using Key = std::pair<std::string, std::string>;  // calendar, name of the import

  /// What is known of one import since the start.
  struct Kept {
    model::CalendarImport import = {};
    std::string zone = {};  // of readings without one
    std::string etag = {};
    std::string last_modified = {};
    std::optional<Time> asked = {};
    std::optional<Time> refreshed = {};  // last good answer
    Time next = {};
    int64_t failures = 0;  // in a row
    std::string error = {};
  };

  void follow_policy();
  std::vector<Key> due(Time now);
  void ask(const Key& key);
  Result<void> take(const Key& key, Kept& kept);
  bool is_stale(const Kept& kept, const std::optional<Time>& recorded, Time now) const;

  engine::Engine& engine_;
  engine::HttpClient& http_;
  engine::Clock& clock_;
  std::mutex asking_;  // held by the thread that asks; never taken under mutex_
  std::mutex mutex_;
  std::map<Key, Kept> imports_;                 // guarded by mutex_, as the next one
  std::shared_ptr<const engine::Policy> seen_;  // whose imports these are
  RoundThread thread_;
};

}  // namespace tollgate::wiring
