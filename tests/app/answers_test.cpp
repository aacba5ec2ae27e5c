// A sender asks, a gate decides, and the answer goes back: against fakes that keep to the vendors'
// documented contracts (no vendor's own software is involved).
#include "app/api/hook_desk.hpp"
#include "edge/deliver/jwt.hpp"
#include "edge/deliver/target.hpp"
#include "edge/store/memory_store.hpp"
#include "edge/webhooks/authenticate.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstdlib>

namespace tollgate::api {
namespace {

class StillClock final : public engine::Clock {
 public:
  Time now() override { return time; }
  Time time{1'772'445'600'000};
};

class NoSignals final : public engine::SignalSource {
 public:
  std::string_view name() const override { return "none"; }
  model::Reading read(const engine::ReadingRequest&) override { return {}; }
};

class Utc final : public engine::ZoneTable {
 public:
  Result<calendar::Zone> zone(const std::string&) override { return calendar::Zone{}; }
};

/// Answers as the vendor's documentation says; keeps what was asked.
class FakeVendor final : public engine::HttpClient {
 public:
  Result<engine::HttpResponse> send(const engine::HttpRequest& request) override {
    requests.push_back(request);
    if (!failures.empty()) {
      const int status = failures.back();
      failures.pop_back();
      return engine::HttpResponse{.status = status};
    }
    const std::string& url = request.url;
    if (url.ends_with("/access_tokens"))
      return engine::HttpResponse{.status = 201, .body = R"({"token":"ghs_installation"})"};
    if (url.ends_with("/deployment_protection_rule")) return engine::HttpResponse{.status = 204};
    if (url.find("/buildWithParameters") != std::string::npos) {
      return engine::HttpResponse{.status = 201,
                                  .headers = {{"location", "https://ci.example/queue/item/7/"}}};
    }
    if (url.find("/queue/item/") != std::string::npos)
      return engine::HttpResponse{.status = 200, .body = queue};
    return engine::HttpResponse{.status = 201, .body = "{}"};
  }
  doc::Node body(size_t index) const { return doc::parse_json(requests.at(index).body).value(); }
  std::string header(size_t index, std::string_view name) const {
    for (const auto& [key, value] : requests.at(index).headers) {
      if (key == name) return value;
    }
    return {};
  }

  std::vector<engine::HttpRequest> requests;
  std::vector<int> failures;
  std::string queue = R"({"executable":{"number":12}})";
};

std::string make_rsa_key() {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<size_t>(size));
  BIO_free(bio);
  EVP_PKEY_free(key);
  return pem;
}

constexpr std::string_view kPolicy = R"(
apiVersion: openslo/v1
kind: Service
metadata: {name: checkout}
spec: {}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: search}
spec: {}
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: production}
spec: {production: true, enforcement: enforce}
---
apiVersion: tollgate/v1
kind: ReleasePolicy
metadata: {name: build}
spec: {rule: {check: tests@1}}
---
apiVersion: tollgate/v1
kind: Integration
metadata: {name: github}
spec:
  sender: github
  secrets: ["env:TOLLGATE_ANSWERS_TEST"]
  api: {url: "https://api.github.com", appId: "4711", privateKey: "env:TOLLGATE_ANSWERS_KEY"}
---
apiVersion: tollgate/v1
kind: Integration
metadata: {name: statuses}
spec:
  sender: github
  secrets: ["env:TOLLGATE_ANSWERS_TEST"]
  commitStatus: true
  api: {url: "https://github.example/api/v3", token: "env:TOLLGATE_ANSWERS_TEST"}
  rules:
    - {project: acme/search, service: search, environment: production}
---
apiVersion: tollgate/v1
kind: Integration
metadata: {name: gitlab}
spec:
  sender: gitlab
  secrets: ["env:TOLLGATE_ANSWERS_TEST"]
  api: {url: "https://gitlab.example/api/v4", token: "env:TOLLGATE_ANSWERS_TEST"}
)";

class AnswersTest : public ::testing::Test {
 protected:
  AnswersTest() {
    static const std::string key = make_rsa_key();
    setenv("TOLLGATE_ANSWERS_TEST", "secret", 1);
    setenv("TOLLGATE_ANSWERS_KEY", key.c_str(), 1);
    engine_ =
        engine::Engine::open({.store = *store_,
                              .checkpoints = *checkpoints_,
                              .signer = ledger::NoteSigner::generate("test.example/log").value(),
                              .blobs = *blobs_,
                              .signals = signals_,
                              .zones = zones_,
                              .clock = clock_,
                              .deliverer = &targets_},
                             {.is_threaded = false})
            .value();
    const model::SourceText source{.file = "policy.yaml", .text = std::string(kPolicy)};
    model::Loaded loaded = model::load(std::span(&source, 1));
    Problems problems = std::move(loaded.problems);
    const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
    for (const Error& problem : problems) ADD_FAILURE() << problem.text();
    EXPECT_TRUE(engine_->apply(bundle, "test", {}, {.actor = {.subject = "test"}}));
  }

  void deliver(const std::string& integration, const std::string& body,
               std::vector<std::pair<std::string, std::string>> headers = {}) {
    const auto* sender = webhooks::sender_named(integration).value();
    net::Request request;
    request.method = "POST";
    request.body = body;
    request.peer = "192.0.2.1:1";
    for (auto& [name, value] : webhooks::sign(*sender, "secret", "m1", body, clock_.now()))
      request.headers.push_back({name, value});
    for (auto& [name, value] : headers) request.headers.push_back({name, value});
    const auto arrival = desk_.take(*engine_, integration, request, {});
    ASSERT_TRUE(arrival) << arrival.error().text();
    ASSERT_FALSE(arrival->records.empty())
        << (arrival->dropped.empty() ? arrival->ignored : arrival->dropped.front());
    const auto answer = engine_->observe(arrival->records, body, arrival->caller);
    ASSERT_TRUE(answer) << answer.error().text();
  }
  void ask_for_protection(const std::string& run = "42") {
    deliver("github",
            fmt::format(R"({{"action":"requested","environment":"production",
      "sha":"abc123","ref":"refs/tags/v1.4.2",
      "deployment_callback_url":"https://api.github.com/repos/acme/checkout/actions/runs/{}/deployment_protection_rule",
      "deployment":{{"id":7,"created_at":"2026-03-02T10:00:00Z"}},
      "repository":{{"id":9,"full_name":"acme/checkout","url":"https://api.github.com/repos/acme/checkout"}},
      "installation":{{"id":77}}}})",
                        run),
            {{"x-github-event", "deployment_protection_rule"}, {"x-github-delivery", "d" + run}});
  }
  void record_tests(int64_t failed) {
    model::Report report;
    report.kind = model::ReportKind::tests;
    report.format = "junit";
    report.total = 2;
    report.failed = failed;
    report.passed = 2 - failed;
    report.skipped = 0;
    ASSERT_TRUE(engine_->record_evidence({.service = "checkout",
                                          .version = "v1.4.2",
                                          .commit = "abc123",
                                          .bytes = "x",
                                          .report = report},
                                         {.actor = {.subject = "ci"}}));
  }
  void tick() { ASSERT_TRUE(engine_->tick()); }

  StillClock clock_;
  NoSignals signals_;
  Utc zones_;
  FakeVendor vendor_;
  std::unique_ptr<engine::LedgerStore> store_ = store::make_memory_ledger();
  std::unique_ptr<engine::CheckpointStore> checkpoints_ = store::make_memory_checkpoint();
  std::unique_ptr<engine::BlobStore> blobs_ = store::make_memory_blobs();
  deliver::Targets targets_{deliver::Outside{vendor_, clock_}};
  HookDesk desk_;
  std::unique_ptr<engine::Engine> engine_;
};

TEST_F(AnswersTest, AProtectionRuleIsApprovedAsAnApp) {
  record_tests(0);
  ask_for_protection();
  tick();
  ASSERT_EQ(vendor_.requests.size(), 2u);
  EXPECT_EQ(vendor_.requests[0].url, "https://api.github.com/app/installations/77/access_tokens");
  EXPECT_TRUE(vendor_.header(0, "authorization").starts_with("Bearer eyJ"));
  EXPECT_EQ(doc::compact_json(vendor_.body(0)),
            R"({"permissions":{"deployments":"write"},"repository_ids":[9]})");
  EXPECT_EQ(
      vendor_.requests[1].url,
      "https://api.github.com/repos/acme/checkout/actions/runs/42/deployment_protection_rule");
  EXPECT_EQ(vendor_.header(1, "authorization"), "Bearer ghs_installation");
  EXPECT_EQ(vendor_.body(1).text_or("state"), "approved");
  EXPECT_EQ(vendor_.body(1).text_or("environment_name"), "production");
  EXPECT_TRUE(engine_->views().open_questions().empty());
  tick();
  EXPECT_EQ(vendor_.requests.size(), 2u) << "an answer is given once";
}

TEST_F(AnswersTest, ADenialIsRejectedWithItsReasons) {
  record_tests(1);
  ask_for_protection();
  tick();
  ASSERT_EQ(vendor_.requests.size(), 2u);
  EXPECT_EQ(vendor_.body(1).text_or("state"), "rejected");
  EXPECT_NE(vendor_.body(1).text_or("comment").find("tests@1 fail"), std::string_view::npos);
}

TEST_F(AnswersTest, AnInconclusiveAnswerIsAReportAndTheQuestionIsAskedAgain) {
  ask_for_protection();
  tick();
  ASSERT_EQ(vendor_.requests.size(), 2u);
  EXPECT_EQ(vendor_.body(1).find("state"), nullptr);
  EXPECT_EQ(engine_->views().open_questions().size(), 1u);
  clock_.time = clock_.time + minutes(2);
  tick();
  EXPECT_EQ(vendor_.requests.size(), 2u) << "the same answer is not told twice";
  record_tests(0);
  clock_.time = clock_.time + minutes(10);
  tick();
  tick();
  ASSERT_EQ(vendor_.requests.size(), 4u);
  EXPECT_EQ(vendor_.body(3).text_or("state"), "approved");
  EXPECT_TRUE(engine_->views().open_questions().empty());
}

TEST_F(AnswersTest, AVendorThatFailsIsTriedAgainAndAFinalRefusalCanBeRedelivered) {
  record_tests(0);
  vendor_.failures = {503};
  ask_for_protection();
  tick();
  EXPECT_EQ(engine_->views().pending_effects().size(), 1u);
  clock_.time = clock_.time + seconds(30);
  vendor_.failures = {404};
  tick();
  ASSERT_EQ(engine_->views().ended_effects().size(), 1u);
  const auto ended = engine_->views().ended_effects().front();
  EXPECT_EQ(ended.end.result, model::EffectResult::gave_up);
  ASSERT_TRUE(engine_->redeliver(ended.effect.position, {.actor = {.subject = "ops"}}));
  clock_.time = clock_.time + seconds(30);
  tick();
  EXPECT_TRUE(engine_->views().pending_effects().empty());
  EXPECT_EQ(engine_->views().ended_effects().front().end.result, model::EffectResult::done);
}

TEST_F(AnswersTest, GitlabStatusChecksAndBlockedDeployments) {
  record_tests(0);
  deliver(
      "gitlab",
      R"({"object_kind":"merge_request","project":{"id":6,"path_with_namespace":"shop/checkout"},
    "object_attributes":{"iid":3,"last_commit":{"id":"abc123"}},
    "external_approval_rule":{"id":1,"name":"production"}})");
  tick();
  ASSERT_EQ(vendor_.requests.size(), 1u);
  EXPECT_EQ(vendor_.requests[0].url,
            "https://gitlab.example/api/v4/projects/6/merge_requests/3/status_check_responses");
  EXPECT_EQ(vendor_.header(0, "private-token"), "secret");
  EXPECT_EQ(vendor_.body(0).text_or("status"), "passed");
  deliver("gitlab",
          R"({"object_kind":"deployment","status":"blocked","deployment_id":15,"deployable_id":796,
    "status_changed_at":"2026-03-02 10:00:00 +0000","environment":"production","short_sha":"abc123",
    "commit_url":"http://h/c/-/commit/abc123","ref":"v1.4.2",
    "project":{"id":6,"path_with_namespace":"shop/checkout"}})",
          {{"idempotency-key", "m2"}});
  tick();
  ASSERT_EQ(vendor_.requests.size(), 3u);
  EXPECT_EQ(vendor_.requests[1].url,
            "https://gitlab.example/api/v4/projects/6/deployments/15/approval");
  EXPECT_EQ(vendor_.body(1).text_or("status"), "approved");
  EXPECT_EQ(vendor_.requests[2].url, "https://gitlab.example/api/v4/projects/6/jobs/796/play");
}

TEST_F(AnswersTest, VerdictsBecomeCommitStatuses) {
  ASSERT_TRUE(engine_->gate(
      {.service = "search", .environment = "production", .version = "2.0.0", .commit = "abc123"},
      {.actor = {.subject = "ci"}}));
  tick();
  ASSERT_EQ(vendor_.requests.size(), 1u);
  EXPECT_EQ(vendor_.requests[0].url,
            "https://github.example/api/v3/repos/acme/search/statuses/abc123");
  EXPECT_EQ(vendor_.body(0).text_or("state"), "pending") << "nothing was tested";
  EXPECT_EQ(vendor_.body(0).text_or("context"), "tollgate/production");
}

TEST_F(AnswersTest, JenkinsBuildsAreFollowedOutOfTheQueue) {
  const engine::Notification notification{
      .id = "e-1",
      .target = "rebuild",
      .target_type = "jenkins",
      .annotations = {{"tollgate.dev/url", "https://ci.example/job/roll-back"},
                      {"tollgate.dev/user", "bot"},
                      {"tollgate.dev/token", "env:TOLLGATE_ANSWERS_TEST"},
                      {"parameter.tollgate.dev/REGION", "eu west"}},
      .type = "verdict.given",
      .subject = "service/checkout",
      .time = clock_.now(),
      .leaf = "{}"};
  ASSERT_TRUE(targets_.deliver(notification));
  ASSERT_EQ(vendor_.requests.size(), 2u);
  EXPECT_EQ(vendor_.requests[0].url,
            "https://ci.example/job/roll-back/buildWithParameters?TOLLGATE_ID=e-1&TOLLGATE_TYPE="
            "verdict.given&TOLLGATE_SUBJECT=service%2Fcheckout&REGION=eu%20west");
  EXPECT_EQ(vendor_.header(0, "authorization"), "Basic " + base64_encode("bot:secret"));
  EXPECT_EQ(vendor_.requests[1].url, "https://ci.example/queue/item/7/api/json");
  vendor_.queue = R"({"cancelled":true})";
  const auto cancelled = targets_.deliver(notification);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, codes::bad_value);
}

TEST(AppJwt, IsSignedByTheAppsKeyAndShortLived) {
  const std::string key = make_rsa_key();
  const Time now{1'700'000'000'000};
  const auto jwt = deliver::make_app_jwt("4711", key, now);
  ASSERT_TRUE(jwt);
  const auto parts = split(*jwt, '.');
  ASSERT_EQ(parts.size(), 3u);
  const auto decode = [](std::string text) {
    for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
    while (text.size() % 4 != 0) text += '=';
    return base64_decode(text).value();
  };
  const doc::Node claims = doc::parse_json(decode(std::string(parts[1]))).value();
  EXPECT_EQ(claims.text_or("iss"), "4711");
  EXPECT_LE(claims.integer_or("exp", 0) - claims.integer_or("iat", 0), 600);
  const std::string signature = decode(std::string(parts[2]));
  const std::string text = fmt::format("{}.{}", parts[0], parts[1]);
  BIO* bio = BIO_new_mem_buf(key.data(), static_cast<int>(key.size()));
  EVP_PKEY* read = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, read);
  EXPECT_EQ(EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()),
                             signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                             text.size()),
            1);
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(read);
  BIO_free(bio);
  EXPECT_FALSE(deliver::make_app_jwt("4711", "no key", now));
}

}  // namespace
}  // namespace tollgate::api
