// Journeys against the engine itself: typed calls, no command line, no sockets.
#include "app/api/hook_desk.hpp"
#include "app/api/intake.hpp"
#include "app/api/otlp.hpp"
#include "app/render/answers.hpp"
#include "app/render/audit.hpp"
#include "app/render/audit_record.hpp"
#include "app/render/calendar.hpp"
#include "app/render/deployments.hpp"
#include "app/render/latency.hpp"
#include "app/render/queue.hpp"
#include "app/render/sources.hpp"
#include "app/wiring/pipelines.hpp"
#include "app/wiring/scheduled_audits.hpp"
#include "app/wiring/signal_intake.hpp"
#include "app/wiring/source_desk.hpp"
#include "app/wiring/wiring.hpp"
#include "domain/gate/gate.hpp"
#include "edge/evidence/read_report.hpp"
#include "edge/evidence/verify.hpp"
#include "edge/intake/counters_json.hpp"
#include "edge/webhooks/authenticate.hpp"
#include "edge/webhooks/told.hpp"
#include "engine/almanac/almanac.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/reflect/reflect.hpp"
#include "runner/manual_clock.hpp"
#include "runner/worlds.hpp"

#include <filesystem>
#include <fstream>

namespace tollgate::journeys {
namespace {

/// The bundle of a text, or all its problems as one error.
Result<model::Bundle> bundle_of(std::string_view yaml) {
  const model::SourceText source{.file = "policy.yaml", .text = std::string(yaml)};
  model::Loaded loaded = model::load(std::span(&source, 1));
  Problems problems = std::move(loaded.problems);
  model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
  for (Error& problem : gate::validate_gates(bundle)) problems.push_back(std::move(problem));
  for (Error& problem : engine::check_calendar_zones(bundle, wiring::system_zones()))
    problems.push_back(std::move(problem));
  if (problems.empty()) return bundle;
  Error all = problems.front();
  for (size_t i = 1; i < problems.size(); ++i) all.message += "\n" + problems[i].text();
  return fail(std::move(all));
}

class EngineWorld : public World {
 public:
  explicit EngineWorld(std::string directory) : directory_(std::move(directory)) {}

  Result<void> open() {
    TOLLGATE_TRY(house_, wiring::House::open(
                             {.data_dir = directory_ + "/data",
                              .ca_file = {},
                              .clock = &clock_,
                              .checkouts = {{"acme/checkout", directory_ + "/repository"}}}));
    return {};
  }

  void set_time(Time now) override {
    clock_.set(now);
    const Result<void> settled = engine().settle_queues();
    if (!settled) fmt::print(stderr, "{}\n", settled.error().text());
  }
  Result<void> restart() override {
    house_.reset();
    return open();
  }

  Result<doc::Node> apply(std::string_view yaml) override {
    TOLLGATE_TRY(const model::Bundle bundle, bundle_of(yaml));
    TOLLGATE_TRY(const engine::ApplyAnswer answer, engine().apply(bundle, "journey", {}, caller()));
    return render::apply_json(answer);
  }
  Result<doc::Node> plan(std::string_view yaml) override {
    TOLLGATE_TRY(const model::Bundle bundle, bundle_of(yaml));
    TOLLGATE_TRY(const engine::PlanAnswer answer, engine().plan(bundle));
    return render::plan_json(answer);
  }
  Result<doc::Node> import(std::string_view slo, std::string_view environment,
                           std::string_view format, std::string_view bytes) override {
    TOLLGATE_TRY(const api::SignalReceipt receipt,
                 house_->import({.slo = std::string(slo),
                                 .environment = std::string(environment),
                                 .format = std::string(format),
                                 .bad = {},
                                 .slower_than = {},
                                 .bytes = std::string(bytes)},
                                caller()));
    return render::import_json(receipt.imported, receipt.position);
  }
  Result<doc::Node> push(const CounterPush& push) override {
    doc::Node counter = doc::Node::object({{"slo", push.slo}, {"environment", push.environment}});
    for (const auto& [name, count] : {std::pair("good", push.good), {"bad", push.bad}}) {
      if (count.empty()) continue;
      TOLLGATE_TRY(const int64_t number, parse_integer(count));
      counter.set(name, number);
    }
    if (!push.track.empty()) counter.set("track", push.track);
    if (!push.time.empty()) counter.set("time", push.time);
    const std::string source = push.source.empty() ? "journey" : push.source;
    TOLLGATE_TRY(const intake::Receipt receipt,
                 house_->intake().service().submit_and_wait(
                     {.encoding = intake::Encoding::counters_json,
                      .source = source,
                      .bytes = intake::counters_envelope(doc::compact_json(counter), push.key,
                                                         engine().now().ms)}));
    return api::counters_json(receipt);
  }
  Result<doc::Node> otlp(std::string_view signal, std::string_view body) override {
    TOLLGATE_TRY(const otlp::Signal which, otlp::parse_signal(signal));
    TOLLGATE_TRY(const intake::Receipt receipt, house_->intake().service().submit_and_wait(
                                                    {.encoding = otlp::encoding_of(which, true),
                                                     .source = "journey",
                                                     .bytes = std::string(body)}));
    return doc::parse_json(api::otlp_answer(which, true, receipt));
  }
  Result<doc::Node> latency(std::string_view service, std::string_view before,
                            std::string_view after) override {
    house_->intake().spans().advance(engine().now());
    TOLLGATE_TRY(const spans::CompareAnswer answer,
                 house_->intake().spans().compare({.service = std::string(service),
                                                   .before = std::string(before),
                                                   .after = std::string(after)}));
    return render::latency_json(answer);
  }
  Result<doc::Node> record(const ReportFile& file) override {
    TOLLGATE_TRY(model::Report report, evidence::read_report(file.bytes, "", file.name));
    TOLLGATE_CHECK(
        evidence::verify_signatures(file.bytes, file.name, engine().policy()->bundle(), report));
    TOLLGATE_TRY(const engine::EvidenceAnswer answer,
                 engine().record_evidence({.service = file.service,
                                           .version = file.version,
                                           .commit = file.commit,
                                           .file = file.name,
                                           .bytes = file.bytes,
                                           .report = std::move(report)},
                                          caller()));
    return render::evidence_json(answer);
  }
  Result<doc::Node> release(const model::ReleaseEnded& ended) override {
    TOLLGATE_TRY(const int64_t position, engine().record_release(ended, caller()));
    return render::release_json(ended, position);
  }
  Result<doc::Node> gate(const GateQuestion& question) override {
    if (!question.as_of.empty()) {
      TOLLGATE_TRY(const Time as_of, parse_time(question.as_of));
      TOLLGATE_TRY(const engine::GateAnswer answer, engine().gate_as_of(question.request, as_of));
      return render::gate_json(answer);
    }
    TOLLGATE_TRY(const engine::GateAnswer answer,
                 engine().gate(question.request, caller(question.idempotency_key)));
    return render::gate_json(answer);
  }
  Result<doc::Node> calendar(const engine::CalendarQuestion& question, bool wants_when) override {
    TOLLGATE_TRY(const model::CalendarReading reading, engine().calendar(question));
    return wants_when ? render::calendar_when_json(question, reading)
                      : render::calendar_check_json(question, reading);
  }
  Result<doc::Node> calendar_add(const std::string& calendar,
                                 const model::CalendarEntry& entry) override {
    TOLLGATE_TRY(const engine::EntryAnswer answer,
                 engine().add_calendar_entry({.calendar = calendar, .entry = entry}, caller()));
    return render::calendar_entry_json(calendar, entry, answer);
  }
  Result<doc::Node> calendar_cancel(const std::string& id, const std::string& reason) override {
    TOLLGATE_TRY(const engine::EntryAnswer answer,
                 engine().cancel_calendar_entry(id, reason, caller()));
    return doc::Node::object({{"id", answer.id}, {"cancelled", true}});
  }
  Result<doc::Node> queue_join(const model::QueueJoined& joined) override {
    TOLLGATE_TRY(const engine::TicketAnswer answer, engine().join_queue(joined, caller()));
    return render::ticket_json(answer);
  }
  Result<doc::Node> queue_ticket(const std::string& id) override {
    return render::ticket_json(engine().ticket(id));
  }
  Result<doc::Node> queue_move(const model::QueueMoved& moved) override {
    TOLLGATE_TRY(const engine::TicketAnswer answer, engine().move_ticket(moved, caller()));
    return render::ticket_json(answer);
  }
  Result<doc::Node> queue_leave(const std::string& id, int64_t token) override {
    TOLLGATE_CHECK(engine().leave_queue({.ticket = id}, token, caller()));
    return doc::Node::object({{"left", true}});
  }
  Result<doc::Node> queue_heartbeat(const std::string& queue, int64_t token) override {
    TOLLGATE_TRY(const engine::TicketAnswer answer, engine().heartbeat(queue, token, caller()));
    return render::ticket_json(answer);
  }
  Result<doc::Node> hook(const Webhook& webhook) override {
    const auto policy = engine().policy();
    const model::Resource* resource = policy->bundle().find("Integration", webhook.integration);
    if (resource == nullptr) return fail(codes::not_found, "no such integration");
    TOLLGATE_TRY(
        const webhooks::SenderDef* sender,
        webhooks::sender_named(reflect::enum_name(resource->as<model::Integration>()->sender)));
    const std::string id =
        webhook.delivery.empty() ? "own-" + std::to_string(++hooks_) : webhook.delivery;
    net::Request request;
    request.method = "POST";
    request.body = webhook.body;
    request.peer = "127.0.0.1:1";
    for (auto& [name, value] : webhooks::sign(*sender, webhook.is_forged ? "forged" : kHookSecret,
                                              id, webhook.body, clock_.now())) {
      request.headers.push_back({name, value});
    }
    request.headers.push_back({"x-github-event", webhook.event});
    request.headers.push_back({"x-github-delivery", id});
    TOLLGATE_TRY(const api::Arrival arrival,
                 desk_.take(engine(), webhook.integration, request, {}));
    if (arrival.records.empty()) return api::arrival_json(arrival, {});
    TOLLGATE_TRY(const engine::ObserveAnswer answer,
                 engine().observe(arrival.records, webhook.body, arrival.caller));
    return api::arrival_json(arrival, answer);
  }
  Result<doc::Node> tell(const doc::Node& fact) override {
    TOLLGATE_TRY(model::Observation told, webhooks::read_told(fact, clock_.now()));
    TOLLGATE_TRY(const engine::ObserveAnswer answer,
                 engine().observe({std::move(told)}, {}, caller()));
    return render::observe_json(answer);
  }
  Result<doc::Node> deployments(std::string_view service, std::string_view environment) override {
    return render::deployments_json(
        engine(), {.service = std::string(service), .environment = std::string(environment)});
  }
  Result<doc::Node> audit(const std::string& file, std::string_view text) override {
    doc::Node body = doc::Node::object({{"scope", "deployments"}});
    if (!file.empty()) {
      const std::filesystem::path path = std::filesystem::path(directory_) / "repository" / file;
      std::filesystem::create_directories(path.parent_path());
      std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
      TOLLGATE_TRY(const pipelines::AuditReport report,
                   wiring::audit_pipelines({directory_ + "/repository"},
                                           engine().policy()->bundle(), engine().now()));
      body = render::audit_json(report);
      body.set("scope", "pipelines");
      body.set("source", "acme/checkout");
    }
    return render::make_audit(engine(), body, caller());
  }
  Result<doc::Node> audits_due() override { return house_->scheduled_audits().run_due(); }
  Result<doc::Node> audits() override { return render::audits_json(engine(), 50); }
  Result<doc::Node> bypasses() override { return render::bypasses_json(engine(), {}); }
  Result<doc::Node> dora(const render::DoraQuery& query) override {
    return render::dora_json(engine(), query);
  }
  Result<doc::Node> recommend(const render::RecommendQuery& query) override {
    return render::recommend_json(engine(), query);
  }
  Result<doc::Node> calendar_days(std::string_view environment, std::string_view zone) override {
    return render::calendar_days_json(engine(), {.environment = std::string(environment)},
                                      std::string(zone));
  }
  Result<doc::Node> budget(std::string_view slo, std::string_view environment,
                           std::string_view track) override {
    TOLLGATE_TRY(const engine::BudgetAnswer answer,
                 engine().budget(slo, environment, {}, engine::WithPace::yes,
                                 {.track = std::string(track)}));
    return render::budget_json(answer);
  }
  Result<doc::Node> source(const std::string& name) override {
    TOLLGATE_TRY(const render::SourceReport report, house_->sources().find(name));
    return render::source_json(report, engine().now());
  }
  Result<doc::Node> source_test(const std::string& name) override {
    TOLLGATE_TRY(const render::SourceTest tested, house_->sources().test(name));
    return render::source_test_json(tested);
  }
  Result<doc::Node> quarantine(const model::SourceQuarantined& quarantined) override {
    TOLLGATE_TRY(const engine::QuarantineAnswer answer,
                 house_->sources().quarantine(quarantined, caller()));
    return render::quarantine_json(answer, engine().now());
  }
  Result<doc::Node> release_source(const model::SourceReleased& released) override {
    TOLLGATE_TRY(const engine::QuarantineAnswer answer,
                 house_->sources().release(released, caller()));
    return render::quarantine_json(answer, engine().now());
  }
  Result<doc::Node> slo_revisions(const std::string& slo) override {
    TOLLGATE_TRY(const render::SloRevisions revisions, house_->sources().revisions(slo));
    return render::slo_revisions_json(revisions);
  }
  Result<doc::Node> decision_revisions(const std::string& decision) override {
    TOLLGATE_TRY(const engine::RevisionAnswer answer, engine().revisions(decision));
    return render::decision_revisions_json(answer);
  }
  Result<doc::Node> alerts(std::string_view slo) override {
    return render::alerts_json(engine().alerts(), slo);
  }
  Result<bool> watch_alerts() override {
    TOLLGATE_CHECK(engine().tick());
    return true;
  }
  Result<doc::Node> verify() override {
    const std::string path = directory_ + "/export.jsonl";
    std::ofstream file(path, std::ios::binary);
    TOLLGATE_CHECK(engine().ledger().export_to([&file](std::string_view text) -> Result<void> {
      file << text;
      return {};
    }));
    file.close();
    TOLLGATE_TRY(const ledger::VerifyReport report, ledger::verify_export(path));
    return render::verify_json(report);
  }
  Result<doc::Node> replay() override {
    TOLLGATE_TRY(const engine::ReplayReport report, engine().replay());
    return render::replay_json(report);
  }

 private:
  engine::Engine& engine() { return house_->engine(); }
  static engine::Caller caller(std::string key = {}) {
    return {.actor = {.subject = "journey", .issuer = "local"}, .idempotency_key = std::move(key)};
  }

  const std::string directory_;
  ManualClock clock_;
  api::HookDesk desk_;
  int hooks_ = 0;
  std::unique_ptr<wiring::House> house_;
};

}  // namespace

Result<std::unique_ptr<World>> make_engine_world(const std::string& directory) {
  auto world = std::make_unique<EngineWorld>(directory);
  TOLLGATE_CHECK(world->open());
  return world;
}

}  // namespace tollgate::journeys
