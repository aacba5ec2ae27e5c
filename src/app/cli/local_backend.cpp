// Local mode: the engine runs within this call, on a data directory of its own, with the policies
// of the repository.
#include "app/api/hook_desk.hpp"
#include "app/api/intake.hpp"
#include "app/api/otlp.hpp"
#include "app/cli/backend.hpp"
#include "app/cli/invocation.hpp"
#include "app/cli/policy_files.hpp"
#include "app/render/answers.hpp"
#include "app/render/calendar.hpp"
#include "app/render/hooks.hpp"
#include "app/render/latency.hpp"
#include "app/render/queue.hpp"
#include "app/wiring/signal_intake.hpp"
#include "app/wiring/wiring.hpp"
#include "edge/evidence/read_report.hpp"
#include "edge/icalendar/icalendar.hpp"
#include "edge/intake/counters_json.hpp"
#include "edge/webhooks/told.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/doc/json.hpp"

namespace tollgate::cli {
namespace {

using doc::Node;

class LocalBackend : public Backend {
 public:
  LocalBackend(const Invocation& call, std::unique_ptr<wiring::House> house, model::Actor actor)
      : call_(call), house_(std::move(house)), actor_(std::move(actor)) {}

  ~LocalBackend() override {
    if (!has_written_) return;
    const Result<void> is_signed = house_->sign_checkpoint();
    if (!is_signed) call_.remark(is_signed.error().text());
  }

  Result<Node> gate(const GateQuestion& question) override {
    TOLLGATE_CHECK(put_folder_in_force());
    if (question.as_of) {
      TOLLGATE_TRY(const engine::GateAnswer answer,
                   engine().gate_as_of(question.request, *question.as_of));
      return render::gate_json(answer);
    }
    TOLLGATE_CHECK(settle());
    TOLLGATE_TRY(const engine::GateAnswer answer,
                 engine().gate(question.request, caller(question.idempotency_key)));
    return render::gate_json(answer);
  }

  Result<Node> record(const EvidenceFile& evidence) override {
    TOLLGATE_TRY(model::Report report,
                 evidence::read_report(evidence.bytes, evidence.format, evidence.file));
    has_written_ = true;
    TOLLGATE_TRY(const engine::EvidenceAnswer answer,
                 engine().record_evidence({.service = evidence.service,
                                           .version = evidence.version,
                                           .commit = evidence.commit,
                                           .file = evidence.file,
                                           .bytes = evidence.bytes,
                                           .report = std::move(report)},
                                          caller(evidence.idempotency_key)));
    return render::evidence_json(answer);
  }

  Result<Node> release(const model::ReleaseEnded& ended, const std::string& key) override {
    has_written_ = true;
    TOLLGATE_TRY(const int64_t position, engine().record_release(ended, caller(key)));
    return render::release_json(ended, position);
  }

  Result<Node> observe(const Node& fact, const std::string& key) override {
    has_written_ = true;
    TOLLGATE_TRY(model::Observation told, webhooks::read_told(fact, engine().now()));
    TOLLGATE_TRY(const engine::ObserveAnswer answer,
                 engine().observe({std::move(told)}, {}, caller(key)));
    return render::observe_json(answer);
  }

  Result<Node> deployments(const render::DeploymentQuery& query) override {
    return render::deployments_json(engine(), query);
  }

  Result<Node> bypasses(const render::DeploymentQuery& query) override {
    return render::bypasses_json(engine(), query);
  }

  Result<Node> hooks() override {
    return render::hooks_json(engine(), [](Node&) {});
  }

  Result<Node> deliver(const HookDelivery& delivery) override {
    TOLLGATE_CHECK(put_folder_in_force());
    net::Request request;
    request.method = "POST";
    request.body = delivery.body;
    request.peer = "127.0.0.1:0";
    for (const auto& [name, value] : delivery.headers) request.headers.push_back({name, value});
    api::HookDesk desk;
    TOLLGATE_TRY(api::Arrival arrival, desk.take(engine(), delivery.integration, request, {}));
    if (delivery.is_trial) return api::trial_json(arrival);
    if (arrival.records.empty()) return api::arrival_json(arrival, {});
    has_written_ = true;
    TOLLGATE_TRY(const engine::ObserveAnswer answer,
                 engine().observe(arrival.records, delivery.body, arrival.caller));
    return api::arrival_json(arrival, answer);
  }

  Result<Node> redeliver(int64_t effect, const std::string& key) override {
    has_written_ = true;
    TOLLGATE_TRY(const int64_t position, engine().redeliver(effect, caller(key)));
    return Node::object({{"position", position}});
  }

  Result<Node> import_signals(const SignalFile& file) override {
    TOLLGATE_CHECK(put_folder_in_force());
    has_written_ = true;
    const api::SignalUpload upload{.slo = file.slo,
                                   .environment = file.environment,
                                   .format = file.format,
                                   .bad = file.bad_status,
                                   .slower_than = file.slower_than,
                                   .bytes = file.bytes};
    TOLLGATE_TRY(const api::SignalReceipt receipt,
                 house_->import(upload, caller(file.idempotency_key)));
    return render::import_json(receipt.imported, receipt.position, receipt.is_duplicate);
  }

  Result<Node> push_counters(const CounterPush& push) override {
    TOLLGATE_CHECK(put_folder_in_force());
    has_written_ = true;
    TOLLGATE_TRY(const intake::Receipt receipt,
                 house_->intake().service().submit_and_wait(
                     {.encoding = intake::Encoding::counters_json,
                      .source = push.source.empty() ? actor_.subject : push.source,
                      .bytes = intake::counters_envelope(push.body, push.idempotency_key,
                                                         engine().now().ms)}));
    return api::counters_json(receipt);
  }

  Result<Node> push_otlp(const OtlpPush& push) override {
    TOLLGATE_CHECK(put_folder_in_force());
    has_written_ = true;
    TOLLGATE_TRY(const otlp::Signal signal, otlp::parse_signal(push.signal));
    TOLLGATE_TRY(const intake::Receipt receipt,
                 house_->intake().service().submit_and_wait(
                     {.encoding = otlp::encoding_of(signal, otlp::is_json(push.body)),
                      .source = push.source.empty() ? actor_.subject : push.source,
                      .bytes = push.body}));
    return doc::parse_json(api::otlp_answer(signal, true, receipt));
  }

  Result<Node> latency(const LatencyQuery& query) override {
    TOLLGATE_TRY(const spans::CompareAnswer answer,
                 house_->intake().spans().compare({.service = query.service,
                                                   .before = query.before,
                                                   .after = query.after,
                                                   .environment = query.environment,
                                                   .track_before = query.track_before,
                                                   .track_after = query.track_after,
                                                   .operation = query.operation}));
    return render::latency_json(answer);
  }

  Result<Node> status(const std::string& environment) override {
    return render::status_json(engine(), environment);
  }

  Result<Node> decisions(const DecisionQuery& query) override {
    const auto limit = static_cast<size_t>(query.limit);
    const auto lines = engine().views().decisions(query.before.value_or(INT64_MAX), limit,
                                                  query.service, query.environment);
    return render::decisions_json(lines, limit);
  }

  Result<Node> decision(const std::string& id) override {
    TOLLGATE_TRY(const engine::GateAnswer answer, engine().decision(id));
    return render::gate_json(answer);
  }

  Result<Node> plan(const std::vector<NamedText>& files) override {
    TOLLGATE_TRY(const model::Bundle bundle, build_bundle(files));
    TOLLGATE_TRY(const engine::PlanAnswer answer, engine().plan(bundle));
    return render::plan_json(answer);
  }

  Result<Node> apply(const std::vector<NamedText>& files, const std::string& reason,
                     const std::string& expected_digest) override {
    TOLLGATE_TRY(const model::Bundle bundle, build_bundle(files));
    std::optional<Digest> expected;
    if (!expected_digest.empty()) {
      TOLLGATE_TRY(expected, parse_digest(expected_digest));
    }
    has_written_ = true;
    TOLLGATE_TRY(const engine::ApplyAnswer answer,
                 engine().apply(bundle, reason, expected, caller(call_.text("idempotency-key"))));
    return render::apply_json(answer);
  }

  Result<Node> policy() override { return render::policy_json(engine().policy()->bundle()); }

  Result<Node> resources(const std::string& kind, const std::string& name) override {
    return render::resources_json(engine().policy()->bundle(), kind, name);
  }

  Result<Node> budget(const SloQuestion& asked) override {
    TOLLGATE_CHECK(put_folder_in_force());
    TOLLGATE_TRY(
        const engine::BudgetAnswer answer,
        engine().budget(asked.slo, asked.environment, asked.at, engine::WithPace::yes, asked.part));
    return render::budget_json(answer);
  }

  Result<Node> burn(const SloQuestion& asked) override {
    TOLLGATE_CHECK(put_folder_in_force());
    TOLLGATE_TRY(const engine::BurnAnswer answer,
                 engine().burn(asked.slo, asked.environment, asked.at, asked.part));
    return render::burn_json(answer, asked.environment);
  }

  Result<Node> calendar_check(const engine::CalendarQuestion& question) override {
    TOLLGATE_CHECK(put_folder_in_force());
    TOLLGATE_TRY(const model::CalendarReading reading, engine().calendar(question));
    return render::calendar_check_json(question, reading);
  }

  Result<Node> calendar_when(const engine::CalendarQuestion& question) override {
    TOLLGATE_CHECK(put_folder_in_force());
    TOLLGATE_TRY(const model::CalendarReading reading, engine().calendar(question));
    return render::calendar_when_json(question, reading);
  }

  Result<Node> calendar_list(const std::string& calendar, int64_t span) override {
    TOLLGATE_CHECK(put_folder_in_force());
    const Time now = engine().now();
    TOLLGATE_TRY(const schedule::Timeline line,
                 engine().calendar_preview(calendar, now, now + days(span)));
    return render::calendar_list_json(line);
  }

  Result<Node> calendar_add(const std::string& calendar, const model::CalendarEntry& entry,
                            const std::string& key) override {
    TOLLGATE_CHECK(put_folder_in_force());
    has_written_ = true;
    TOLLGATE_TRY(const engine::EntryAnswer answer,
                 engine().add_calendar_entry({.calendar = calendar, .entry = entry}, caller(key)));
    return render::calendar_entry_json(calendar, entry, answer);
  }

  Result<Node> calendar_cancel(const std::string& id, const std::string& reason,
                               const std::string& key) override {
    has_written_ = true;
    TOLLGATE_TRY(const engine::EntryAnswer answer,
                 engine().cancel_calendar_entry(id, reason, caller(key)));
    return Node::object({{"id", answer.id}, {"position", answer.position}, {"cancelled", true}});
  }

  Result<Node> calendar_import(const model::CalendarImported& imported,
                               const std::string& key) override {
    TOLLGATE_CHECK(put_folder_in_force());
    has_written_ = true;
    TOLLGATE_TRY(const engine::EntryAnswer answer, engine().import_calendar(imported, caller(key)));
    return render::calendar_import_json(imported, answer.position);
  }

  Result<std::string> calendar_feed(const std::string& calendar) override {
    TOLLGATE_CHECK(put_folder_in_force());
    return engine().calendar_feed(calendar, icalendar::write_icalendar);
  }

  Result<Node> queue_list(const std::string& queue) override {
    TOLLGATE_CHECK(settle());
    return render::queues_json(engine(), queue);
  }

  Result<Node> queue_join(const model::QueueJoined& joined, const std::string& key) override {
    TOLLGATE_CHECK(settle());
    TOLLGATE_TRY(const engine::TicketAnswer answer, engine().join_queue(joined, caller(key)));
    return render::ticket_json(answer);
  }

  Result<Node> queue_ticket(const std::string& id, Duration) override {
    TOLLGATE_CHECK(settle());
    return render::ticket_json(engine().ticket(id));
  }

  Result<Node> queue_move(const model::QueueMoved& moved, const std::string& key) override {
    TOLLGATE_CHECK(settle());
    TOLLGATE_TRY(const engine::TicketAnswer answer, engine().move_ticket(moved, caller(key)));
    return render::ticket_json(answer);
  }

  Result<Node> queue_leave(const std::string& id, int64_t token, const std::string& reason,
                           const std::string& key) override {
    TOLLGATE_CHECK(settle());
    TOLLGATE_TRY(const int64_t position,
                 engine().leave_queue({.ticket = id, .reason = reason}, token, caller(key)));
    return Node::object({{"ticket", id}, {"position", position}, {"left", true}});
  }

  Result<Node> queue_heartbeat(const std::string& queue, int64_t token) override {
    TOLLGATE_CHECK(settle());
    TOLLGATE_TRY(const engine::TicketAnswer answer, engine().heartbeat(queue, token, caller("")));
    return render::ticket_json(answer);
  }

  Result<Node> alerts(const std::string& slo) override {
    TOLLGATE_CHECK(put_folder_in_force());
    return render::alerts_json(engine().alerts(), slo);
  }

  Result<Node> alert_backtest(const AlertPastQuery& query) override {
    TOLLGATE_CHECK(put_folder_in_force());
    engine::PastQuestion question = question_of(query);
    if (!query.rules.empty() && query.rules != "own") {
      TOLLGATE_TRY(question.set, slo::parse_rule_set(query.rules));
    }
    TOLLGATE_TRY(const engine::AlertBacktest answer, engine().alert_backtest(question));
    return render::alert_backtest_json(answer);
  }

  Result<Node> alert_tuning(const AlertPastQuery& query) override {
    TOLLGATE_CHECK(put_folder_in_force());
    TOLLGATE_TRY(const engine::AlertTuning answer,
                 engine().alert_tuning(question_of(query),
                                       {.injected = query.injected, .severity = query.severity}));
    return render::alert_tuning_json(answer);
  }

  Result<Node> test_target(const std::string& target) override {
    TOLLGATE_CHECK(put_folder_in_force());
    TOLLGATE_CHECK(engine().test_target(target));
    return Node::object({{"target", target}, {"delivered", true}});
  }

  Result<Node> dora(const render::DoraQuery& query) override {
    return render::dora_json(engine(), query);
  }

  Result<Node> recommend(const render::RecommendQuery& query) override {
    return render::recommend_json(engine(), query);
  }

  Result<Node> ledger_head() override { return render::head_json(engine().ledger()); }

  Result<Node> ledger_proof(int64_t position) override {
    TOLLGATE_TRY(const ledger::InclusionProof proof, engine().ledger().prove(position));
    return render::proof_json(proof);
  }

  Result<Node> ledger_replay() override {
    TOLLGATE_TRY(const engine::ReplayReport report, engine().replay());
    return render::replay_json(report);
  }

  Result<void> ledger_export(const std::function<Result<void>(std::string_view)>& write) override {
    TOLLGATE_CHECK(engine().ledger().export_to(write));
    return {};
  }

  std::string decision_link(const std::string&) const override { return {}; }

 private:
  engine::Engine& engine() { return house_->engine(); }
  engine::PastQuestion question_of(const AlertPastQuery& query) {
    const Time to = query.to.value_or(engine().now());
    return {.slo = query.slo,
            .environment = query.environment,
            .past = {query.from.value_or(to - query.since), to},
            .incidents = query.incidents};
  }
  engine::Caller caller(const std::string& key) const {
    return {.actor = actor_, .idempotency_key = key};
  }

  /// Nobody ticks between two commands, so that what fell due meanwhile is recorded now.
  Result<void> settle() {
    TOLLGATE_CHECK(put_folder_in_force());
    has_written_ = true;
    return engine().settle_queues();
  }

  /// The repository's policies become the ones in force if they differ from them; that is recorded.
  Result<void> put_folder_in_force() {
    const std::string folder = call_.text("policy");
    const Digest in_force = engine().policy()->digest();
    const bool has_policy = !engine().policy()->bundle().entries().empty();
    if (!folder_exists(folder)) {
      if (call_.has("policy")) return fail(codes::not_found, "there is no folder {}", folder);
      if (has_policy) return {};
      return fail(codes::no_policy,
                  "there is no policy: neither a folder {} nor one in force in the ledger", folder);
    }
    TOLLGATE_TRY(const std::vector<NamedText> files, read_policy_files({folder}));
    if (files.empty() && has_policy) return {};
    if (files.empty()) return fail(codes::no_policy, "there is no policy file in {}", folder);
    const CheckedPolicy checked = check_policy(files);
    if (checked.errors > 0) {
      TOLLGATE_TRY(const model::Bundle unused, build_bundle(files));
      return fail(codes::check_found_problems,
                  "the policy in {} has {} errors; see `tollgate check`", folder, checked.errors);
    }
    if (checked.bundle.digest() == in_force) return {};
    has_written_ = true;
    TOLLGATE_TRY(
        const engine::ApplyAnswer answer,
        engine().apply(checked.bundle, "policy folder of local mode", std::nullopt, caller("")));
    call_.remark(fmt::format("policy of {} put in force: {}, ledger position {}", folder,
                             digest_text(answer.digest).substr(0, 19), answer.position));
    return {};
  }

  const Invocation& call_;
  std::unique_ptr<wiring::House> house_;
  model::Actor actor_;
  bool has_written_ = false;
};

}  // namespace

std::string data_dir_of(const Invocation& call) {
  const std::string given = call.text("data-dir");
  return given.empty() ? ".tollgate/data" : given;
}

model::Actor local_actor(const Terminal& terminal) {
  const auto variable = [&terminal](const char* name) { return terminal.variable(name); };
  std::string subject;
  if (const std::string repository = variable("GITHUB_REPOSITORY"); !repository.empty()) {
    subject = "github:" + repository;
  } else if (const std::string project = variable("CI_PROJECT_PATH"); !project.empty()) {
    subject = "gitlab:" + project;
  } else if (const std::string job = variable("JOB_NAME"); !job.empty()) {
    subject = "jenkins:" + job;
  } else if (const std::string user = variable("USER"); !user.empty()) {
    subject = user;
  } else {
    subject = "local";
  }
  return {.subject = subject, .issuer = "local", .roles = {}, .on_behalf_of = {}};
}

/// A mistyped folder must not become a new ledger.
Result<void> check_place(const Invocation& call) {
  const std::string data_dir = data_dir_of(call);
  if (folder_exists(data_dir)) return {};
  if (call.command().only_reads) {
    Error error{.code = codes::not_found,
                .message = fmt::format("there is no data directory {}", data_dir)};
    error.help =
        "name it with --data-dir or a server with --server; `tollgate apply` begins a new ledger";
    return fail(std::move(error));
  }
  const std::string policy = call.text("policy");
  if (call.has("data-dir") || folder_exists(policy)) return {};
  return fail(codes::no_policy, "here is neither a policy folder {} nor a data directory {}",
              policy, data_dir);
}

Result<std::unique_ptr<Backend>> open_local(const Invocation& call) {
  TOLLGATE_CHECK(check_place(call));
  TOLLGATE_TRY(
      std::unique_ptr<wiring::House> house,
      wiring::House::open({.data_dir = data_dir_of(call), .ca_file = call.text("ca-file")}));
  return std::make_unique<LocalBackend>(call, std::move(house), local_actor(call.terminal()));
}

Result<std::unique_ptr<Backend>> open_backend(const Invocation& call) {
  if (call.has("server")) return open_remote(call);
  return open_local(call);
}

}  // namespace tollgate::cli
