// Webhooks over HTTP: who is let in, what is recorded, and what adapters answer.
#include "api_fixture.hpp"
#include "edge/webhooks/authenticate.hpp"

#include <cstdlib>

namespace tollgate::api {
namespace {

using testing::ApiTest;
using testing::Schemas;

constexpr const char* kSecret = "It's a Secret to Everybody";

constexpr const char* kIntegrations = R"(
apiVersion: tollgate/v1
kind: Integration
metadata: {name: github}
spec:
  sender: github
  secrets: ["env:TOLLGATE_HOOKS_TEST_OLD", "env:TOLLGATE_HOOKS_TEST"]
  rules:
    - {project: "acme/*", service: "*", senderEnvironment: "prod*", environment: production}
---
apiVersion: tollgate/v1
kind: Integration
metadata: {name: elsewhere}
spec:
  sender: github
  secrets: ["env:TOLLGATE_HOOKS_TEST"]
  allowedAddresses: ["192.0.2.0/24"]
---
apiVersion: tollgate/v1
kind: Integration
metadata: {name: argo}
spec:
  sender: argo-rollouts
  secrets: ["env:TOLLGATE_HOOKS_TEST"]
---
apiVersion: tollgate/v1
kind: Integration
metadata: {name: flagger}
spec:
  sender: flagger
  secrets: ["env:TOLLGATE_HOOKS_TEST"]
  rules:
    - {project: podinfo, service: checkout, environment: production}
---
apiVersion: tollgate/v1
kind: Integration
metadata: {name: unsigned}
spec:
  sender: gitlab
  secrets: ["env:TOLLGATE_HOOKS_TEST"]
  confirm: true
  api: {url: "https://gitlab.example/api/v4", token: "env:TOLLGATE_HOOKS_TEST"}
  rules:
    - {project: acme/checkout, service: checkout, environment: production}
)";

class HooksTest : public ApiTest {
 protected:
  HooksTest() {
    setenv("TOLLGATE_HOOKS_TEST_OLD", "old", 1);
    setenv("TOLLGATE_HOOKS_TEST", kSecret, 1);
    doc::Node body = doc::parse_json(starter_body()).value();
    body.find("files")->push(
        doc::Node::object({{"file", "90-integrations.yaml"}, {"text", kIntegrations}}));
    const auto applied = ask("POST", "/v1/policy/apply", doc::compact_json(body),
                             {{"Content-Type", "application/json"}, {"If-Match", "*"}});
    EXPECT_EQ(applied.status, 200) << applied.body;
  }

  engine::HttpResponse deliver(const std::string& integration, const std::string& body,
                               Headers more = {}, const char* secret = kSecret,
                               std::string_view sender = "github") {
    Headers headers =
        webhooks::sign(**webhooks::sender_named(sender), secret, "m1", body, clock_.now());
    headers.insert(headers.end(), more.begin(), more.end());
    return ask("POST", "/v1/hooks/" + integration, body, headers);
  }
  engine::HttpResponse deploy(const std::string& state, const std::string& delivery,
                              const char* secret = kSecret) {
    return deliver("github",
                   fmt::format(R"({{"deployment":{{"id":5,"sha":"abc123","ref":"v2.4.0",)"
                               R"("environment":"production"}},"deployment_status":{{"state":"{}",)"
                               R"("created_at":"2026-03-02T10:00:00Z"}},)"
                               R"("repository":{{"full_name":"acme/checkout"}}}})",
                               state),
                   {{"X-GitHub-Event", "deployment_status"}, {"X-GitHub-Delivery", delivery}},
                   secret);
  }
};

TEST_F(HooksTest, ASignedDeliveryIsRecordedOnceAndKeptAsABlob) {
  const auto first = deploy("success", "d1");
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(json(first).integer_or("recorded", -1), 1);
  const int64_t size = engine_->views().size();
  const auto again = deploy("success", "d1");
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(json(again).integer_or("known", -1), 1);
  EXPECT_EQ(engine_->views().size(), size);
  const auto old_secret = deploy("success", "d1", "old");
  EXPECT_EQ(old_secret.status, 200) << "a secret that is being replaced still counts";
  const auto list = json(get("/v1/deployments?service=checkout"));
  ASSERT_EQ(list.find("deployments")->items().size(), 1u) << doc::compact_json(list);
  EXPECT_EQ(list.find("deployments")->items()[0].text_or("version"), "v2.4.0");
  // The bytes as they came are there, under the digest in the record.
  const auto leaf = engine_->ledger().leaf(size - 1);
  ASSERT_TRUE(leaf);
  const auto event = model::decode_event(*leaf).value();
  const auto& observed = std::get<model::DeploymentObserved>(event.data);
  EXPECT_EQ(observed.origin.assurance, model::Assurance::signature);
  EXPECT_EQ(event.actor.subject, "integration/github");
  EXPECT_TRUE(engine_->blobs().get(*observed.origin.body));
}

TEST_F(HooksTest, WhoCannotProveItIsNotLetIn) {
  const int64_t size = engine_->views().size();
  EXPECT_EQ(deploy("success", "d1", "guessed").status, 401);
  EXPECT_EQ(ask("POST", "/v1/hooks/github", "{}").status, 401);
  EXPECT_EQ(ask("POST", "/v1/hooks/nobody", "{}").status, 404);
  EXPECT_EQ(deliver("elsewhere", "{}", {{"X-GitHub-Event", "ping"}}).status, 403);
  EXPECT_EQ(deliver("github", "{", {{"X-GitHub-Event", "deployment"}}).status, 400);
  EXPECT_EQ(engine_->views().size(), size);
  const auto hooks = json(get("/v1/hooks"));
  const auto& github = hooks.find("integrations")->items().at(3);
  EXPECT_EQ(github.text_or("integration"), "github") << doc::compact_json(hooks);
  EXPECT_EQ(github.integer_or("refused", -1), 3);
}

TEST_F(HooksTest, ATrialRecordsNothing) {
  const int64_t size = engine_->views().size();
  const auto trial =
      deliver("github",
              R"({"deployment":{"id":5,"sha":"abc123","ref":"main","environment":"production",
              "created_at":"2026-03-02T10:00:00Z"},"repository":{"full_name":"acme/checkout"}})",
              {{"X-GitHub-Event", "deployment"}, {"X-Tollgate-Dry-Run", "1"}});
  ASSERT_EQ(trial.status, 200) << trial.body;
  EXPECT_EQ(json(trial).find("records")->items().size(), 1u);
  EXPECT_EQ(engine_->views().size(), size);
}

TEST_F(HooksTest, PeopleTellAndBypassesAreFound) {
  const auto told = ask("POST", "/v1/observations",
                        R"({"type":"deployment","service":"checkout","environment":"production",
                        "version":"9.9.9","status":"succeeded"})");
  ASSERT_EQ(told.status, 201) << told.body;
  const auto bypasses = json(get("/v1/bypasses"));
  EXPECT_EQ(bypasses.integer_or("checked", -1), 1);
  ASSERT_EQ(bypasses.find("bypasses")->items().size(), 1u) << doc::compact_json(bypasses);
  EXPECT_EQ(bypasses.find("bypasses")->items()[0].text_or("reason"), "no_verdict");
  EXPECT_NE(get("/").body.find("no gate was asked about 9.9.9"), std::string::npos);
  EXPECT_EQ(ask("POST", "/v1/observations", R"({"type":"deploiment"})").status, 400);
  EXPECT_EQ(ask("POST", "/v1/observations", R"({"type":"deployment","version":"1"})").status, 422);
}

TEST_F(HooksTest, AnUnsignedFactWaitsForTheSendersApi) {
  const auto response =
      deliver("unsigned",
              R"({"object_kind":"deployment","status":"success",)"
              R"("status_changed_at":"2026-03-02 09:10:00 +0000",)"
              R"("deployment_id":41,"deployable_id":664,"environment":"production",)"
              R"("project":{"path_with_namespace":"acme/checkout"},)"
              R"("commit_url":"https://gitlab.example/acme/checkout/-/commit/99d0"})",
              {{"X-Gitlab-Token", kSecret}}, kSecret, "gitlab");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(json(response).integer_or("recorded", -1), 1);
  EXPECT_TRUE(json(get("/v1/deployments")).find("deployments")->items().empty());
  EXPECT_TRUE(json(get("/v1/bypasses")).find("bypasses")->items().empty());
  const auto unconfirmed = json(get("/v1/unconfirmed"));
  ASSERT_EQ(unconfirmed.find("waiting")->items().size(), 1u) << doc::compact_json(unconfirmed);
  EXPECT_EQ(unconfirmed.find("waiting")->items()[0].text_or("id"), "job/664");
  EXPECT_TRUE(unconfirmed.find("not_confirmed")->items().empty());
  const std::string metrics = get("/metrics").body;
  EXPECT_NE(metrics.find("tollgate_hooks_unconfirmed 1"), std::string::npos);
  EXPECT_NE(metrics.find("tollgate_hooks_recorded_total{integration=\"unsigned\"} 1"),
            std::string::npos);
}

TEST_F(HooksTest, AuditsAreRecordedWithOwnersAndKept) {
  ASSERT_EQ(ask("POST", "/v1/observations",
                R"({"type":"deployment","service":"checkout","environment":"production",
                "version":"9.9.9","status":"succeeded"})")
                .status,
            201);
  const auto made = ask("POST", "/v1/audits", R"({"scope":"deployments"})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(json(made).integer_or("findings", -1), 1);
  EXPECT_EQ(json(made).find("by_owner")->integer_or("payments", -1), 1) << made.body;
  const auto pipelines = ask("POST", "/v1/audits",
                             R"({"scope":"pipelines","source":"acme/shop","examined":2,"files":1,
                             "findings":[{"code":"TG0901","owner":"platform"}]})");
  ASSERT_EQ(pipelines.status, 201) << pipelines.body;
  EXPECT_EQ(ask("POST", "/v1/audits", R"({"scope":"pipelines"})").status, 422);
  EXPECT_EQ(ask("POST", "/v1/audits", R"({"scope":"all"})").status, 422);
  const auto list = json(get("/v1/audits"));
  ASSERT_EQ(list.find("audits")->items().size(), 2u);
  const auto& newest = list.find("audits")->items()[0];
  EXPECT_EQ(newest.text_or("source"), "acme/shop");
  const auto one = json(get(fmt::format("/v1/audits/{}", newest.integer_or("position", -1))));
  EXPECT_EQ(one.find("found")->items().at(0).text_or("code"), "TG0901");
  EXPECT_EQ(get("/v1/audits/0").status, 404);
  EXPECT_NE(get("/metrics").body.find("tollgate_audit_findings{scope=\"deployments\"} 1"),
            std::string::npos);
}

TEST_F(HooksTest, ArgoRolloutsIsAlwaysAnswered200) {
  const Headers token = {{"Authorization", fmt::format("Bearer {}", kSecret)},
                         {"Content-Type", "application/json"}};
  signals_.bad = 900'000;  // the budget is spent, so the gate denies
  const Schemas schemas;
  const auto measure = [&](const std::string& body, const Headers& headers) {
    const auto response = ask("POST", "/v1/adapters/argo-rollouts/argo", body, headers);
    EXPECT_EQ(response.status, 200) << response.body;
    const auto* schema =
        schemas.answer_schema("/v1/adapters/argo-rollouts/{integration}", "POST", 200);
    EXPECT_EQ(schemas.misfit(*schema, json(response)), "");
    return std::string(json(response).text_or("verdict"));
  };
  EXPECT_EQ(
      measure(R"({"service":"checkout","environment":"production","version":"1.0.0"})", token),
      "fail");
  EXPECT_EQ(measure(R"({"service":"nobody","environment":"production","version":"1"})", token),
            "inconclusive");
  EXPECT_EQ(measure("{", token), "inconclusive");
  EXPECT_EQ(measure("{}", {{"Authorization", "Bearer guessed"}}), "inconclusive");
}

TEST_F(HooksTest, FlaggerReadsTheStatusAndRollbackIsInverted) {
  const Headers token = {{"X-Tollgate-Token", kSecret}, {"Content-Type", "application/json"}};
  const auto hook = [&](const std::string& name, const std::string& phase) {
    return ask("POST", "/v1/adapters/flagger/flagger/" + name,
               fmt::format(R"({{"name":"podinfo","namespace":"test","phase":"{}",)"
                           R"("checksum":"85d557f47b","metadata":{{"version":"1.0.0"}}}})",
                           phase),
               token);
  };
  signals_.bad = 900'000;  // the budget is spent, so the gate denies
  EXPECT_EQ(hook("confirm-rollout", "Progressing").status, 403);
  EXPECT_EQ(hook("rollback", "Progressing").status, 200);
  EXPECT_EQ(hook("event", "Progressing").status, 200);
  EXPECT_EQ(hook("post-rollout", "Failed").status, 200);
  EXPECT_EQ(hook("no-hook", "Failed").status, 400);
  const auto list = json(get("/v1/deployments?service=checkout"));
  ASSERT_EQ(list.find("deployments")->items().size(), 1u) << doc::compact_json(list);
  EXPECT_EQ(list.find("deployments")->items()[0].text_or("status"), "failed");
}

TEST_F(HooksTest, CloudEventsAskBeforeTheySend) {
  const auto greeting =
      ask("OPTIONS", "/v1/hooks/github", {}, {{"WebHook-Request-Origin", "events.example.com"}});
  EXPECT_EQ(greeting.status, 200);
  EXPECT_EQ(header(greeting, "webhook-allowed-origin"), "events.example.com");
}

}  // namespace
}  // namespace tollgate::api
