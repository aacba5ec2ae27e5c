// The cell store as a source: counts of what was imported or received here, and what speaks against
// them.
#include "domain/slo/ratio.hpp"
#include "domain/slo/trust.hpp"
#include "edge/sources/query_pair.hpp"
#include "edge/sources/source.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>

namespace tollgate::sources {
namespace {

/// Expectations are looked up again after this.
constexpr Duration kTrafficStep = seconds(30);
constexpr size_t kTrafficKept = 10'000;  // places; beyond it they are looked up anew

cells::Place place_of(const engine::ReadingRequest& request) {
  return {.environment = request.environment,
          .track = request.part.track,
          .version = request.part.version,
          .group = request.part.group};
}

/// Whether the counts of several spans of an SLO are no counts yet: parts outnumber the whole.
bool is_any_below_zero(std::span<const slo::Counts> counts) {
  return std::any_of(counts.begin(), counts.end(),
                     [](const slo::Counts& each) { return each.good < 0 || each.bad < 0; });
}

class CellsSource : public engine::SignalSource {
 public:
  CellsSource(cells::CellStore& store, CellDoubts* doubts) : store_(store), doubts_(doubts) {}

  std::string_view name() const override { return "cells"; }

  model::Reading read(const engine::ReadingRequest& request) override {
    model::Reading reading = start_reading(request, name());
    const slo::Span known{request.span.from, std::min(request.span.to, request.as_of)};
    const auto counted = store_.aggregate(*request.objective, place_of(request), known);
    if (!counted) {
      reading.error = counted.error().message;
      return reading;
    }
    fill_counts(*counted, request, reading);
    if (request.objective->method != slo::BudgetingMethod::occurrences)
      reading.slices = counted->slices;
    if (counted->squares != slo::Counts{}) {
      reading.squares = model::WeightSquares{.good = reading.good + counted->squares.good,
                                             .bad = reading.bad + counted->squares.bad};
    }
    reading.watermark = std::min(counted->watermark, request.as_of);
    reading.completeness = counted->completeness;
    if (counted->is_known && !reading.doubt) reading.doubt = find_doubt(request);
    return reading;
  }

  slo::Counts cut_events(const engine::ReadingRequest& request) override {
    const auto counted = store_.aggregate(*request.objective, place_of(request), request.span);
    return counted ? counted->cut : slo::Counts{};
  }

  /// Declines where a reading would be doubted: then read() says why.
  std::optional<Time> count_spans(const engine::SpansRequest& request,
                                  std::span<slo::Counts> counts) override {
    if (is_doubted(request)) return std::nullopt;
    const auto watermark =
        store_.count_spans(request.objective->slo, request.environment, request.spans, counts);
    return is_any_below_zero(counts) ? std::nullopt : watermark;
  }

  std::unique_ptr<engine::StandingCounts> stand(const engine::SpansRequest& request) override;
  bool is_steady() override { return doubts_ == nullptr || doubts_->is_calm(); }

  std::vector<std::string> feeders(const engine::ReadingRequest& request) override {
    std::vector<std::string> names = SignalSource::feeders(request);
    for (const cells::SourceUse& use : store_.sources(request.objective->slo, place_of(request)))
      names.push_back(use.source);
    return names;
  }

 private:
  bool is_doubted(const engine::SpansRequest& request) {
    if (doubts_ == nullptr || doubts_->is_calm() || request.spans.empty()) return false;
    const engine::ReadingRequest whole{.objective = request.objective,
                                       .indicator = request.indicator,
                                       .environment = std::string(request.environment),
                                       .span = request.spans.front(),
                                       .as_of = request.spans.front().to};
    return doubts_->find(request.objective->slo, whole.environment, feeders(whole), whole.as_of)
        .has_value();
  }

  /// A total and its partner that arrive apart leave a few events less than none for a moment; more
  /// than that means that they do not count the same.
  static void fill_counts(const cells::Aggregate& counted, const engine::ReadingRequest& request,
                          model::Reading& reading) {
    const int64_t good = counted.counts.good;
    const int64_t bad = counted.counts.bad;
    reading.good = std::max<int64_t>(0, good);
    reading.bad = std::max<int64_t>(0, bad);
    reading.total = reading.good + reading.bad;
    const int64_t total = std::max<int64_t>(0, good + bad);
    const auto most =
        std::max(static_cast<double>(total) * kExcessMax, static_cast<double>(total) + 1);
    const int64_t part = std::max(good, bad);
    if (static_cast<double>(part) <= most) return;
    reading.doubt = model::Doubt{
        .reason = model::DoubtReason::good_exceeds_total,
        .source = {},
        .detail = fmt::format("{} has {} {} events of {} in all", request.objective->slo,
                              number_text(part), good > bad ? "good" : "bad", number_text(total))};
  }

  std::optional<model::Doubt> find_doubt(const engine::ReadingRequest& request) {
    if (doubts_ != nullptr && !doubts_->is_calm()) {
      auto doubt = doubts_->find(request.objective->slo, request.environment, feeders(request),
                                 request.as_of);
      if (doubt) return doubt;
    }
    const bool is_asked = request.care == engine::Care::guarded && request.part.is_whole();
    return is_asked ? find_drop(request) : std::nullopt;  // tracks and versions come and go
  }

  /// The traffic of the hour before the watermark against that of the weeks before.
  std::optional<model::Doubt> find_drop(const engine::ReadingRequest& request) {
    const Ppm drop_max = request.indicator->traffic_drop_max;
    if (drop_max.value >= slo::kWhole) return std::nullopt;
    const Key key{request.objective->slo, request.environment};
    {
      const std::lock_guard lock(mutex_);
      const auto found = known_.find(key);
      const Duration age = found == known_.end() ? kTrafficStep : request.as_of - found->second.at;
      if (age >= Duration{0} && age < kTrafficStep && found->second.drop_max == drop_max)
        return found->second.doubt;
    }
    Known looked{.at = request.as_of, .drop_max = drop_max, .doubt = look(request, drop_max)};
    const std::lock_guard lock(mutex_);
    if (known_.size() >= kTrafficKept) known_.clear();
    return (known_[key] = std::move(looked)).doubt;
  }

  std::optional<model::Doubt> look(const engine::ReadingRequest& request, Ppm drop_max) {
    // Only events matter, whatever the budgeting method.
    slo::Objective events = *request.objective;
    events.method = slo::BudgetingMethod::occurrences;
    const auto traffic = [&](Time to) {
      const auto counted =
          store_.aggregate(events, cells::Place{.environment = request.environment},
                           slo::Span{to - slo::kTrafficSpan, to});
      return counted ? counted->counts.total() : 0;
    };
    const auto now = store_.aggregate(events, cells::Place{.environment = request.environment},
                                      slo::Span{request.as_of - slo::kTrafficSpan, request.as_of});
    if (!now) return std::nullopt;
    // What has not arrived yet is late, not missing.
    const Time to = std::min(request.as_of, now->watermark);
    if (to.ms <= 0 || request.as_of - to > slo::kTrafficSpan) return std::nullopt;
    std::array<int64_t, slo::kTrafficWeeks> weeks{};
    for (int week = 0; week < slo::kTrafficWeeks; ++week)
      weeks[static_cast<size_t>(week)] = traffic(to - days(7) * (week + 1));
    const auto drop = slo::traffic_drop(traffic(to), weeks, drop_max);
    if (!drop) return std::nullopt;
    return model::Doubt{
        .reason = model::DoubtReason::traffic_drop,
        .source = {},
        .detail = fmt::format("{} had {} in the last hour, {} less than the {} at this hour of the "
                              "weeks before",
                              request.objective->slo, count_text(drop->seen, "event", "events"),
                              percent_text(drop->missing.value), number_text(drop->expected))};
  }

  using Key = std::pair<std::string, std::string>;  // SLO, environment
  struct Known {
    Time at;
    Ppm drop_max;
    std::optional<model::Doubt> doubt;
  };

  cells::CellStore& store_;
  CellDoubts* const doubts_;
  std::mutex mutex_;
  std::map<Key, Known> known_;  // guarded by mutex_
};

/// The cells of one SLO in one environment. Who asks for its counts sees to it that is_steady():
/// while somebody is doubted, count_spans() of the source has the answer.
class CellsOfSlo : public engine::StandingCounts {
 public:
  CellsOfSlo(cells::CellStore& store, std::shared_ptr<cells::StandingSlo> slo)
      : store_(store), slo_(std::move(slo)) {}
  std::optional<Time> count(std::span<const slo::Span> spans,
                            std::span<slo::Counts> counts) override {
    const auto watermark = store_.count_spans(*slo_, spans, counts);
    return is_any_below_zero(counts) ? std::nullopt : watermark;
  }
  const std::atomic<uint32_t>& version() const override { return store_.version(*slo_); }

 private:
  cells::CellStore& store_;
  const std::shared_ptr<cells::StandingSlo> slo_;
};

std::unique_ptr<engine::StandingCounts> CellsSource::stand(const engine::SpansRequest& request) {
  return std::make_unique<CellsOfSlo>(store_,
                                      store_.stand(request.objective->slo, request.environment));
}

}  // namespace

const SourceKind kCellsSource = {
    .type = "cells",
    .title = "Events counted by Tollgate itself",
    .doc =
        "Counts of imported logs and received events, kept in cells of 10 seconds. Needs no query.",
    .make = [](const SourceConfig&, const Parts& parts) -> std::unique_ptr<engine::SignalSource> {
      return std::make_unique<CellsSource>(parts.cells, parts.doubts);
    },
    .knows_url = true};

}  // namespace tollgate::sources
