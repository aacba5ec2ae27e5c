// The intake of a house: its decoders, what the policy in force says to it, and the exporters that
// it visits.
#pragma once

#include "app/wiring/log_followers.hpp"
#include "edge/intake/service.hpp"
#include "edge/scrape/scraper.hpp"
#include "edge/sources/source.hpp"
#include "edge/spans/span_book.hpp"
#include "engine/engine.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

namespace tollgate::wiring {

/// The decoders of this program: one line for each encoding.
intake::Decoders decoders();

/// What a policy says to the intake.
std::shared_ptr<const intake::Plan> plan_of(const model::Bundle& bundle);

/// What the intake knows against counts, for the sources, which are there before it and stay
/// behind it. Safe from any thread.
class IntakeDoubts : public sources::CellDoubts {
 public:
  /// Null before the service is there, and again before it goes.
  void follow(const intake::Service* service) {
    const std::unique_lock lock(mutex_);
    service_ = service;
  }
  bool is_calm() const override {
    const std::shared_lock lock(mutex_);
    return service_ == nullptr || service_->is_calm();
  }
  std::optional<model::Doubt> find(std::string_view slo, std::string_view environment,
                                   const std::vector<std::string>& feeders,
                                   Time now) const override {
    const std::shared_lock lock(mutex_);
    if (service_ == nullptr) return std::nullopt;
    return service_->doubt(slo, environment, feeders, now);
  }

 private:
  mutable std::shared_mutex mutex_;
  const intake::Service* service_ = nullptr;  // guarded by mutex_
};

class SignalIntake {
 public:
  struct Parts {
    cells::CellStore& cells;
    engine::HttpClient& http;
    engine::Clock& clock;
    engine::CpuClock& cpu_clock;
    engine::Engine& engine;
  };
  /// Reads the journal in `folder`. All parts outlive the intake. Errors: store_failed.
  static Result<std::unique_ptr<SignalIntake>> open(const Parts& parts, const std::string& folder,
                                                    const intake::ServiceLimits& limits,
                                                    bool is_threaded);
  ~SignalIntake();

  intake::Service& service() { return *service_; }
  cells::CellStore& cells() { return parts_.cells; }
  spans::SpanBook& spans() { return *spans_; }
  std::vector<scrape::TargetHealth> targets() const { return scraper_.health(); }
  std::vector<follow::FollowerStatus> logs() const { return logs_->status(); }
  /// For a timer, about once a second: follows the policy's exporters.
  void keep_up();
  /// Ends the visits, answers what is queued and writes a snapshot. Errors: store_failed,
  /// disk_full; the journal has everything then.
  Result<void> close();

 private:
  explicit SignalIntake(const Parts& parts);
  std::shared_ptr<const intake::Plan> next_plan();

  const Parts parts_;
  bool is_threaded_ = false;
  std::mutex mutex_;
  std::shared_ptr<const engine::Policy> planned_;  // guarded by mutex_: that plan_ is of
  std::shared_ptr<const intake::Plan> plan_;       // guarded by mutex_
  std::shared_ptr<const engine::Policy> scraped_;  // the timer's: whose exporters are visited
  std::unique_ptr<spans::SpanBook> spans_;
  std::unique_ptr<intake::Service> service_;
  scrape::Scraper scraper_;  // its threads use the service, as does that of the logs
  std::unique_ptr<LogFollowers> logs_;
};

}  // namespace tollgate::wiring
