// Webhooks as they come on a bad day: twice, late, out of order, forged and tampered with, over
// restarts. What is known afterwards is what happened, and nothing else.
#include "app/api/hook_desk.hpp"
#include "app/render/deployments.hpp"
#include "edge/store/memory_store.hpp"
#include "edge/webhooks/authenticate.hpp"
#include "engine/engine.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/doc/canonical.hpp"
#include "sim/parts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

namespace tollgate::api {
namespace {

constexpr const char* kSecret = "the secret of the storm";

constexpr std::string_view kPolicy = R"(
apiVersion: openslo/v1
kind: Service
metadata: {name: checkout, labels: {team: payments}}
spec: {description: Takes the money.}
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: production}
spec: {production: true}
---
apiVersion: tollgate/v1
kind: Integration
metadata: {name: github}
spec:
  sender: github
  secrets: ["env:STORM_SECRET"]
  rules: [{project: acme/checkout, service: checkout, environment: production}]
---
apiVersion: tollgate/v1
kind: ReleasePolicy
metadata: {name: rules}
spec:
  rule: {check: tests@1}
)";

struct Sent {
  std::string delivery;
  std::string event;
  std::string body;
};

/// The deliveries of some deployments, in the order in which they happened.
std::vector<Sent> make_story(sim::Chance& chance) {
  std::vector<Sent> story;
  const size_t count = 2 + chance.pick(6);
  Time at = parse_time("2026-03-02T08:00:00Z").value();
  for (size_t i = 0; i < count; ++i) {
    const std::string about = fmt::format(
        R"("deployment":{{"id":{},"sha":"{:040x}","ref":"v1.{}.0","environment":"production",)"
        R"("created_at":"{}","task":"deploy","payload":{{}}}},)"
        R"("repository":{{"full_name":"acme/checkout"}})",
        i + 1, i + 1, i, time_text(at));
    const auto add = [&](const std::string& event, const std::string& more) {
      story.push_back({.delivery = fmt::format("d-{}", story.size()),
                       .event = event,
                       .body = "{" + about + more + "}"});
    };
    add("deployment", "");
    std::vector<std::string> states = {"queued", "in_progress"};
    if (!chance.percent(20)) states.push_back(chance.percent(70) ? "success" : "failure");
    if (chance.percent(30)) states.push_back("inactive");
    for (const std::string& state : states) {
      at = at + minutes(1 + static_cast<int64_t>(chance.pick(5)));
      add("deployment_status",
          fmt::format(R"(,"deployment_status":{{"state":"{}","created_at":"{}"}})", state,
                      time_text(at)));
    }
    at = at + minutes(30);
  }
  return story;
}

/// An engine with the desk in front of it; what it stores survives reopen().
class House {
 public:
  House() {
    reopen();
    const model::SourceText source{.file = "policy.yaml", .text = std::string(kPolicy)};
    model::Loaded loaded = model::load(std::span(&source, 1));
    const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), loaded.problems);
    EXPECT_TRUE(loaded.problems.empty()) << loaded.problems.front().text();
    EXPECT_TRUE(
        engine_->apply(bundle, "storm", {}, {.actor = {.subject = "test", .issuer = "local"}}));
  }
  void reopen() {
    engine_.reset();
    auto opened = engine::Engine::open({.store = *store_,
                                        .checkpoints = *checkpoints_,
                                        .signer = ledger::NoteSigner::parse(secret_).value(),
                                        .blobs = *blobs_,
                                        .signals = signals_,
                                        .zones = zones_,
                                        .clock = clock_},
                                       {.is_threaded = false});
    ASSERT_TRUE(opened) << opened.error().text();
    engine_ = std::move(*opened);
  }
  /// The error of a delivery that was refused.
  Result<engine::ObserveAnswer> deliver(const Sent& sent, const std::string& secret,
                                        const std::string& signed_body) {
    clock_.advance(seconds(1));
    net::Request request;
    request.method = "POST";
    request.body = sent.body;
    request.peer = "192.0.2.1:1";
    const webhooks::SenderDef* sender = webhooks::sender_named("github").value();
    for (auto& [name, value] :
         webhooks::sign(*sender, secret, sent.delivery, signed_body, clock_.now()))
      request.headers.push_back({name, value});
    request.headers.push_back({"x-github-event", sent.event});
    request.headers.push_back({"x-github-delivery", sent.delivery});
    TOLLGATE_TRY(const Arrival arrival, desk_.take(*engine_, "github", request, {}));
    if (arrival.records.empty()) return engine::ObserveAnswer{};
    return engine_->observe(arrival.records, sent.body, arrival.caller);
  }
  Result<engine::ObserveAnswer> deliver(const Sent& sent) {
    return deliver(sent, kSecret, sent.body);
  }
  /// All that is known of deployments, apart from where it stands in the ledger.
  std::string known() const {
    doc::Node node =
        render::deployments_json(*engine_, {.service = "checkout", .environment = "production"});
    for (doc::Node& deployment : node.find("deployments")->items()) {
      std::erase_if(deployment.members(),
                    [](const doc::Member& member) { return member.key == "position"; });
    }
    return doc::canonical_json(node);
  }
  int64_t records() const {
    int64_t count = 0;
    EXPECT_TRUE(engine_->ledger().read(0, INT64_MAX / 2, [&](const engine::StoredLeaf& leaf) {
      const auto event = model::decode_event(leaf.leaf);
      count += event && std::holds_alternative<model::DeploymentObserved>(event->data);
      return Result<void>{};
    }));
    return count;
  }

 private:
  std::string secret_ = ledger::NoteSigner::generate("storm").value().secret_text();
  std::unique_ptr<engine::LedgerStore> store_ = store::make_memory_ledger();
  std::unique_ptr<engine::CheckpointStore> checkpoints_ = store::make_memory_checkpoint();
  std::unique_ptr<engine::BlobStore> blobs_ = store::make_memory_blobs();
  sim::Signals signals_;
  sim::Zones zones_;
  sim::Clock clock_{parse_time("2026-03-02T12:00:00Z").value()};
  HookDesk desk_;
  std::unique_ptr<engine::Engine> engine_;
};

/// One bad day; every delivery arrives at least once.
void bad_day(uint64_t seed) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  sim::Chance chance(seed);
  const std::vector<Sent> story = make_story(chance);
  House calm;
  for (const Sent& sent : story) ASSERT_TRUE(calm.deliver(sent)) << sent.body;

  House storm;
  std::vector<Sent> arrivals = story;
  for (const Sent& sent : story) {
    if (chance.percent(40)) arrivals.push_back(sent);  // sent again
    if (chance.percent(20)) {
      Sent other = sent;  // redelivered by hand, under a name of its own
      other.delivery += "-again";
      arrivals.push_back(std::move(other));
    }
  }
  for (size_t i = arrivals.size(); i > 1; --i) std::swap(arrivals[i - 1], arrivals[chance.pick(i)]);
  for (const Sent& sent : arrivals) {
    if (chance.percent(15)) storm.reopen();
    if (chance.percent(20)) {
      const std::string before = storm.known();
      Sent forged = sent;
      const bool is_tampered = chance.percent(50);
      const size_t version = forged.body.find("v1.");
      forged.body.replace(version, 3, "v6.");
      const auto refused = is_tampered ? storm.deliver(forged, kSecret, sent.body)
                                       : storm.deliver(forged, "guessed", forged.body);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, codes::webhook_refused);
      EXPECT_EQ(storm.known(), before);
    }
    ASSERT_TRUE(storm.deliver(sent)) << sent.body;
  }
  EXPECT_EQ(storm.known(), calm.known());
  EXPECT_LE(storm.records(), static_cast<int64_t>(story.size())) << "no fact is recorded twice";
  const std::string after = storm.known();
  storm.reopen();
  EXPECT_EQ(storm.known(), after);
}

TEST(HookStorm, duplicates_order_lateness_and_forgery_change_nothing) {
  setenv("STORM_SECRET", kSecret, 1);
  constexpr uint64_t kDays = 40;
  for (uint64_t seed = 1; seed <= kDays; ++seed) bad_day(seed);
}

}  // namespace
}  // namespace tollgate::api
