// Webhooks: what each sender's events become, what is ignored or refused and why, and who is
// believed.
#include "edge/webhooks/authenticate.hpp"
#include "edge/webhooks/translate.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/hmac.hpp"
#include "foundation/doc/json.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tollgate::webhooks {
namespace {

constexpr Time kReceived{1'700'000'000'000};

Result<Translation> translate_as(std::string_view sender, std::string_view event,
                                 std::string_view body,
                                 std::vector<std::pair<std::string, std::string>> headers = {}) {
  TOLLGATE_TRY(const SenderDef* def, sender_named(sender));
  return translate(*def, {.headers = std::move(headers),
                          .body = body,
                          .event = std::string(event),
                          .received = kReceived});
}

/// "deployment.observed status=succeeded id=1 ..." of the members named, records separated by "|".
std::string words(const Result<Translation>& translation,
                  std::initializer_list<std::string_view> members) {
  if (!translation) return "refused: " + translation.error().message;
  if (!translation->ignored.empty()) return "ignored: " + translation->ignored;
  std::string text;
  for (const model::Observation& record : translation->records) {
    const doc::Node json = observation_json(record);
    if (!text.empty()) text += " | ";
    text += observation_type(record);
    for (const std::string_view member : members) {
      const doc::Node* value = json.find(member);
      if (value == nullptr) continue;
      text += fmt::format(" {}={}", member,
                          value->is_text() ? value->as_text() : doc::compact_json(*value));
    }
  }
  return text;
}

constexpr std::string_view kQuestion = R"({
  "action": "requested", "environment": "production", "event": "push",
  "sha": "f95f852bd8fca8fcc58a9a2d6c842781e32a215e", "ref": "refs/tags/v1.4.2",
  "deployment_callback_url":
    "https://api.github.com/repos/acme/checkout/actions/runs/42/deployment_protection_rule",
  "deployment": {"id": 7, "sha": "f95f852bd8fca8fcc58a9a2d6c842781e32a215e", "ref": "v1.4.2",
    "environment": "production", "created_at": "2026-03-02T10:00:00Z",
    "updated_at": "2026-03-02T10:00:01Z"},
  "repository": {"id": 9, "full_name": "acme/checkout",
    "url": "https://api.github.com/repos/acme/checkout"},
  "installation": {"id": 77}, "a_field_of_next_year": true})";

std::string with(std::string_view body, std::string_view from, std::string_view to) {
  std::string text(body);
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(Github, AProtectionRuleIsAQuestionThatKnowsWhereToAnswer) {
  const auto translation = translate_as("github", "deployment_protection_rule", kQuestion);
  ASSERT_TRUE(translation) << translation.error().text();
  const auto& question = std::get<model::QuestionReceived>(translation->records.at(0));
  EXPECT_EQ(question.request.version, "v1.4.2");
  EXPECT_EQ(question.request.commit, "f95f852bd8fca8fcc58a9a2d6c842781e32a215e");
  EXPECT_EQ(question.project, "acme/checkout");
  EXPECT_EQ(question.id, "run/42/production");
  EXPECT_EQ(question.answer.at("installation"), "77");
  EXPECT_EQ(question.origin.sender, "github");
}

TEST(Github, ACallbackElsewhereIsRefused) {
  for (const std::string_view url :
       {"https://evil.example/repos/acme/checkout/actions/runs/42/deployment_protection_rule",
        "https://api.github.com/repos/acme/other/actions/runs/42/deployment_protection_rule",
        "https://api.github.com/repos/acme/checkout/actions/runs/4/../9/deployment_protection_rule",
        "https://api.github.com.evil/repos/acme/checkout/actions/runs/42/"
        "deployment_protection_rule",
        "https://api.github.com/repos/acme/checkout/actions/runs//deployment_protection_rule"}) {
    const std::string body = with(
        kQuestion,
        "https://api.github.com/repos/acme/checkout/actions/runs/42/deployment_protection_rule",
        url);
    const auto translation = translate_as("github", "deployment_protection_rule", body);
    ASSERT_FALSE(translation) << url;
    EXPECT_EQ(translation.error().code, codes::bad_webhook);
  }
}

TEST(Github, StatesOfADeployment) {
  const auto status = [](std::string_view state) {
    const std::string body = fmt::format(
        R"({{"deployment":{{"id":5,"sha":"abc","ref":"main","environment":"prod",
      "task":"deploy"}},)"
        R"("deployment_status":{{"state":"{}","created_at":"2026-03-02T10:00:00Z"}},)"
        R"("repository":{{"full_name":"a/b"}}}})",
        state);
    return words(translate_as("github", "deployment_status", body), {"status"});
  };
  EXPECT_EQ(status("success"), "deployment.observed status=succeeded");
  EXPECT_EQ(status("error"), "deployment.observed status=failed");
  EXPECT_EQ(status("in_progress"), "deployment.observed status=running");
  EXPECT_EQ(status("queued"), "deployment.observed status=pending");
  EXPECT_TRUE(status("inactive").starts_with("ignored: inactive"));
  EXPECT_TRUE(status("meditating").starts_with("ignored: the state \"meditating\""));
}

TEST(Github, WhatIsMissingIsNamed) {
  EXPECT_EQ(words(translate_as("github", "deployment", "{}"), {}),
            "refused: the body has no deployment/id");
  EXPECT_EQ(words(translate_as("github", "", "{}"), {}),
            "refused: there is no X-GitHub-Event header");
  EXPECT_TRUE(
      words(translate_as("github", "push", "{"), {}).starts_with("refused: the body is not"));
}

TEST(Gitlab, ADeploymentItsJobAndItsPipelineTellOfOneDeployment) {
  const auto deployment = translate_as("gitlab", "", R"({
    "object_kind": "deployment", "status": "success", "deployment_id": 15, "deployable_id": 796,
    "status_changed_at": "2021-04-28 21:50:00 +0200", "environment": "staging",
    "commit_url": "http://h/root/p/-/commit/279484c09fbe69ededfced8c1bb6e6d24616b468",
    "short_sha": "279484c0", "ref": "1.0.0", "project": {"path_with_namespace": "root/p"}})");
  EXPECT_EQ(words(deployment, {"id", "status", "commit", "version", "at"}),
            "deployment.observed id=job/796 status=succeeded "
            "commit=279484c09fbe69ededfced8c1bb6e6d24616b468 version=1.0.0 "
            "at=2021-04-28T19:50:00.000Z");
  const auto job = translate_as("gitlab", "", R"({
    "object_kind": "build", "build_id": 796, "build_status": "success", "sha": "279484c0",
    "build_finished_at": "2021-04-28 19:50:00 UTC", "pipeline_id": 3, "ref": "1.0.0",
    "project": {"path_with_namespace": "root/p"},
    "environment": {"name": "staging", "action": "start"}})");
  EXPECT_EQ(words(job, {"id", "status", "run"}),
            "deployment.observed id=job/796 status=succeeded run=pipeline/3 | "
            "pipeline.observed id=job/796 status=succeeded");
  const auto pipeline = translate_as("gitlab", "", R"({
    "object_kind": "pipeline", "object_attributes": {"id": 3, "status": "success", "sha": "279484c",
      "ref": "1.0.0", "finished_at": "2021-04-28 19:50:01 UTC"},
    "project": {"path_with_namespace": "root/p"},
    "builds": [{"id": 796, "status": "success", "finished_at": "2021-04-28 19:50:00 UTC",
                "environment": {"name": "staging", "action": "start"}},
               {"id": 797, "status": "success", "finished_at": "2021-04-28 19:50:00 UTC",
                "environment": {"name": "staging", "action": "stop"}}]})");
  EXPECT_EQ(words(pipeline, {"id", "status"}),
            "deployment.observed id=job/796 status=succeeded | "
            "pipeline.observed id=pipeline/3 status=succeeded");
}

TEST(Gitlab, AnExternalStatusCheckIsAQuestion) {
  const auto check = translate_as("gitlab", "", R"({
    "object_kind": "merge_request", "project": {"id": 6, "path_with_namespace": "flight/demo"},
    "object_attributes": {"iid": 6, "action": "update", "last_commit": {"id": "5f0a1f6"}},
    "external_approval_rule": {"id": 1, "name": "production", "external_url": "https://t/h"}})");
  EXPECT_EQ(words(check, {"id", "answer"}),
            "question.received id=merge-request/6/1@5f0a1f6 "
            R"(answer={"check":"1","form":"gitlab-status-check",)"
            R"("merge_request":"6","project":"6","sha":"5f0a1f6"})");
}

/// No sample of the notification plugin is public; this one follows its source.
std::string jenkins_build(std::string_view phase, std::string_view result) {
  return fmt::format(R"({{"name":"deploy-checkout","display_name":"deploy-checkout",
    "url":"job/deploy-checkout/","build":{{"full_url":"https://ci/job/deploy-checkout/18/",
    "number":18,"queue_id":1,"timestamp":1700000000000,"duration":2000,"phase":"{}","status":"{}",
    "url":"job/deploy-checkout/18/","scm":{{"url":"git@h:a/b.git","branch":"origin/main",
    "commit":"c6d86dc654b12425e706bcf951adfe5a8627a517"}},
    "parameters":{{"ENV":"production","Version":"2.4.0"}},"log":"","artifacts":{{}}}}}})",
                     phase, result);
}

TEST(Jenkins, ABuildWithAnEnvironmentIsADeployment) {
  EXPECT_EQ(
      words(translate_as("jenkins", "", jenkins_build("STARTED", "")),
            {"status", "id", "version", "ref"}),
      "deployment.observed status=running id=job/deploy-checkout/18/ version=2.4.0 ref=main | "
      "pipeline.observed status=running id=job/deploy-checkout/18/ ref=main");
  const auto completed = translate_as("jenkins", "", jenkins_build("COMPLETED", "SUCCESS"));
  const auto finalized = translate_as("jenkins", "", jenkins_build("FINALIZED", "SUCCESS"));
  EXPECT_EQ(words(completed, {"status", "id", "at", "started"}),
            words(finalized, {"status", "id", "at", "started"}));
  EXPECT_TRUE(words(translate_as("jenkins", "", jenkins_build("COMPLETED", "ABORTED")), {"status"})
                  .starts_with("deployment.observed status=canceled"));
}

TEST(Jenkins, TheCloudEventsPluginSaysTheSame) {
  const auto event = translate_as(
      "jenkins", "",
      R"({"name":"deploy","displayName":"deploy","url":"job/deploy/",
      "build":{"fullUrl":"https://ci/job/deploy/3/",
      "number":3,"queueId":9,"timestamp":1700000000000,"duration":500,"phase":"COMPLETED",
      "status":"FAILURE",
      "url":"job/deploy/3/","parameters":{"environment":"staging"},"scmState":{"commit":"abc",
      "branch":"main"}}})",
      {{"ce-type", "org.jenkinsci.job.completed"}, {"ce-id", "u-1"}, {"ce-specversion", "1.0"}});
  EXPECT_EQ(words(event, {"status", "sender_environment", "commit"}),
            "deployment.observed status=failed sender_environment=staging commit=abc | "
            "pipeline.observed status=failed commit=abc");
  EXPECT_TRUE(
      words(translate_as("jenkins", "", "{}", {{"ce-type", "org.jenkinsci.queue.left"}}), {})
          .starts_with("ignored:"));
}

constexpr std::string_view kAlerts = R"({"receiver":"tollgate","status":"firing","version":"4",
  "groupKey":"{}:{alertname=\"Slow\"}","truncatedAlerts":0,"notification_reason":"new",
  "alerts":[{"status":"firing","labels":{"alertname":"Slow","service":"checkout","env":"prod",
      "severity":"page"},
    "annotations":{},"startsAt":"2026-03-02T10:00:00Z","endsAt":"0001-01-01T00:00:00Z",
    "generatorURL":"http://p/g","fingerprint":"f00"},
   {"status":"resolved","labels":{"alertname":"Down"},"startsAt":"2026-03-02T09:00:00Z",
    "endsAt":"2026-03-02T09:30:00Z","fingerprint":"f01"}]})";

TEST(Alertmanager, EachAlertIsOneRecord) {
  EXPECT_EQ(words(translate_as("alertmanager", "", kAlerts),
                  {"id", "status", "project", "sender_environment", "at"}),
            "alert.observed id=f00 status=firing project=checkout sender_environment=prod "
            "at=2026-03-02T10:00:00.000Z | "
            "alert.observed id=f01 status=resolved at=2026-03-02T09:30:00.000Z");
  EXPECT_TRUE(words(translate_as("alertmanager", "", R"({"text":"hi"})"), {})
                  .starts_with("refused: the body is of webhook version \"\""));
  EXPECT_TRUE(words(translate_as("grafana", "", kAlerts), {}).starts_with("alert.observed"));
}

TEST(Datadog, OnlyTheOwnTemplateTellsTheState) {
  EXPECT_TRUE(words(translate_as("datadog", "", R"({"body":"x","event_type":"e","id":"1"})"), {})
                  .starts_with("refused: the body has no transition"));
  EXPECT_EQ(words(translate_as(
                      "datadog", "",
                      R"({"transition":"Triggered","alert_id":"77","aggreg_key":"k","cycle_key":"c",
                               "priority":"P1","date":"1700000000000","scope":"env:prod",
      "tags":"service:checkout,x",
                               "link":"https://dd"})"),
                  {"id", "status", "severity", "project", "sender_environment", "at"}),
            "alert.observed id=77/k status=firing severity=p1 project=checkout "
            "sender_environment=prod at=2023-11-14T22:13:20.000Z");
}

TEST(Pagerduty, AnIncidentIsOpenedAndResolved) {
  const auto event = [](std::string_view type) {
    return words(
        translate_as(
            "pagerduty", "",
            fmt::format(
                R"({{"event":{{"id":"e1","event_type":"{}","occurred_at":"2026-03-02T10:00:00Z",
      "data":{{"id":"PGR0VU2",
        "title":"checkout is down","urgency":"high","service":{{"summary":"Checkout"}},
        "priority":{{"summary":"P1"}}}}}}}})",
                type)),
        {"id", "status", "severity", "project"});
  };
  EXPECT_EQ(event("incident.triggered"),
            "incident.observed id=PGR0VU2 status=opened severity=P1 project=Checkout");
  EXPECT_EQ(event("incident.resolved"),
            "incident.observed id=PGR0VU2 status=resolved severity=P1 project=Checkout");
  EXPECT_TRUE(event("incident.annotated").starts_with("ignored:"));
}

TEST(Flagger, HooksAskOrTellAndRollbackIsInverted) {
  constexpr std::string_view kBody =
      R"({"name":"podinfo","namespace":"test","phase":"Progressing","checksum":"85d557f47b",
      "metadata":{"version":"6.1.0"}})";
  for (const std::string_view hook : {"confirm-rollout", "pre-rollout", "rollout",
                                      "confirm-traffic-increase", "confirm-promotion"}) {
    EXPECT_EQ(words(translate_as("flagger", hook, kBody), {"answer"}),
              R"(question.received answer={"form":"flagger"})");
  }
  EXPECT_EQ(words(translate_as("flagger", "rollback", kBody), {"answer"}),
            R"(question.received answer={"form":"flagger-rollback"})");
  EXPECT_EQ(words(translate_as("flagger", "event", kBody),
                  {"id", "status", "version", "took_traffic", "at"}),
            "deployment.observed id=test/podinfo@85d557f47b status=running version=6.1.0 "
            "took_traffic=true at=2023-11-14T22:13:20.000Z");
  EXPECT_EQ(words(translate_as("flagger", "post-rollout", with(kBody, "Progressing", "Failed")),
                  {"status", "took_traffic"}),
            "deployment.observed status=failed took_traffic=true");
  EXPECT_TRUE(words(translate_as("flagger", "gate", kBody), {}).starts_with("refused:"));
}

TEST(ArgoRollouts, AMeasurementIsAQuestion) {
  EXPECT_EQ(words(translate_as("argo-rollouts", "",
                               R"({"service":"checkout","environment":"prod","version":"1"})"),
                  {"id"}),
            "question.received id=checkout/prod@1");
}

constexpr std::string_view kCdevent =
    R"({"context":{"version":"0.4.1","id":"e1","source":"/ci","type":
  "dev.cdevents.service.rolledback.0.2.0","timestamp":"2023-03-20T14:27:05.315384Z"},
  "subject":{"id":"myService","type":"service","content":{"environment":{"id":"prod"},
  "artifactId":"pkg:oci/myapp@sha256%3A0b31b1c0?tag=1.2.3"}}})";

TEST(Cdevents, BareStructuredBinaryAndBatchedSayTheSame) {
  const std::initializer_list<std::string_view> members = {
      "kind", "status", "project", "artifact", "version", "sender_environment"};
  const std::string expected =
      "deployment.observed kind=rollback status=succeeded project=myService "
      "artifact=sha256:0b31b1c0 version=1.2.3 sender_environment=prod";
  EXPECT_EQ(words(translate_as("cdevents", "", kCdevent), members), expected);
  const std::string structured = fmt::format(
      R"({{"specversion":"1.0","id":"e1","source":"/ci",
      "type":"dev.cdevents.service.rolledback.0.2.0","data":{}}})",
      kCdevent);
  EXPECT_EQ(words(translate_as("cloudevents", "", structured), members), expected);
  EXPECT_EQ(words(translate_as("cloudevents", "", "[" + structured + "]"), members), expected);
  EXPECT_EQ(words(translate_as("cloudevents", "", kCdevent,
                               {{"ce-specversion", "1.0"},
                                {"ce-id", "e1"},
                                {"ce-source", "/ci"},
                                {"ce-type", "dev.cdevents.service.rolledback.0.2.0"}}),
                  members),
            expected);
  EXPECT_TRUE(words(translate_as("cloudevents", "", structured, {{"ce-specversion", "1.0"}}), {})
                  .starts_with("refused: an event in binary mode needs the header ce-id"));
  EXPECT_TRUE(words(translate_as("cloudevents", "",
                                 R"({"specversion":"1.0","id":"1","source":"s","type":"x.y"})"),
                    {})
                  .starts_with("ignored:"));
}

TEST(Standard, FactsInTheOwnWords) {
  EXPECT_EQ(words(translate_as(
                      "standard", "",
                      R"({"type":"deployment.observed","timestamp":"2026-03-02T10:00:00Z","data":{
                               "service":"checkout","environment":"prod","id":"1",
      "status":"succeeded","version":"2"}})"),
                  {"project", "sender_environment", "status", "at"}),
            "deployment.observed project=checkout sender_environment=prod status=succeeded "
            "at=2026-03-02T10:00:00.000Z");
  EXPECT_TRUE(
      words(translate_as("standard", "", R"({"type":"deployment.observed","data":{"id":"1"}})"), {})
          .starts_with("refused: neither data.at nor timestamp"));
}

TEST(Translate, TextsForPeopleAreCutAndNamesAreNot) {
  const std::string title(3000, 'x');
  const auto cut = translate_as(
      "pagerduty", "",
      fmt::format(
          R"({{"event":{{"event_type":"incident.triggered","occurred_at":"2026-03-02T10:00:00Z",
      "data":{{"id":"P1","title":"{}"}}}}}})",
          title));
  ASSERT_TRUE(cut) << cut.error().text();
  EXPECT_EQ(std::get<model::IncidentObserved>(cut->records.at(0)).title.size(), 500u);
  const auto refused = translate_as(
      "pagerduty", "",
      fmt::format(
          R"({{"event":{{"event_type":"incident.triggered","occurred_at":"2026-03-02T10:00:00Z",
      "data":{{"id":"{}"}}}}}})",
          title));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "id has 3000 characters; 300 are taken");
}

TEST(Senders, AreSortedAndSayWhatTheyTake) {
  const auto senders = all_senders();
  EXPECT_TRUE(std::is_sorted(senders.begin(), senders.end(),
                             [](const auto* a, const auto* b) { return a->name < b->name; }));
  for (const SenderDef* sender : senders) {
    EXPECT_FALSE(sender->schemes.empty()) << sender->name;
    EXPECT_FALSE(sender->events.empty()) << sender->name;
    EXPECT_FALSE(sender->doc.empty()) << sender->name;
  }
  EXPECT_EQ(sender_named("guthib").error().code, codes::unknown_sender);
}

// --- who is believed ---

constexpr std::string_view kBody = R"({"a": 1})";
const std::vector<std::string> kSecrets = {"old secret", "It's a Secret to Everybody"};

Result<model::Assurance> believe(std::string_view sender,
                                 std::vector<std::pair<std::string, std::string>> headers,
                                 std::string_view body = kBody, Time now = kReceived,
                                 const std::vector<std::string>& secrets = kSecrets) {
  TOLLGATE_TRY(const SenderDef* def, sender_named(sender));
  return authenticate(*def, {.headers = std::move(headers), .body = body}, secrets, now);
}

TEST(Authenticate, GithubsOwnExample) {
  // From GitHub's documentation of webhook signatures.
  const std::string signature =
      "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  EXPECT_EQ(believe("github", {{"x-hub-signature-256", signature}}, "Hello, World!"),
            model::Assurance::signature);
  const auto forged = believe("github", {{"x-hub-signature-256", signature}}, "Hello, World?");
  ASSERT_FALSE(forged);
  EXPECT_EQ(forged.error().code, codes::webhook_refused);
  EXPECT_FALSE(believe("github", {}));
  EXPECT_FALSE(believe("github", {{"x-hub-signature-256", ""}}));
  EXPECT_FALSE(believe("github", {{"x-hub-signature-256", "sha256="}}));
  EXPECT_FALSE(
      believe("github", {{"x-hub-signature-256", signature}}, "Hello, World!", kReceived, {}));
}

TEST(Authenticate, StandardWebhooksOwnExample) {
  // From the reference implementation of Standard Webhooks.
  const std::vector<std::string> secrets = {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
  const std::vector<std::pair<std::string, std::string>> headers = {
      {"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
      {"webhook-timestamp", "1614265330"},
      {"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}};
  constexpr std::string_view kText = R"({"test": 2432232314})";
  const Time then{1'614'265'330'000};
  EXPECT_EQ(believe("standard", headers, kText, then, secrets), model::Assurance::signature);
  EXPECT_EQ(believe("standard", headers, kText, then + minutes(4), secrets),
            model::Assurance::signature);
  for (const Time late : {then + minutes(6), then - minutes(6)}) {
    const auto stale = believe("standard", headers, kText, late, secrets);
    ASSERT_FALSE(stale);
    EXPECT_EQ(stale.error().code, codes::stale_webhook);
  }
}

TEST(Authenticate, ASigningKeyIsNoToken) {
  const std::vector<std::string> secrets = {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
  EXPECT_FALSE(believe("gitlab", {{"x-gitlab-token", secrets[0]}}, kBody, kReceived, secrets));
  EXPECT_EQ(believe("gitlab", {{"x-gitlab-token", kSecrets[1]}}), model::Assurance::token);
  EXPECT_FALSE(believe("gitlab", {{"x-gitlab-token", "another"}}));
}

TEST(Authenticate, BearerAndBasic) {
  EXPECT_EQ(believe("alertmanager", {{"authorization", "Bearer " + kSecrets[1]}}),
            model::Assurance::token);
  EXPECT_EQ(
      believe("alertmanager", {{"authorization", "Basic " + base64_encode("hook:" + kSecrets[1])}}),
      model::Assurance::token);
  EXPECT_FALSE(believe("alertmanager", {{"authorization", "Basic " + base64_encode("hook:no")}}));
  EXPECT_FALSE(believe("alertmanager", {{"authorization", "Basic !"}}));
  EXPECT_FALSE(believe("alertmanager", {{"authorization", "Bearer"}}));
}

TEST(Authenticate, EverySenderBelievesWhatIsSignedForIt) {
  for (const SenderDef* sender : all_senders()) {
    for (const std::string_view secret : {"plain", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}) {
      const bool has_signature = sender->is_signed;
      if (secret.starts_with("whsec_") && !has_signature) continue;
      const auto headers = sign(*sender, secret, "m1", kBody, kReceived);
      const std::vector<std::string> secrets = {std::string(secret)};
      EXPECT_TRUE(authenticate(*sender, {.headers = headers, .body = kBody}, secrets, kReceived))
          << sender->name << " " << secret;
      const std::vector<std::string> others = {"another"};
      EXPECT_FALSE(authenticate(*sender, {.headers = headers, .body = kBody}, others, kReceived))
          << sender->name;
    }
  }
}

TEST(Hmac, Rfc4231) {
  EXPECT_EQ(hex_encode(hmac_sha256("Jefe", {"what do ya want ", "for nothing?"}).view()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      hex_encode(hmac_sha256(std::string(131, '\xaa'),
                             {"Test Using Larger Than Block-Size Key - ", "Hash Key ", "First"})
                     .view()),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_TRUE(is_same_secret("a", "a"));
  EXPECT_FALSE(is_same_secret("a", "ab"));
}

}  // namespace
}  // namespace tollgate::webhooks
