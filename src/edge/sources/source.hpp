// Signal sources: one file for each kind, one line in all.cpp. A source turns one question into one
// reading and never fails otherwise: what went wrong stands in the reading.
#pragma once

#include "domain/delivery/records.hpp"
#include "edge/cells/cell_store.hpp"
#include "engine/ports/http_client.hpp"
#include "engine/ports/signal_source.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::sources {

/// A source of the policy (OpenSLO kind DataSource).
struct SourceConfig {
  std::string name;                                                  // "" is the cell store
  std::string type;                                                  // "prometheus"
  std::string url;                                                   // where its API begins
  std::vector<std::pair<std::string, std::string>> headers = {};     // secrets resolved
  std::vector<std::pair<std::string, std::string>> parameters = {};  // of each query
  std::map<std::string, std::string, std::less<>> settings = {};  // of its kind; secrets resolved
  std::string ca_file = {};        // PEM; trusted instead of the system's store
  std::string cert_file = {};      // PEM; shown to servers that ask for one, with key_file
  std::string key_file = {};       // PEM
  Duration timeout = seconds(10);  // for one reading, if the question does not allow less
  Duration lateness = seconds(0);  // the newest data may be incomplete for this long
  friend bool operator==(const SourceConfig&, const SourceConfig&) = default;
};

/// The records of deliveries as they were known at a time. Safe from any thread.
class DeliveryFacts {
 public:
  virtual ~DeliveryFacts() = default;
  /// Errors: no_data, those of the ledger.
  virtual Result<std::shared_ptr<const delivery::KnownDeliveries>> as_of(Time time) = 0;
};

/// What speaks against counts in the cells. Safe from any thread.
class CellDoubts {
 public:
  virtual ~CellDoubts() = default;
  /// Nothing speaks against any counts: nobody needs to be asked. Costs nothing.
  virtual bool is_calm() const = 0;
  /// Nothing, or why the counts of an SLO that these sources brought are not to be trusted.
  virtual std::optional<model::Doubt> find(std::string_view slo, std::string_view environment,
                                           const std::vector<std::string>& feeders,
                                           Time now) const = 0;
};

/// What sources are built from; all outlive them.
struct Parts {
  cells::CellStore& cells;
  engine::HttpClient& http;
  DeliveryFacts* deliveries = nullptr;  // null: there are none here
  CellDoubts* doubts = nullptr;         // null: nobody watches who pushes
};

/// The source of deliveries is always there under this name, as the cell store is under none.
inline constexpr std::string_view kDeliverySourceName = "delivery";

/// One kind of source.
struct SourceKind {
  std::string_view type;   // as in DataSource.spec.type
  std::string_view title;  // one line for catalogues
  std::string_view doc;    // what it asks, and which queries it understands
  std::unique_ptr<engine::SignalSource> (*make)(const SourceConfig& config, const Parts& parts);
  /// Keys of connectionDetails that only this kind reads.
  std::span<const std::string_view> settings = {};
  bool knows_url = false;  // a DataSource of this kind needs no url
  /// Rules over its settings that only this kind knows; null: none. Secrets may be references
  /// still.
  Result<void> (*check)(const SourceConfig& config) = nullptr;
};

/// All kinds, sorted by type.
const std::vector<const SourceKind*>& all_sources();
/// Null if there is none of that type.
const SourceKind* find_source(std::string_view type);

/// Asks the source that each question names; "" is the cell store. Immutable after construction but
/// for replace(), which the owner calls when the policy changes. Safe from any thread.
class SourceRouter : public engine::SignalSource {
 public:
  explicit SourceRouter(const Parts& parts);
  ~SourceRouter() override;

  /// Puts these sources in place of the earlier ones. Errors: unknown_name for an unknown type.
  Result<void> replace(const std::vector<SourceConfig>& configs);

  std::string_view name() const override { return "router"; }
  model::Reading read(const engine::ReadingRequest& request) override;
  std::optional<Time> count_spans(const engine::SpansRequest& request,
                                  std::span<slo::Counts> counts) override;
  std::unique_ptr<engine::StandingCounts> stand(const engine::SpansRequest& request) override;
  slo::Counts cut_events(const engine::ReadingRequest& request) override;
  bool is_steady() override { return parts_.doubts == nullptr || parts_.doubts->is_calm(); }
  std::vector<std::string> feeders(const engine::ReadingRequest& request) override;

 private:
  using Table = std::map<std::string, std::unique_ptr<engine::SignalSource>, std::less<>>;
  std::shared_ptr<const Table> table();

  Parts parts_;
  std::mutex mutex_;
  std::shared_ptr<const Table> table_;  // guarded by mutex_; readers keep the one they found
};

/// The reading that a request asks for, without any counts yet.
model::Reading start_reading(const engine::ReadingRequest& request, std::string_view source);

extern const SourceKind kCellsSource;
extern const SourceKind kCsvSource;
extern const SourceKind kDatadogSource;
extern const SourceKind kDeliverySource;
extern const SourceKind kMimirSource;
extern const SourceKind kPrometheusSource;
extern const SourceKind kThanosSource;
extern const SourceKind kVictoriaMetricsSource;

}  // namespace tollgate::sources
