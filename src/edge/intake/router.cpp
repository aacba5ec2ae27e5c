#include "edge/intake/router.hpp"

#include "edge/intake/histogram_counter.hpp"
#include "edge/intake/histogram_latency.hpp"
#include "edge/intake/key_table.hpp"
#include "edge/intake/place_table.hpp"
#include "edge/intake/route_rules.hpp"
#include "edge/intake/series_book.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace tollgate::intake {
namespace {

constexpr uint32_t kIgnored = KeyTable::kNone - 1;  // counts for no SLO
constexpr uint32_t kRefused = KeyTable::kNone - 2;  // would count, but a limit is reached
constexpr size_t kPrefetchAhead = 8;
struct Route {
  uint32_t rule = 0;
  uint32_t series = 0;  // of cells
  int64_t pending = 0;  // a bucket of everything, while its partner has not been seen
  int8_t good = 0;
  int8_t bad = 0;
  RuleForm form = RuleForm::counter;
};

}  // namespace

RouterCounts& RouterCounts::operator+=(const RouterCounts& other) {
  samples += other.samples;
  counted += other.counted;
  events += other.events;
  events_counted += other.events_counted;
  sampled_out += other.sampled_out;
  stale += other.stale;
  resets += other.resets;
  gaps += other.gaps;
  repeats += other.repeats;
  conflicts += other.conflicts;
  late += other.late;
  invalid += other.invalid;
  future += other.future;
  refused += other.refused;
  return *this;
}

void Routed::clear() {
  additions.clear();
  weights.clear();
  latencies.clear();
  faults.clear();
  counts = {};
  last_ms = 0;
  future_ms = 0;
  refused.clear();
}

class Router::Implementation {
 public:
  Implementation(OpenSeries open, const RouterLimits& limits)
      : limits_(limits), places_(std::move(open), limits) {}

  Problems set_routes(const std::vector<RouteSpec>& rows) {
    Problems problems = rules_.set(rows);
    // Series are resolved anew as they come in; their counters are found by identity.
    forget_keys();
    routes_.clear();
    places_.clear();
    book_.forget_routes();
    has_bucket_.assign(rules_.row_count(), false);
    return problems;
  }

  Result<void> resolve(Batch& batch) {
    if (keys_.size() > limits_.known_keys_max) forget_keys();
    batch.resolved.resize(batch.points.size());
    const size_t size = batch.points.size();
    // Senders keep their order: the series behind the last one is most probably the next.
    uint32_t next = 0;
    for (size_t i = 0; i < size; ++i) {
      Point& point = batch.points[i];
      uint32_t series = next;
      if (next >= keys_of_.size() || keys_of_[next] != point.key) {
        if (i + kPrefetchAhead < size) keys_.prefetch(batch.points[i + kPrefetchAhead].key);
        series = keys_.find(point.key);
        if (series == KeyTable::kNone) {
          TOLLGATE_TRY(series, resolve_new(batch, point));
        }
      }
      batch.resolved[i] = series;
      if (series < kRefused) next = series + 1;
    }
    return {};
  }

  void route(const Batch& batch, Routed& out) {
    out.counts.samples += static_cast<int64_t>(batch.points.size());
    for (size_t i = 0; i < batch.points.size(); ++i) {
      if (i + kPrefetchAhead < batch.points.size())
        book_.prefetch(batch.resolved[i + kPrefetchAhead]);
      const uint32_t series = batch.resolved[i];
      if (series == kIgnored) continue;
      if (series == kRefused) {
        refuse(out);
        continue;
      }
      if (is_future(batch, batch.points[i].time_ms, out)) continue;
      count_point(batch, batch.points[i], series, out);
    }
    for (const Increment& increment : batch.increments) {
      if (!is_future(batch, increment.time_ms, out)) count_increment(batch, increment, out);
    }
    out.counts.events += static_cast<int64_t>(batch.events.size());
    if (!rules_.has_events()) return;
    for (const Event& event : batch.events) {
      if (!is_future(batch, event.time_ms, out)) count_event(batch, event, out);
    }
  }

  EventClass classify(const Batch& batch, const Event& event) {
    const std::span<const Label> labels(batch.labels.data() + event.first_label, event.label_count);
    matched_.clear();
    rules_.match_event(labels, event.kind, matched_);
    // A total counts its events as bad until the good ones are taken off, or the other way round.
    int bad = 0;
    for (const uint32_t index : matched_) {
      const Rule& rule = rules_.rule(index);
      if (rules_.row(rule).keeps_all) return EventClass::kept;
      if (rules_.takes(rule, event, labels)) bad += rule.bad;
    }
    return bad > 0 ? EventClass::bad : EventClass::good;
  }

  size_t series_count() const { return book_.size(); }
  std::string save() const { return book_.save(); }
  Result<void> load(std::string_view state) {
    forget_keys();
    routes_.clear();
    return book_.load(state);
  }

 private:
  Result<uint32_t> resolve_new(Batch& batch, Point& point) {
    if (point.label_count == kRawLabels) {
      const uint32_t first = static_cast<uint32_t>(batch.labels.size());
      TOLLGATE_CHECK(batch.read_labels(batch.raw_labels[point.first_label], batch));
      if (batch.is_ambiguous)
        return fail(codes::bad_request, "the request must be decoded with care");
      point.first_label = first;
      point.label_count = static_cast<uint32_t>(batch.labels.size()) - first;
    }
    const std::span<const Label> labels(batch.labels.data() + point.first_label, point.label_count);
    const uint32_t series = resolve_labels(labels);
    keys_.put(point.key, series);
    if (series < kRefused) {
      if (keys_of_.size() <= series) keys_of_.resize(series + 1, 0);
      keys_of_[series] = point.key;
    }
    return series;
  }

  void forget_keys() {
    keys_.clear();
    keys_of_.clear();
  }

  uint32_t resolve_labels(std::span<const Label> labels) {
    matched_.clear();
    rules_.match_series(labels, matched_);
    if (matched_.empty()) return kIgnored;
    const SeriesIdentity identity = book_.identity_of(labels);
    uint32_t series = book_.find(identity);
    if (series != SeriesBook::kNone && book_.at(series).route_count > 0) return series;
    if (series == SeriesBook::kNone && book_.size() >= limits_.series_max) {
      refusal_ = fmt::format("more than {} series count for SLOs", limits_.series_max);
      return kRefused;
    }
    const uint32_t first = static_cast<uint32_t>(routes_.size());
    for (const uint32_t rule : matched_) {
      if (!add_route(rule, labels)) {
        routes_.resize(first);
        return kRefused;
      }
    }
    if (series == SeriesBook::kNone) series = book_.add(identity);
    CountedSeries& counted = book_.at(series);
    counted.first_route = first;
    counted.route_count = static_cast<uint32_t>(routes_.size()) - first;
    return series;
  }

  bool add_route(uint32_t index, std::span<const Label> labels) {
    const Rule& rule = rules_.rule(index);
    const auto series = cells_for(rule, labels);
    if (!series) return false;
    if (rule.form == RuleForm::bucket) has_bucket_[rule.row] = true;
    routes_.push_back(
        {.rule = index, .series = *series, .good = rule.good, .bad = rule.bad, .form = rule.form});
    return true;
  }

  /// The series of cells for the place that the labels name; nothing beyond a limit.
  std::optional<uint32_t> cells_for(const Rule& rule, std::span<const Label> labels) {
    return places_.open(key_of(rules_.row(rule), labels), refusal_);
  }

  static bool is_future(const Batch& batch, int64_t time_ms, Routed& out) {
    if (batch.arrived_ms == 0 || time_ms <= batch.arrived_ms + kFutureMax.ms) return false;
    ++out.counts.future;
    out.future_ms = std::max(out.future_ms, time_ms);
    return true;
  }

  /// Neighbours that go into one cell become one addition: the series of an SLO come together.
  static void add(const Addition& addition, Routed& out) {
    if (!out.additions.empty()) {
      Addition& last = out.additions.back();
      if (last.series == addition.series && last.slot == addition.slot) {
        last.good += addition.good;
        last.bad += addition.bad;
        last.seen_ms = std::max(last.seen_ms, addition.seen_ms);
        return;
      }
    }
    out.additions.push_back(addition);
  }

  void count_outcome(slo::CounterOutcome outcome, RouterCounts& counts) {
    switch (outcome) {
      case slo::CounterOutcome::reset:
        ++counts.resets;
        break;
      case slo::CounterOutcome::gap:
        ++counts.gaps;
        break;
      case slo::CounterOutcome::repeat:
        ++counts.repeats;
        break;
      case slo::CounterOutcome::late:
        ++counts.late;
        break;
      case slo::CounterOutcome::invalid:
        ++counts.invalid;
        break;
      case slo::CounterOutcome::first:
      case slo::CounterOutcome::counted:
        break;
    }
  }

  void count_point(const Batch& batch, const Point& point, uint32_t index, Routed& out) {
    if (point.is_stale) {
      ++out.counts.stale;
      return;
    }
    if (is_target(index)) return note_target(point, index, out);
    if (point.kind == PointKind::gauge) {
      ++out.counts.invalid;
      return;
    }
    ++out.counts.counted;
    const slo::CounterSample sample{point.time_ms, point.start_ms, point.value};
    if (point.histogram >= 0) return count_histogram_point(batch, point, sample, index, out);
    CountedSeries& series = book_.at(index);
    const double before = series.counter.value;
    const slo::CounterStep step = point.kind == PointKind::delta
                                      ? slo::count_delta(series.counter, sample)
                                      : slo::count_cumulative(series.counter, sample);
    count_outcome(step.outcome, out.counts);
    if (step.outcome == slo::CounterOutcome::reset) {
      note_fault(Fault::Kind::reset, point, index, before, out);
    } else if (step.outcome == slo::CounterOutcome::repeat && point.value != before) {
      ++out.counts.conflicts;
      note_fault(Fault::Kind::conflict, point, index, before, out);
    }
    out.last_ms = std::max(out.last_ms, point.time_ms);
    const int64_t slot = slo::slot_of_sample(point.time_ms);
    for (uint32_t i = 0; i < series.route_count; ++i) {
      Route& route = routes_[series.first_route + i];
      if (route.form == RuleForm::native) continue;
      int64_t events = step.events;
      if (route.form == RuleForm::bucket_total) {
        // Without the bucket at the threshold everything would look bad: it waits for it.
        route.pending += events;
        if (!has_bucket_[rules_.rule(route.rule).row]) continue;
        events = std::exchange(route.pending, 0);
      }
      // Also without events: the series is known up to here.
      add({route.series, slot, events * route.good, events * route.bad, point.time_ms}, out);
    }
  }

  /// Whether its samples are `up`, not counts.
  bool is_target(uint32_t index) const {
    return routes_[book_.at(index).first_route].form == RuleForm::target;
  }

  void note_fault(Fault::Kind kind, const Point& point, uint32_t index, double before,
                  Routed& out) const {
    const CountedSeries& series = book_.at(index);
    for (uint32_t i = 0; i < series.route_count; ++i) {
      if (out.faults.size() >= kFaultsOfBatchMax) return;
      out.faults.push_back({.series = routes_[series.first_route + i].series,
                            .counter = book_.tag(index),
                            .kind = kind,
                            .time_ms = point.time_ms,
                            .before = before,
                            .after = point.value});
    }
  }

  /// A sample of `up`: it counts nothing, but the counts beside it are not whole without it.
  void note_target(const Point& point, uint32_t index, Routed& out) {
    slo::CounterState& state = book_.at(index).counter;
    if (state.time_ms != slo::CounterState::kNever && point.time_ms <= state.time_ms) return;
    state.time_ms = point.time_ms;
    state.value = point.value;
    note_fault(point.value > 0 ? Fault::Kind::up : Fault::Kind::down, point, index, 0, out);
  }

  void count_histogram_point(const Batch& batch, const Point& point,
                             const slo::CounterSample& sample, uint32_t index, Routed& out) {
    const Histogram& histogram = batch.histograms[static_cast<size_t>(point.histogram)];
    const HistogramStep step = count_histogram(book_.histogram(index), sample, point.kind,
                                               own_histogram(batch, histogram));
    CountedSeries& series = book_.at(index);
    series.counter.time_ms = std::max(series.counter.time_ms, point.time_ms);
    count_outcome(step.outcome, out.counts);
    out.last_ms = std::max(out.last_ms, point.time_ms);
    if (!is_of_latencies(step.increase)) return refuse_negative(index, out);
    const int64_t total = std::max<int64_t>(0, std::llround(step.increase.count));
    const int64_t slot = slo::slot_of_sample(point.time_ms);
    for (uint32_t i = 0; i < series.route_count; ++i) {
      const Route& route = routes_[series.first_route + i];
      if (route.form == RuleForm::counter) {
        add({route.series, slot, total * route.good, total * route.bad, point.time_ms}, out);
      }
      // As with events, one route notes the latencies: what counts an observation once.
      if (route.good + route.bad > 0)
        add_latencies(step.increase, route.series, point.time_ms, out.latencies);
      if (route.form != RuleForm::native) continue;
      const RouteSpec& row = rules_.row(rules_.rule(route.rule));
      const int64_t under = std::clamp(
          static_cast<int64_t>(std::llround(observations_up_to(step.increase, row.value))),
          int64_t{0}, total);
      const bool is_upper = row.op == model::Operator::lte || row.op == model::Operator::lt;
      const int64_t good = is_upper ? under : total - under;
      add({route.series, slot, good, total - good, point.time_ms}, out);
    }
  }

  void refuse_negative(uint32_t index, Routed& out) {
    const Route& route = routes_[book_.at(index).first_route];
    refusal_ = fmt::format("{}: its histogram has observations below 0, which no latency is",
                           rules_.row(rules_.rule(route.rule)).slo);
    refuse(out);
  }

  void refuse(Routed& out) {
    ++out.counts.refused;
    if (out.refused.empty()) out.refused = refusal_;
  }

  void count_increment(const Batch& batch, const Increment& increment, Routed& out) {
    ++out.counts.events;
    cells::SeriesKey key;
    key.slo = increment.slo;
    key.environment = increment.environment;
    key.track = increment.track;
    key.version = increment.version;
    key.group = increment.group;
    const auto series = places_.open(std::move(key), refusal_);
    if (!series) return refuse(out);
    ++out.counts.events_counted;
    out.last_ms = std::max(out.last_ms, increment.time_ms);
    add({*series, slo::slot_of_sample(increment.time_ms + 1), increment.good, increment.bad,
         increment.time_ms},
        out);
    for (uint32_t i = 0; i < increment.duration_count; ++i) {
      const DurationCount& each = batch.durations[increment.first_duration + i];
      if (each.count > 0)
        out.latencies.push_back({*series, increment.time_ms, each.seconds, each.count});
    }
  }

  void count_event(const Batch& batch, const Event& event, Routed& out) {
    const std::span<const Label> labels(batch.labels.data() + event.first_label, event.label_count);
    matched_.clear();
    rules_.match_event(labels, event.kind, matched_);
    if (matched_.empty()) return;
    if (!(event.weight > 0) || event.weight > slo::kIncreaseMax) {
      ++out.counts.invalid;
      return;
    }
    ++out.counts.events_counted;
    // An event is a moment, not the end of a span of time: it belongs to the cell it falls into.
    const int64_t slot = slo::slot_of_sample(event.time_ms + 1);
    for (const uint32_t index : matched_) {
      const Rule& rule = rules_.rule(index);
      if (!rules_.takes(rule, event, labels)) continue;
      const auto series = cells_for(rule, labels);
      if (!series) {
        refuse(out);
        continue;
      }
      out.last_ms = std::max(out.last_ms, event.time_ms);
      add_event(event, rule, *series, slot, out);
    }
  }

  void add_event(const Event& event, const Rule& rule, uint32_t series, int64_t slot, Routed& out) {
    const double weight = event.weight;
    int64_t events = 1;
    if (weight != 1) {
      double& rest = rests_[(static_cast<uint64_t>(series) << 2) |
                            static_cast<uint64_t>(rules_.row(rule).role)];
      const double whole = std::floor(weight + rest);
      rest = weight + rest - whole;
      events = static_cast<int64_t>(whole);
      const double square = weight * weight - weight;
      out.weights.push_back({series, slot, square * rule.good, square * rule.bad});
    }
    add({series, slot, events * rule.good, events * rule.bad, event.time_ms}, out);
    // Every event passes one rule that counts it as good or bad once; its time is noted there.
    if (event.duration_us >= 0 && events > 0 && rule.good + rule.bad > 0) {
      constexpr double kMicroseconds = 1e6;
      out.latencies.push_back(
          {series, event.time_ms, static_cast<double>(event.duration_us) / kMicroseconds, events});
    }
  }

  const RouterLimits limits_;
  RouteRules rules_;
  KeyTable keys_;  // hash of labels in their order -> number in book_, kIgnored or kRefused
  std::vector<uint64_t> keys_of_;  // the key under which a series came last, by its number
  SeriesBook book_;
  std::vector<Route> routes_;
  PlaceTable places_;
  std::unordered_map<uint64_t, double> rests_;  // of weights, by cells' series and role
  std::vector<bool> has_bucket_;                // by row: the bucket at the threshold was seen
  std::string refusal_;
  std::vector<uint32_t> matched_;  // reused from call to call
};

Router::Router(OpenSeries open, const RouterLimits& limits)
    : implementation_(std::make_unique<Implementation>(std::move(open), limits)) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Problems Router::set_routes(const std::vector<RouteSpec>& routes) {
  return implementation_->set_routes(routes);
}
Result<void> Router::resolve(Batch& batch) { return implementation_->resolve(batch); }
EventClass Router::classify(const Batch& batch, const Event& event) {
  return implementation_->classify(batch, event);
}
void Router::route(const Batch& batch, Routed& out) { implementation_->route(batch, out); }
size_t Router::series_count() const { return implementation_->series_count(); }
std::string Router::save() const { return implementation_->save(); }
Result<void> Router::load(std::string_view state) { return implementation_->load(state); }

}  // namespace tollgate::intake
