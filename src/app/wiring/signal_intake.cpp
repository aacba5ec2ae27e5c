#include "app/wiring/signal_intake.hpp"

#include "app/wiring/source_settings.hpp"
#include "domain/slo/resolve.hpp"
#include "edge/intake/counters_json.hpp"
#include "edge/intake/event_codec.hpp"
#include "edge/intake/remote_write.hpp"
#include "edge/net/http_server.hpp"
#include "edge/otlp/otlp.hpp"
#include "edge/scrape/exposition.hpp"
#include "foundation/base/allocator.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::wiring {
namespace {

/// How long the cells of an SLO are kept; the default if the policy does not know it.
slo::Retention retention_in(const engine::Policy& policy, const std::string& address) {
  const Result<const model::Slo*> slo = policy.bundle().find_slo(address);
  if (!slo) return {};
  const Result<slo::Resolved> resolved = slo::resolve(policy.bundle(), **slo, nullptr);
  return resolved ? slo::retention_of(resolved->objective) : slo::Retention{};
}

}  // namespace

intake::Decoders decoders() {
  intake::Decoders all{};
  const auto put = [&](intake::Encoding encoding, intake::Decode decode) {
    all[static_cast<size_t>(encoding)] = decode;
  };
  put(intake::Encoding::remote_write_1, intake::decode_remote_write_1);
  put(intake::Encoding::remote_write_2, intake::decode_remote_write_2);
  put(intake::Encoding::counters_json, intake::decode_counters);
  put(intake::Encoding::scrape, scrape::decode_visit);
  put(intake::Encoding::otlp_metrics, otlp::decode_metrics);
  put(intake::Encoding::otlp_metrics_json, otlp::decode_metrics_json);
  put(intake::Encoding::otlp_logs, otlp::decode_logs);
  put(intake::Encoding::otlp_logs_json, otlp::decode_logs_json);
  put(intake::Encoding::otlp_traces, otlp::decode_traces);
  put(intake::Encoding::otlp_traces_json, otlp::decode_traces_json);
  put(intake::Encoding::events, intake::decode_events);
  return all;
}

std::shared_ptr<const intake::Plan> plan_of(const model::Bundle& bundle) {
  auto plan = std::make_shared<intake::Plan>();
  intake::RouteTable table = intake::routes_of(bundle);
  for (const Error& problem : table.problems)
    log::warn("events of an SLO are not counted: {}", problem.text());
  plan->routes = std::move(table.routes);
  for (const model::Resource* resource : bundle.of_kind("SLO")) {
    if (const auto* slo = resource->as<model::Slo>(); slo != nullptr)
      plan->slos.insert(slo->address());
  }
  for (const model::Resource* resource : bundle.of_kind("Environment"))
    plan->environments.insert(resource->metadata.name);
  return plan;
}

SignalIntake::SignalIntake(const Parts& parts)
    : parts_(parts),
      scraper_(parts.http, parts.clock,
               [this](const std::string& source, const std::string& bytes) -> Result<void> {
                 TOLLGATE_CHECK(service_->submit_and_wait(
                     {.encoding = intake::Encoding::scrape, .source = source, .bytes = bytes}));
                 return {};
               }) {}

SignalIntake::~SignalIntake() {
  scraper_.stop();
  if (logs_) logs_->stop();
}

Result<std::unique_ptr<SignalIntake>> SignalIntake::open(const Parts& parts,
                                                         const std::string& folder,
                                                         const intake::ServiceLimits& limits,
                                                         bool is_threaded) {
  std::unique_ptr<SignalIntake> opened(new SignalIntake(parts));
  SignalIntake& self = *opened;
  self.is_threaded_ = is_threaded;
  TOLLGATE_TRY(self.spans_, spans::SpanBook::open(folder + "/latency.db"));
  parts.cells.set_edges(
      [&engine = parts.engine](const cells::SeriesKey& key, const slo::Span& span) {
        return engine.maintenance_edges(key.slo, span);
      });
  TOLLGATE_TRY(
      self.service_,
      intake::Service::open({.cells = parts.cells,
                             .clock = parts.clock,
                             .folder = intake::open_journal_folder(folder),
                             .decoders = decoders(),
                             .next_plan = [&self] { return self.next_plan(); },
                             .keeper = self.spans_.get(),
                             .cpu_clock = &parts.cpu_clock,
                             // The server's I/O thread wakes up once for all answers of a group.
                             .around_replies =
                                 [](const std::function<void()>& give) {
                                   const net::WakeOnce once;
                                   give();
                                 }},
                            limits, is_threaded));
  self.logs_ = std::make_unique<LogFollowers>(*self.service_, parts.clock, folder + "/logs");
  if (is_threaded) self.scraper_.start();
  return opened;
}

std::shared_ptr<const intake::Plan> SignalIntake::next_plan() {
  const auto policy = parts_.engine.policy();
  const std::lock_guard lock(mutex_);
  if (policy == planned_) return plan_;
  planned_ = policy;
  plan_ = plan_of(policy->bundle());
  parts_.cells.set_retention(
      [policy](const std::string& slo) { return retention_in(*policy, slo); });
  return plan_;
}

void SignalIntake::keep_up() {
  spans_->advance(parts_.clock.now());
  const auto policy = parts_.engine.policy();
  if (!is_threaded_ || policy == scraped_) return;
  scraped_ = policy;
  // Reading a policy takes several times the memory that it holds afterwards.
  give_back_memory();
  logs_->set_policy(policy->bundle(), intake::routes_of(policy->bundle()).routes);
  std::vector<scrape::Target> all;
  for (const model::Resource* resource : policy->bundle().of_kind("DataSource")) {
    const auto* source = resource->as<model::DataSource>();
    if (source == nullptr || lower_case(source->type) != intake::kScrapeType) continue;
    Result<std::vector<scrape::Target>> targets = scrape_targets(*source);
    if (!targets) {
      log::error("{}", targets.error().text());
      continue;
    }
    all.insert(all.end(), targets->begin(), targets->end());
  }
  if (const Result<void> set = scraper_.set_targets(std::move(all)); !set)
    log::error("exporters of the policy: {}", set.error().text());
}

Result<void> SignalIntake::close() {
  scraper_.stop();
  logs_->stop();
  spans_->finish();
  TOLLGATE_CHECK(service_->close());
  return spans_->save();
}

}  // namespace tollgate::wiring
