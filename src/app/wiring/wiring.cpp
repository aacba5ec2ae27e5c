#include "app/wiring/wiring.hpp"

#include "app/wiring/calendar_imports.hpp"
#include "app/wiring/data_sources.hpp"
#include "app/wiring/ledger_deliveries.hpp"
#include "app/wiring/scheduled_audits.hpp"
#include "app/wiring/signal_intake.hpp"
#include "app/wiring/source_desk.hpp"
#include "edge/cells/cell_store.hpp"
#include "edge/deliver/target.hpp"
#include "edge/ingest/ingest.hpp"
#include "edge/net/http_client.hpp"
#include "edge/net/http_server.hpp"
#include "edge/store/data_dir.hpp"
#include "edge/store/sqlite_ledger.hpp"
#include "edge/vendors/vendor.hpp"
#include "edge/zones/zones.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/text.hpp"

#include <chrono>
#include <cstdlib>
#include <ctime>

namespace tollgate::wiring {
namespace {

/// The machine's clock. TOLLGATE_NOW stands in for it in tests and rehearsals; what the ledger then
/// says about time is what its owner said.
class SystemClock : public engine::Clock {
 public:
  Time now() override {
    if (const char* fixed = std::getenv("TOLLGATE_NOW")) {
      if (const Result<Time> time = parse_time(fixed)) return *time;
    }
    using namespace std::chrono;
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return Time{duration_cast<std::chrono::milliseconds>(since).count()};
  }
};

class SystemCpuClock : public engine::CpuClock {
 public:
  int64_t thread_ns() override {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
  }
};

/// Origin of new ledgers: names the log in checkpoints; the key makes it unique.
constexpr std::string_view kOrigin = "tollgate/ledger";
constexpr std::string_view kImportSource = "import";

Result<ingest::Ingested> read_upload(const api::SignalUpload& upload) {
  TOLLGATE_TRY(const ingest::FileFormat format, ingest::FileFormat::parse(upload.format));
  TOLLGATE_TRY(
      const ingest::Classifier classifier,
      ingest::parse_classifier(upload.bad.empty() ? "5xx" : upload.bad, upload.slower_than));
  return ingest::ingest_bytes(upload.bytes, format, classifier);
}

model::SignalsImported imported_from(const api::SignalUpload& upload,
                                     const ingest::Ingested& ingested) {
  const ingest::Summary& summary = ingested.summary;
  return {.slo = upload.slo,
          .environment = upload.environment,
          .format = upload.format,
          .blob = ingested.digest,
          .lines = summary.lines,
          .accepted = summary.accepted,
          .rejected = summary.rejected,
          .good = summary.good,
          .bad = summary.bad,
          .revised = 0,
          .first = summary.first,
          .last = summary.last};
}

/// Private networks that effects may call: those of the options and of TOLLGATE_ALLOW_PRIVATE,
/// separated by commas.
std::vector<std::string> allowed_networks(const HouseOptions& options) {
  std::vector<std::string> networks = options.allowed_networks;
  const char* more = std::getenv("TOLLGATE_ALLOW_PRIVATE");
  if (more == nullptr) return networks;
  for (const std::string_view network : split(more, ',')) networks.emplace_back(trim(network));
  return networks;
}

/// The writer answers a batch in one go; the server's I/O thread wakes up once for all of it.
void wake_once(const std::function<void()>& give) {
  const net::WakeOnce once;
  give();
}

}  // namespace

struct House::Rooms {
  explicit Rooms(store::DataDir opened) : data_dir(std::move(opened)) {}

  store::DataDir data_dir;  // first: its lock goes last
  std::unique_ptr<engine::LedgerStore> ledger_store;
  std::unique_ptr<engine::CheckpointStore> checkpoints;
  std::unique_ptr<engine::BlobStore> blobs;
  std::unique_ptr<cells::CellStore> cells;
  std::unique_ptr<engine::HttpClient> http;
  std::unique_ptr<engine::HttpClient> effects_http;  // does not call private networks
  LedgerDeliveries deliveries;
  IntakeDoubts doubts;
  std::unique_ptr<PolicySources> signals;
  zones::SystemZones zones;
  engine::Clock* clock = nullptr;
  std::unique_ptr<identity::TokenFile> tokens;
  std::unique_ptr<deliver::Targets> targets;
  std::unique_ptr<vendors::Apis> vendors;
  std::unique_ptr<engine::Engine> engine;  // it uses all above
  std::unique_ptr<CalendarImports> imports;
  std::unique_ptr<ScheduledAudits> audits;
  std::unique_ptr<SignalIntake> intake;   // it follows the engine's policy
  std::unique_ptr<HouseSources> sources;  // last: it asks all above
};

House::House(std::unique_ptr<Rooms> rooms) : rooms_(std::move(rooms)) {}
House::~House() {
  rooms_->engine->watch_imports(nullptr);
  rooms_->imports->stop();
  rooms_->audits->stop();
  if (const Result<void> closed = rooms_->intake->close(); !closed)
    log::error("the signals stay in their journal: {}", closed.error().text());
  rooms_->doubts.follow(nullptr);
}

Result<std::unique_ptr<House>> House::open(const HouseOptions& options) {
  TOLLGATE_TRY(store::DataDir data_dir, store::DataDir::open(options.data_dir));
  auto rooms = std::make_unique<Rooms>(std::move(data_dir));
  TOLLGATE_TRY(rooms->ledger_store, store::open_sqlite_ledger(rooms->data_dir.database_path()));
  TOLLGATE_TRY(ledger::NoteSigner signer, rooms->data_dir.signer(kOrigin));
  TOLLGATE_TRY(rooms->cells, cells::CellStore::open(rooms->data_dir.path() + "/cells.db",
                                                    {.memory_bytes = options.signal_memory_bytes}));
  rooms->checkpoints = rooms->data_dir.checkpoint_store();
  rooms->blobs = rooms->data_dir.blob_store();
  rooms->http = make_http_client(options.ca_file);
  rooms->effects_http = net::make_http_client({.ca_file = options.ca_file,
                                               .denies_private = true,
                                               .allowed_networks = allowed_networks(options)});
  rooms->signals = std::make_unique<PolicySources>(sources::Parts{.cells = *rooms->cells,
                                                                  .http = *rooms->http,
                                                                  .deliveries = &rooms->deliveries,
                                                                  .doubts = &rooms->doubts});
  rooms->clock = options.clock != nullptr ? options.clock : &system_clock();
  rooms->targets =
      std::make_unique<deliver::Targets>(deliver::Outside{*rooms->effects_http, *rooms->clock});
  rooms->vendors =
      std::make_unique<vendors::Apis>(deliver::Outside{*rooms->effects_http, *rooms->clock});
  TOLLGATE_TRY(rooms->engine, engine::Engine::open({.store = *rooms->ledger_store,
                                                    .checkpoints = *rooms->checkpoints,
                                                    .signer = std::move(signer),
                                                    .blobs = *rooms->blobs,
                                                    .signals = *rooms->signals,
                                                    .zones = rooms->zones,
                                                    .clock = *rooms->clock,
                                                    .deliverer = rooms->targets.get(),
                                                    .confirmer = rooms->vendors.get()},
                                                   {.around_replies = wake_once,
                                                    .is_threaded = options.is_threaded,
                                                    .alerts = options.alerts}));
  rooms->signals->follow(*rooms->engine);
  intake::ServiceLimits intake_limits;
  intake_limits.sync_every = options.signals_sync_every;
  intake_limits.sampling = options.sampling;
  TOLLGATE_TRY(rooms->intake,
               SignalIntake::open(
                   {*rooms->cells, *rooms->http, *rooms->clock, system_cpu_clock(), *rooms->engine},
                   rooms->data_dir.path() + "/signals", intake_limits, options.is_threaded));
  rooms->deliveries.follow(*rooms->engine);
  rooms->imports =
      std::make_unique<CalendarImports>(*rooms->engine, *rooms->effects_http, *rooms->clock);
  rooms->engine->watch_imports(rooms->imports.get());
  if (options.is_threaded) rooms->imports->start();
  rooms->audits =
      std::make_unique<ScheduledAudits>(*rooms->engine, *rooms->clock, options.checkouts);
  if (options.is_threaded) rooms->audits->start();
  rooms->sources = std::make_unique<HouseSources>(HouseSources::Parts{.engine = *rooms->engine,
                                                                      .cells = *rooms->cells,
                                                                      .signals = *rooms->signals,
                                                                      .intake = *rooms->intake,
                                                                      .http = *rooms->http});
  rooms->doubts.follow(&rooms->intake->service());
  return std::unique_ptr<House>(new House(std::move(rooms)));
}

engine::Engine& House::engine() { return *rooms_->engine; }

Result<identity::TokenFile*> House::tokens() {
  if (!rooms_->tokens) {
    TOLLGATE_TRY(rooms_->tokens, open_tokens(rooms_->data_dir.path()));
  }
  return rooms_->tokens.get();
}

Result<void> House::sign_checkpoint() {
  TOLLGATE_CHECK(rooms_->engine->ledger().sign());
  return {};
}

Result<void> House::keep_up() {
  rooms_->intake->keep_up();
  return rooms_->engine->tick();
}

vendors::Apis& House::vendors() { return *rooms_->vendors; }

SignalIntake& House::intake() { return *rooms_->intake; }
HouseSources& House::sources() { return *rooms_->sources; }

ScheduledAudits& House::scheduled_audits() { return *rooms_->audits; }

CalendarImports& House::calendar_imports() { return *rooms_->imports; }

Result<api::SignalReceipt> House::import(const api::SignalUpload& upload,
                                         const engine::Caller& caller) {
  const auto policy = rooms_->engine->policy();
  TOLLGATE_TRY(const model::Slo* const slo, policy->bundle().find_slo(upload.slo));
  if (!upload.environment.empty()) TOLLGATE_CHECK(policy->bundle().environment(upload.environment));
  TOLLGATE_TRY(const ingest::Ingested ingested, read_upload(upload));
  model::SignalsImported imported = imported_from(upload, ingested);
  imported.slo = slo->address();
  if (upload.is_dry_run) return api::SignalReceipt{.imported = std::move(imported), .position = -1};
  if (!imported.last) {
    return fail(codes::bad_log_line, "none of {} lines could be read as {}", imported.lines,
                upload.format);
  }
  // Cells first: their digest makes a repeat harmless, so a crash in between loses nothing that was
  // acknowledged.
  TOLLGATE_TRY(
      const cells::Imported counted,
      rooms_->cells->import(
          {.slo = imported.slo, .environment = imported.environment, .track = {}, .version = {}},
          {.cells = &ingested.cells,
           .digest = ingested.digest,
           .source = std::string(kImportSource),
           .last = *imported.last}));
  imported.revised = counted.revised;
  TOLLGATE_TRY(const int64_t position, rooms_->engine->record_import(imported, caller));
  return api::SignalReceipt{
      .imported = std::move(imported), .position = position, .is_duplicate = counted.is_duplicate};
}

Result<void> House::add_cells(const std::string& slo, const std::string& environment,
                              const slo::CellSeries& cells) {
  const auto extent = cells.extent();
  if (!extent) return {};
  TOLLGATE_CHECK(rooms_->cells->import(
      {.slo = slo, .environment = environment, .track = {}, .version = {}},
      {.cells = &cells,
       .digest = sha256({"generated", slo, "\n", environment, "\n", time_text(extent->to)}),
       .source = fmt::format("generated:{}:{}", slo, environment),
       .last = extent->to}));
  return {};
}

engine::Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

engine::CpuClock& system_cpu_clock() {
  static SystemCpuClock clock;
  return clock;
}

engine::ZoneTable& system_zones() {
  static zones::SystemZones zones;
  return zones;
}

Result<std::unique_ptr<identity::TokenFile>> open_tokens(const std::string& data_dir) {
  return identity::TokenFile::open(data_dir + "/tokens.json");
}

Result<void> make_data_dir(const std::string& data_dir) {
  TOLLGATE_CHECK(store::DataDir::open(data_dir));
  return {};
}

std::unique_ptr<engine::HttpClient> make_http_client(const std::string& ca_file) {
  net::ClientOptions options;
  options.ca_file = ca_file;
  return net::make_http_client(options);
}

Result<model::SignalsImported> count_signals(const api::SignalUpload& upload) {
  TOLLGATE_TRY(const ingest::Ingested ingested, read_upload(upload));
  return imported_from(upload, ingested);
}

}  // namespace tollgate::wiring
