// Every sender's deliveries as they come on a bad day: twice, out of order, late and forged. One
// row a sender: two states of one matter, as that sender tells them.
#include "app/api/hook_desk.hpp"
#include "edge/store/memory_store.hpp"
#include "edge/webhooks/authenticate.hpp"
#include "engine/engine.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"
#include "sim/parts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

namespace tollgate::api {
namespace {

constexpr const char* kSecret = "the secret of the senders";
constexpr const char* kKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

struct Row {
  std::string sender;
  std::string event;  // as given apart from the body; empty: the body says it
  std::string first;  // the earlier state
  std::string then;   // the later one
};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

Row row(std::string sender, std::string event, const std::string& body,
        std::initializer_list<std::pair<std::string_view, std::string_view>> changes) {
  std::string then = body;
  for (const auto& [from, to] : changes) then = replaced(then, from, to);
  return {.sender = std::move(sender), .event = std::move(event), .first = body, .then = then};
}

const std::string kAlerts = R"({"receiver":"t","status":"firing","version":"4","groupKey":"g",
  "alerts":[{"status":"firing","labels":{"alertname":"Slow","service":"checkout","env":"prod"},
  "annotations":{},"startsAt":"2026-03-02T10:00:00Z","endsAt":"0001-01-01T00:00:00Z",
  "fingerprint":"f00"}]})";

const std::string kCdevent = R"({"context":{"version":"0.4.1","id":"e1","source":"/ci",
  "type":"dev.cdevents.service.deployed.0.2.0","timestamp":"2026-03-02T10:00:00Z"},
  "subject":{"id":"checkout","type":"service","content":{"environment":{"id":"prod"},
  "artifactId":"pkg:oci/myapp@sha256%3A0b31b1c0?tag=1.2.3"}}})";

std::string cloudevent(const std::string& id, const std::string& data) {
  return fmt::format(R"({{"specversion":"1.0","id":"{}","source":"/ci","type":)"
                     R"("dev.cdevents.service.deployed.0.2.0","data":{}}})",
                     id, data);
}

std::vector<Row> rows() {
  const auto later_cdevent =
      replaced(replaced(replaced(kCdevent, R"("id":"e1")", R"("id":"e2")"), "10:00:00", "10:20:00"),
               "1.2.3", "1.2.4");
  std::vector<Row> all;
  all.push_back(row("alertmanager", "", kAlerts,
                    {{R"("alerts":[{"status":"firing")", R"("alerts":[{"status":"resolved")"},
                     {"0001-01-01T00:00:00Z", "2026-03-02T10:30:00Z"}}));
  all.push_back(row("argo-rollouts", "",
                    R"({"service":"checkout","environment":"production","version":"1"})",
                    {{R"("1")", R"("2")"}}));
  all.push_back({.sender = "cdevents", .event = "", .first = kCdevent, .then = later_cdevent});
  all.push_back({.sender = "cloudevents",
                 .event = "",
                 .first = cloudevent("e1", kCdevent),
                 .then = cloudevent("e2", later_cdevent)});
  all.push_back(row("datadog", "",
                    R"({"transition":"Triggered","alert_id":"77","aggreg_key":"k","cycle_key":"c",
      "priority":"P1","date":"1772445600000","scope":"env:prod","tags":"service:checkout"})",
                    {{"Triggered", "Recovered"}, {"1772445600000", "1772447400000"}}));
  all.push_back(row("flagger", "event",
                    R"({"name":"podinfo","namespace":"test","phase":"Progressing",
      "checksum":"85d557f47b","metadata":{"version":"6.1.0","timestamp":"1772445600000"}})",
                    {{"Progressing", "Failed"}, {"1772445600000", "1772447400000"}}));
  all.push_back(row("github", "deployment_status",
                    R"({"deployment":{"id":5,"sha":"abc123","ref":"v2.4.0",
      "environment":"production"},"deployment_status":{"state":"in_progress",
      "created_at":"2026-03-02T10:00:00Z"},"repository":{"full_name":"acme/checkout"}})",
                    {{"in_progress", "success"}, {"10:00:00", "10:20:00"}}));
  all.push_back(row("gitlab", "",
                    R"({"object_kind":"deployment","status":"running","deployment_id":15,
      "deployable_id":796,"status_changed_at":"2026-03-02 10:00:00 +0000","environment":"prod",
      "commit_url":"http://h/root/p/-/commit/279484c09fbe69ededfced8c1bb6e6d24616b468",
      "short_sha":"279484c0","ref":"1.0.0","project":{"path_with_namespace":"root/p"}})",
                    {{R"("running")", R"("success")"}, {"10:00:00", "10:20:00"}}));
  all.push_back(row("grafana", "", kAlerts,
                    {{R"("alerts":[{"status":"firing")", R"("alerts":[{"status":"resolved")"},
                     {"0001-01-01T00:00:00Z", "2026-03-02T10:30:00Z"}}));
  all.push_back(row("jenkins", "",
                    R"({"name":"deploy","display_name":"deploy","url":"job/deploy/",
      "build":{"full_url":"https://ci/job/deploy/18/","number":18,"queue_id":1,
      "timestamp":1772445600000,"duration":0,"phase":"STARTED","status":"",
      "url":"job/deploy/18/",
      "scm":{"url":"git@h:a/b.git","branch":"origin/main","commit":"c6d86dc"},
      "parameters":{"ENV":"production","Version":"2.4.0"},"log":"","artifacts":{}}})",
                    {{R"("STARTED","status":"")", R"("COMPLETED","status":"SUCCESS")"},
                     {R"("duration":0)", R"("duration":2000)"}}));
  all.push_back(row("pagerduty", "",
                    R"({"event":{"id":"e1","event_type":"incident.triggered",
      "occurred_at":"2026-03-02T10:00:00Z","data":{"id":"PGR0VU2","title":"down","urgency":"high",
      "service":{"summary":"Checkout"},"priority":{"summary":"P1"}}}})",
                    {{R"("e1")", R"("e2")"},
                     {"incident.triggered", "incident.resolved"},
                     {"10:00:00", "10:30:00"}}));
  all.push_back(row("standard", "",
                    R"({"type":"deployment.observed","timestamp":"2026-03-02T10:00:00Z","data":{
      "service":"checkout","environment":"prod","id":"1","status":"running","version":"2"}})",
                    {{R"("running")", R"("succeeded")"}, {"10:00:00", "10:20:00"}}));
  return all;
}

bool has_scheme(const webhooks::SenderDef& sender, webhooks::Scheme wanted) {
  return std::any_of(sender.schemes.begin(), sender.schemes.end(),
                     [wanted](const webhooks::SchemeDef& one) { return one.scheme == wanted; });
}

/// An engine with the desk in front of it, and one integration of the sender.
class House {
 public:
  explicit House(const Row& row) : sender_(**webhooks::sender_named(row.sender)) {
    const model::SourceText source{.file = "policy.yaml",
                                   .text = fmt::format(R"(
apiVersion: openslo/v1
kind: Service
metadata: {{name: checkout}}
spec: {{description: Takes the money.}}
---
apiVersion: tollgate/v1
kind: Environment
metadata: {{name: production}}
spec: {{production: true}}
---
apiVersion: tollgate/v1
kind: Integration
metadata: {{name: hook}}
spec:
  sender: {}
  secrets: ["env:SENDERS_SECRET", "env:SENDERS_KEY"]
  rules: [{{project: "*", service: checkout, environment: production}}]
---
apiVersion: tollgate/v1
kind: ReleasePolicy
metadata: {{name: rules}}
spec:
  rule: {{check: tests@1}}
)",
                                                       row.sender)};
    model::Loaded loaded = model::load(std::span(&source, 1));
    const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), loaded.problems);
    EXPECT_TRUE(loaded.problems.empty()) << loaded.problems.front().text();
    EXPECT_TRUE(
        engine_->apply(bundle, "test", {}, {.actor = {.subject = "test", .issuer = "local"}}));
  }

  std::string secret() const {
    return has_scheme(sender_, webhooks::Scheme::standard_webhooks) ? kKey : kSecret;
  }
  /// What the engine made of a delivery that was signed `ago` with `secret` over `signed_body`.
  Result<engine::ObserveAnswer> deliver(const Row& row, const std::string& body,
                                        const std::string& id, const std::string& secret,
                                        const std::string& signed_body, Duration ago = {}) {
    clock_.advance(seconds(1));
    net::Request request;
    request.method = "POST";
    request.body = body;
    request.peer = "192.0.2.1:1";
    for (auto& [name, value] : webhooks::sign(sender_, secret, id, signed_body, clock_.now() - ago))
      request.headers.push_back({name, value});
    request.headers.push_back({"x-github-event", row.event});
    request.headers.push_back({"x-github-delivery", id});
    TOLLGATE_TRY(const Arrival arrival, desk_.take(*engine_, "hook", request, row.event));
    if (arrival.records.empty()) return engine::ObserveAnswer{};
    return engine_->observe(arrival.records, body, arrival.caller);
  }
  Result<engine::ObserveAnswer> deliver(const Row& row, const std::string& body,
                                        const std::string& id) {
    return deliver(row, body, id, secret(), body);
  }

  int64_t size() const { return engine_->views().size(); }
  void advance(Duration by) { clock_.advance(by); }
  /// What is known afterwards, however it came to be known.
  std::set<std::string> known() const {
    std::set<std::string> facts;
    const auto place = engine_->views().place({.service = "checkout", .environment = "production"});
    for (const delivery::Deployment& one : place->deployments) {
      facts.insert(fmt::format("deployment {} {} {} {}", one.id, one.version,
                               reflect::enum_name(one.status), time_text(one.begin)));
    }
    for (const delivery::Incident& one : place->incidents) {
      facts.insert(fmt::format("incident {} {} {}", one.id, time_text(one.opened),
                               one.resolved ? time_text(*one.resolved) : "open"));
    }
    std::map<std::string, std::pair<Time, std::string>> alerts;
    EXPECT_TRUE(engine_->ledger().read(0, INT64_MAX / 2, [&](const engine::StoredLeaf& leaf) {
      const model::Event event = model::decode_event(leaf.leaf).value();
      if (const auto* alert = std::get_if<model::AlertObserved>(&event.data)) {
        std::pair<Time, std::string>& newest = alerts[alert->id];
        newest = std::max(newest, {alert->at, std::string(reflect::enum_name(alert->status))});
      }
      if (const auto* question = std::get_if<model::QuestionReceived>(&event.data))
        facts.insert("question " + question->id);
      return Result<void>{};
    }));
    for (const auto& [id, state] : alerts)
      facts.insert(fmt::format("alert {} {} {}", id, state.second, time_text(state.first)));
    return facts;
  }

 private:
  const webhooks::SenderDef& sender_;
  std::unique_ptr<engine::LedgerStore> store_ = store::make_memory_ledger();
  std::unique_ptr<engine::CheckpointStore> checkpoints_ = store::make_memory_checkpoint();
  std::unique_ptr<engine::BlobStore> blobs_ = store::make_memory_blobs();
  sim::Signals signals_;
  sim::Zones zones_;
  sim::Clock clock_{parse_time("2026-03-02T12:00:00Z").value()};
  HookDesk desk_;
  std::unique_ptr<engine::Engine> engine_ =
      engine::Engine::open({.store = *store_,
                            .checkpoints = *checkpoints_,
                            .signer = ledger::NoteSigner::generate("senders").value(),
                            .blobs = *blobs_,
                            .signals = signals_,
                            .zones = zones_,
                            .clock = clock_},
                           {.is_threaded = false})
          .value();
};

class HookSenders : public ::testing::Test {
 protected:
  HookSenders() {
    setenv("SENDERS_SECRET", kSecret, 1);
    setenv("SENDERS_KEY", kKey, 1);
  }
};

TEST_F(HookSenders, there_is_a_row_for_each) {
  std::vector<std::string> named;
  for (const Row& row : rows()) named.push_back(row.sender);
  std::vector<std::string> known;
  for (const webhooks::SenderDef* sender : webhooks::all_senders())
    known.emplace_back(sender->name);
  EXPECT_EQ(named, known);
}

TEST_F(HookSenders, what_is_sent_twice_is_recorded_once) {
  for (const Row& row : rows()) {
    House house(row);
    const int64_t empty = house.size();
    ASSERT_TRUE(house.deliver(row, row.first, "d1")) << row.sender;
    const int64_t once = house.size();
    EXPECT_GT(once, empty) << row.sender;
    const std::set<std::string> known = house.known();
    for (const std::string id : {"d1", "by-hand"}) {
      ASSERT_TRUE(house.deliver(row, row.first, id)) << row.sender;
      EXPECT_EQ(house.known(), known) << row.sender << " " << id;
      // Argo polls with the same words again and again; each time is a question of its own.
      if (row.sender != "argo-rollouts") {
        EXPECT_EQ(house.size(), once) << row.sender << " " << id;
      }
    }
  }
}

TEST_F(HookSenders, order_and_lateness_do_not_matter) {
  for (const Row& row : rows()) {
    House calm(row);
    ASSERT_TRUE(calm.deliver(row, row.first, "d1")) << row.sender;
    ASSERT_TRUE(calm.deliver(row, row.then, "d2")) << row.sender;
    House storm(row);
    ASSERT_TRUE(storm.deliver(row, row.then, "d2")) << row.sender;
    storm.advance(hours(3));  // the earlier one was held up, and is signed when it is sent
    ASSERT_TRUE(storm.deliver(row, row.first, "d1")) << row.sender;
    EXPECT_EQ(storm.known(), calm.known()) << row.sender;
    EXPECT_FALSE(calm.known().empty()) << row.sender;
  }
}

TEST_F(HookSenders, what_is_forged_tampered_with_or_played_again_changes_nothing) {
  for (const Row& row : rows()) {
    const webhooks::SenderDef& sender = **webhooks::sender_named(row.sender);
    House house(row);
    const int64_t size = house.size();
    const auto forged = house.deliver(row, row.first, "d1", "guessed", row.first);
    ASSERT_FALSE(forged) << row.sender;
    EXPECT_EQ(forged.error().code, codes::webhook_refused) << row.sender;
    if (sender.is_signed) {
      const auto tampered = house.deliver(row, row.then, "d1", house.secret(), row.first);
      ASSERT_FALSE(tampered) << row.sender;
      EXPECT_EQ(tampered.error().code, codes::webhook_refused) << row.sender;
    }
    const bool signs_time = has_scheme(sender, webhooks::Scheme::standard_webhooks) ||
                            has_scheme(sender, webhooks::Scheme::grafana_hmac);
    if (signs_time) {
      const auto late = house.deliver(row, row.first, "d1", house.secret(), row.first,
                                      webhooks::kReplayWindow + seconds(5));
      ASSERT_FALSE(late) << row.sender;
      EXPECT_EQ(late.error().code, codes::stale_webhook) << row.sender;
    }
    EXPECT_EQ(house.size(), size) << row.sender;
  }
}

}  // namespace
}  // namespace tollgate::api
