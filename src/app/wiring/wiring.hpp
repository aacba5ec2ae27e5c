// Puts the parts together: a data directory with its ledger, blobs, cells and sources, and an
// engine on top. The only place beside main that names concrete parts.
#pragma once

#include "app/api/signal_desk.hpp"
#include "edge/identity/tokens.hpp"
#include "edge/intake/event_sampler.hpp"
#include "engine/engine.hpp"
#include "engine/ports/http_client.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tollgate::vendors {
class Apis;
}

namespace tollgate::wiring {

class CalendarImports;
class ScheduledAudits;
class SignalIntake;
class HouseSources;

/// For cells of signals, if nobody says otherwise.
inline constexpr size_t kSignalMemoryBytes = size_t{2} << 30;

struct HouseOptions {
  std::string data_dir;
  bool is_threaded = false;                         // true for a server
  Duration signals_sync_every = {};                 // see intake::ServiceLimits::sync_every
  size_t signal_memory_bytes = kSignalMemoryBytes;  // see cells::Limits::memory_bytes
  engine::AlertPace alerts = {};
  intake::SamplingLimits sampling = {};
  std::string ca_file;  // trusted instead of the system's certificates; empty: the system's
  engine::Clock* clock = nullptr;  // null: the system's; outlives the house
  /// Private networks that notifications and answers may go to; others are refused.
  std::vector<std::string> allowed_networks = {};
  /// Folders of checked-out repositories, by source, for audits of their pipelines.
  std::map<std::string, std::string> checkouts = {};
};

/// Everything that runs on one data directory. Holds the directory's lock as long as it lives.
class House : public api::SignalDesk {
 public:
  /// Opens the directory, creating it if need be, and rebuilds the state from its ledger.
  /// Errors: those of DataDir::open, the stores and Engine::open.
  static Result<std::unique_ptr<House>> open(const HouseOptions& options);
  ~House() override;

  engine::Engine& engine();
  /// The tokens of this data directory. Errors: those of TokenFile::open.
  Result<identity::TokenFile*> tokens();
  /// Signs a checkpoint of what was recorded, if there is anything new.
  Result<void> sign_checkpoint();
  /// For a timer, about once a second: signs what is new, and compares a few hundred rows of the
  /// ledger with the tree in memory, round and round, so that damage on disk is found while the
  /// process runs; follows the exporters of the policy. Errors: store_failed, disk_full,
  /// log_regression; after any of them the process should end.
  Result<void> keep_up();

  /// What asks the APIs of senders.
  vendors::Apis& vendors();
  /// What takes pushed signals.
  SignalIntake& intake();
  /// What knows the sources of signals.
  HouseSources& sources();
  /// What reads the calendars of others; by itself only in a server.
  CalendarImports& calendar_imports();
  /// What makes the audits of the policy's schedules; by itself only in a server.
  ScheduledAudits& scheduled_audits();

  Result<api::SignalReceipt> import(const api::SignalUpload& upload,
                                    const engine::Caller& caller) override;
  /// Adds counted events straight to the cells of an SLO; for a generated world.
  Result<void> add_cells(const std::string& slo, const std::string& environment,
                         const slo::CellSeries& cells);

 private:
  struct Rooms;
  explicit House(std::unique_ptr<Rooms> rooms);
  std::unique_ptr<Rooms> rooms_;
};

/// The wall clock of this machine.
engine::Clock& system_clock();
/// The CPU clock of this machine's threads.
engine::CpuClock& system_cpu_clock();
/// The token file of a data directory, which needs no lock on the directory. Errors: those of
/// TokenFile::open.
Result<std::unique_ptr<identity::TokenFile>> open_tokens(const std::string& data_dir);
/// Creates an empty data directory, whose parent is there or can be created. Nothing changes if it
/// is one already. Errors: those of DataDir::open.
Result<void> make_data_dir(const std::string& data_dir);
/// The time zones of this machine.
engine::ZoneTable& system_zones();
/// A client for HTTP and HTTPS.
std::unique_ptr<engine::HttpClient> make_http_client(const std::string& ca_file);

/// Counts the events of an upload without keeping them. Errors: unknown_name, bad_usage.
Result<model::SignalsImported> count_signals(const api::SignalUpload& upload);

}  // namespace tollgate::wiring
