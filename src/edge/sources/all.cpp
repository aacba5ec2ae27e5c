// The catalogue of signal sources: one line for each, sorted by type.
#include "edge/sources/source.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::sources {

const std::vector<const SourceKind*>& all_sources() {
  static const std::vector<const SourceKind*> kAll = {
      &kCellsSource, &kCsvSource,        &kDatadogSource, &kDeliverySource,
      &kMimirSource, &kPrometheusSource, &kThanosSource,  &kVictoriaMetricsSource,
  };
  return kAll;
}

const SourceKind* find_source(std::string_view type) {
  const auto& all = all_sources();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const SourceKind* kind) { return kind->type == type; });
  return found == all.end() ? nullptr : *found;
}

model::Reading start_reading(const engine::ReadingRequest& request, std::string_view source) {
  model::Reading reading;
  reading.slo = request.objective->slo;
  reading.environment = request.environment;
  reading.window = request.span.length();
  reading.from = request.span.from;
  reading.to = request.span.to;
  reading.source = source;
  reading.fetched_at = request.as_of;
  reading.completeness = {0};
  return reading;
}

SourceRouter::SourceRouter(const Parts& parts) : parts_(parts) {
  (void)replace({});  // the cell store is always there
}
SourceRouter::~SourceRouter() = default;

Result<void> SourceRouter::replace(const std::vector<SourceConfig>& configs) {
  auto table = std::make_shared<Table>();
  (*table)[""] = kCellsSource.make({}, parts_);
  (*table)[std::string(kDeliverySourceName)] = kDeliverySource.make({}, parts_);
  for (const SourceConfig& config : configs) {
    const SourceKind* kind = find_source(lower_case(config.type));
    if (kind == nullptr) {
      std::vector<std::string> types;
      for (const SourceKind* known : all_sources()) types.emplace_back(known->type);
      return fail(codes::unknown_name, "data source {} has the unknown type \"{}\"{}; known are {}",
                  config.name, config.type, did_you_mean(config.type, types), join(types, ", "));
    }
    (*table)[config.name] = kind->make(config, parts_);
  }
  const std::lock_guard lock(mutex_);
  table_ = std::move(table);
  return {};
}

std::shared_ptr<const SourceRouter::Table> SourceRouter::table() {
  const std::lock_guard lock(mutex_);
  return table_;
}

slo::Counts SourceRouter::cut_events(const engine::ReadingRequest& request) {
  const auto known = table();
  const auto found = known->find(request.indicator->source);
  return found == known->end() ? slo::Counts{} : found->second->cut_events(request);
}

std::vector<std::string> SourceRouter::feeders(const engine::ReadingRequest& request) {
  const auto known = table();
  const auto found = known->find(request.indicator->source);
  return found == known->end() ? SignalSource::feeders(request) : found->second->feeders(request);
}

model::Reading SourceRouter::read(const engine::ReadingRequest& request) {
  const std::shared_ptr<const Table> table = this->table();
  const auto found = table->find(request.indicator->source);
  const bool is_here = found != table->end() && found->second->name() == kCellsSource.type;
  if (found != table->end() && (is_here || request.part.is_whole()))
    return found->second->read(request);
  model::Reading reading = start_reading(request, request.indicator->source);
  if (found != table->end()) {
    reading.error = fmt::format(
        "{} cannot tell tracks and versions apart; only events that are counted here can be",
        request.indicator->source);
    return reading;
  }
  reading.error = fmt::format("there is no data source called \"{}\"", request.indicator->source);
  return reading;
}

std::optional<Time> SourceRouter::count_spans(const engine::SpansRequest& request,
                                              std::span<slo::Counts> counts) {
  std::shared_ptr<const Table> table;
  {
    const std::lock_guard lock(mutex_);
    table = table_;
  }
  const auto found = table->find(request.indicator->source);
  return found == table->end() ? std::nullopt : found->second->count_spans(request, counts);
}

std::unique_ptr<engine::StandingCounts> SourceRouter::stand(const engine::SpansRequest& request) {
  const auto known = table();
  const auto found = known->find(request.indicator->source);
  return found == known->end() ? nullptr : found->second->stand(request);
}

}  // namespace tollgate::sources
