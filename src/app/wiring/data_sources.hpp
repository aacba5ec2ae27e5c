// The DataSources of the policy in force as signal sources, kept in step with the policy.
#pragma once

#include "domain/model/bundle.hpp"
#include "edge/sources/source.hpp"
#include "engine/engine.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::wiring {

/// How the last question to a DataSource went.
struct LastAnswer {
  Time asked = {};  // by the clock of the question
  Duration took = {};
  std::string error = {};  // why there was no answer; empty: there was one
  Time watermark = {};     // of the newest answer
  Ppm completeness = {};
  int64_t questions = 0;
  int64_t failures = 0;  // in a row
};

/// Routes questions to the sources of the policy in force. A source whose configuration is broken
/// answers every question with the reason. Safe from any thread.
class PolicySources : public engine::SignalSource {
 public:
  explicit PolicySources(const sources::Parts& parts) : router_(parts) {}
  /// Set once, before the first read.
  void follow(const engine::Engine& engine) { engine_ = &engine; }

  std::string_view name() const override { return router_.name(); }
  model::Reading read(const engine::ReadingRequest& request) override;
  std::optional<Time> count_spans(const engine::SpansRequest& request,
                                  std::span<slo::Counts> counts) override;
  std::unique_ptr<engine::StandingCounts> stand(const engine::SpansRequest& request) override;
  slo::Counts cut_events(const engine::ReadingRequest& request) override {
    return router_.cut_events(request);
  }
  bool is_steady() override { return router_.is_steady(); }
  std::vector<std::string> feeders(const engine::ReadingRequest& request) override;
  /// Why a DataSource cannot be asked at all; empty if it can.
  std::string broken(const std::string& source);
  /// How a DataSource answered when it was last asked; nothing if it was not.
  std::optional<LastAnswer> last_answer(const std::string& source) const;

 private:
  void refresh();
  void note_answer(const std::string& source, const model::Reading& reading, Duration took);

  sources::SourceRouter router_;
  const engine::Engine* engine_ = nullptr;
  std::mutex mutex_;
  std::shared_ptr<const engine::Policy> seen_;  // guarded by mutex_: the policy that router_ serves
  std::map<std::string, std::string>
      broken_;  // guarded by mutex_: why a source cannot be asked, by name
  mutable std::mutex answers_mutex_;
  std::map<std::string, LastAnswer, std::less<>> answers_;  // guarded by answers_mutex_
};

}  // namespace tollgate::wiring
