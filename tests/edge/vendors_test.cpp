// The APIs of senders against fakes that answer as their documentation shows: GitHub (REST
// 2022-11-28, "List deployments", "List deployment statuses"), GitLab (Deployments API, Jobs API),
// Jenkins (remote access API), Alertmanager (v2), Datadog (monitors v1).
#include "edge/vendors/api.hpp"
#include "edge/webhooks/mapping.hpp"
#include "edge/webhooks/translate.hpp"
#include "fake_http.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/doc/json.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace tollgate::vendors {
namespace {

constexpr Time kNow{1'772'445'600'000};  // 2026-03-02T10:00Z

class FixedClock : public engine::Clock {
 public:
  Time now() override { return kNow; }
};

/// Answers by the end of the address; 404 for what it does not know.
class VendorFake {
 public:
  void set(std::string ending, std::string body) {
    answers_[std::move(ending)] = ok(std::move(body));
  }
  void set(std::string ending, engine::HttpResponse response) {
    answers_[std::move(ending)] = std::move(response);
  }
  FakeHttp http{[this](const engine::HttpRequest& request) -> Result<engine::HttpResponse> {
    for (const auto& [ending, response] : answers_) {
      if (request.url.ends_with(ending)) return response;
    }
    return engine::HttpResponse{.status = 404, .body = R"({"message":"Not Found"})"};
  }};

 private:
  std::map<std::string, engine::HttpResponse> answers_;
};

class Vendors : public testing::Test {
 protected:
  void SetUp() override { setenv("VENDOR_TOKEN", "t0k3n", 1); }

  static model::Integration integration(model::Sender sender) {
    model::Integration made;
    made.name = "vendor";
    made.sender = sender;
    made.confirm = true;
    made.api.emplace();
    made.api->url = "https://vendor.example/api/v4/";
    made.api->token = "env:VENDOR_TOKEN";
    made.api->user = "robot";
    made.api->application_key = "env:VENDOR_TOKEN";
    return made;
  }
  Result<model::Observation> confirm(model::Sender sender, const model::Observation& told) {
    return Apis({fake.http, clock}).confirm(integration(sender), told);
  }
  Result<BackfillPage> backfill(model::Sender sender, BackfillQuestion question) {
    return Apis({fake.http, clock}).backfill(integration(sender), question);
  }
  /// What a delivery of the sender would tell.
  static std::vector<model::Observation> delivered(const char* sender, const std::string& body,
                                                   std::string event = {}) {
    webhooks::Delivery delivery{.body = body, .event = std::move(event), .received = kNow};
    return webhooks::translate(*webhooks::sender_named(sender).value(), delivery)->records;
  }

  VendorFake fake;
  FixedClock clock;
};

// Documentation of GitLab, "Deployments API", with the fields that are read.
constexpr const char* kGitlabDeployments = R"([
  {"id": 41, "iid": 1, "ref": "main", "sha": "99d03678b90d914dbb1b109132516d71a4a03ea8",
   "created_at": "2026-03-02T09:00:00.000Z", "updated_at": "2026-03-02T09:10:00.000Z",
   "status": "success",
   "user": {"id": 1, "name": "Administrator", "username": "root"},
   "environment": {"id": 9, "name": "production", "external_url": "https://about.gitlab.com"},
   "deployable": {"id": 664, "status": "success", "stage": "deploy", "name": "deploy",
     "created_at": "2026-03-02T09:00:00.000Z", "started_at": "2026-03-02T09:05:00.000Z",
     "finished_at": "2026-03-02T09:10:00.000Z",
     "commit": {"id": "99d03678b90d914dbb1b109132516d71a4a03ea8"}, "pipeline": {"id": 36}}}])";

// Documentation of GitLab, "Webhook events", deployment events.
std::string gitlab_hook(const std::string& status, const std::string& sha, const std::string& at) {
  return fmt::format(
      R"({{"object_kind":"deployment","status":"{}","status_changed_at":"{}","deployment_id":41,)"
      R"("deployable_id":664,"environment":"production","ref":"main",)"
      R"("project":{{"id":30,"path_with_namespace":"acme/shop"}},"short_sha":"{}",)"
      R"("commit_url":"https://gitlab.example/acme/shop/-/commit/{}"}})",
      status, at, sha.substr(0, 8), sha);
}
constexpr const char* kSha = "99d03678b90d914dbb1b109132516d71a4a03ea8";

TEST_F(Vendors, gitlab_confirms_what_its_api_says_and_contradicts_what_it_does_not) {
  fake.set("/deployments?environment=production&order_by=id&sort=desc&per_page=100",
           kGitlabDeployments);
  const auto told = delivered("gitlab", gitlab_hook("success", kSha, "2026-03-02 09:10:00 +0000"));
  const auto confirmed = confirm(model::Sender::gitlab, told.at(0));
  ASSERT_TRUE(confirmed) << confirmed.error().text();
  EXPECT_EQ(fake.http.requests.at(0).url,
            "https://vendor.example/api/v4/projects/acme%2Fshop/"
            "deployments?environment=production&order_by=id&sort=desc&per_page=100");
  EXPECT_EQ(fake.http.requests.at(0).headers.at(0),
            (std::pair<std::string, std::string>("private-token", "t0k3n")));

  const auto earlier =
      delivered("gitlab", gitlab_hook("running", kSha, "2026-03-02 09:05:00 +0000"));
  EXPECT_TRUE(confirm(model::Sender::gitlab, earlier.at(0))) << "it was running before it ended";
  const auto failed = delivered("gitlab", gitlab_hook("failed", kSha, "2026-03-02 09:10:00 +0000"));
  EXPECT_EQ(confirm(model::Sender::gitlab, failed.at(0)).error().code, codes::contradicted);
  const auto other =
      delivered("gitlab", gitlab_hook("success", "0000000000000000000000000000000000000000",
                                      "2026-03-02 09:10:00 +0000"));
  const auto refused = confirm(model::Sender::gitlab, other.at(0));
  EXPECT_EQ(refused.error().code, codes::contradicted);
  EXPECT_NE(refused.error().message.find("commit"), std::string::npos) << refused.error().message;
}

TEST_F(Vendors, gitlab_confirms_jobs_and_pipelines) {
  // Documentation of GitLab, "Jobs API" and "Pipelines API".
  fake.set("/jobs/664", R"({"id":664,"name":"deploy","status":"success","ref":"main",
    "created_at":"2026-03-02T09:00:00.000Z","started_at":"2026-03-02T09:05:00.000Z",
    "finished_at":"2026-03-02T09:10:00.000Z",
    "commit":{"id":"99d03678b90d914dbb1b109132516d71a4a03ea8"},
    "pipeline":{"id":36}})");
  fake.set("/pipelines/36", R"({"id":36,"status":"failed","ref":"main","source":"push",
    "sha":"99d03678b90d914dbb1b109132516d71a4a03ea8","created_at":"2026-03-02T09:00:00.000Z",
    "finished_at":"2026-03-02T09:12:00.000Z"})");
  model::PipelineObserved job{.project = "acme/shop",
                              .id = "job/664",
                              .status = model::RunStatus::succeeded,
                              .commit = kSha};
  EXPECT_TRUE(confirm(model::Sender::gitlab, job));
  model::PipelineObserved pipeline{
      .project = "acme/shop", .id = "pipeline/36", .status = model::RunStatus::succeeded};
  EXPECT_EQ(confirm(model::Sender::gitlab, pipeline).error().code, codes::contradicted);
  pipeline.id = "pipeline/37";
  EXPECT_EQ(confirm(model::Sender::gitlab, pipeline).error().code, codes::not_found)
      << "the API may lag behind: worth a retry";
  pipeline.id = "pipeline/../../../user";
  EXPECT_FALSE(confirm(model::Sender::gitlab, pipeline)) << "only numbers become part of a path";
}

// Jenkins' remote access API, /job/NAME/N/api/json with a tree.
constexpr const char* kJenkinsBuild = R"({"number":18,"url":"https://ci.example/job/asgard/18/",
  "result":"SUCCESS","building":false,"timestamp":1772442000000,"duration":600000,
  "actions":[{"parameters":[{"name":"ENVIRONMENT","value":"production"},
  {"name":"VERSION","value":"2.1.0"}]},
  {},{"lastBuiltRevision":{"SHA1":"c6d86dc654b12425e706bcf951adfe5a8627a517",
  "branch":[{"name":"refs/remotes/origin/main"}]}}]})";

// README of the notification plugin.
std::string jenkins_notification(const std::string& version, const std::string& status) {
  return fmt::format(
      R"({{"name":"asgard","url":"job/asgard/","build":{{"full_url":"https://ci.example/job/asgard/18/",)"
      R"("number":18,"phase":"COMPLETED","status":"{}","url":"job/asgard/18/",)"
      R"("timestamp":1772442600000,"duration":600000,)"
      R"("scm":{{"branch":"origin/main","commit":"c6d86dc654b12425e706bcf951adfe5a8627a517"}},)"
      R"("parameters":{{"ENVIRONMENT":"production","VERSION":"{}"}}}}}})",
      status, version);
}

TEST_F(Vendors, jenkins_is_asked_below_its_own_address_only) {
  fake.set(
      "job/asgard/18/api/json?tree=number%2Curl%2Cresult%2Cbuilding%2Ctimestamp%2Cduration%2C"
      "actions%5Bparameters%5Bname%2Cvalue%5D%2ClastBuiltRevision%5BSHA1%2Cbranch%5Bname%5D%5D"
      "%5D",
      kJenkinsBuild);
  const auto told = delivered("jenkins", jenkins_notification("2.1.0", "SUCCESS"));
  ASSERT_EQ(told.size(), 2u);
  for (const model::Observation& fact : told) {
    const auto confirmed = confirm(model::Sender::jenkins, fact);
    EXPECT_TRUE(confirmed) << confirmed.error().text();
  }
  EXPECT_TRUE(
      fake.http.requests.at(0).url.starts_with("https://vendor.example/api/v4/job/asgard/"));
  EXPECT_EQ(confirm(model::Sender::jenkins,
                    delivered("jenkins", jenkins_notification("6.6.6", "SUCCESS")).at(0))
                .error()
                .code,
            codes::contradicted);
  EXPECT_EQ(confirm(model::Sender::jenkins,
                    delivered("jenkins", jenkins_notification("2.1.0", "FAILURE")).at(0))
                .error()
                .code,
            codes::contradicted);
  model::DeploymentObserved forged = std::get<model::DeploymentObserved>(told.at(0));
  for (const char* id :
       {"job/../../x/18/", "https://evil.example/job/a/1/", "job/a/x/", "job/a?b/1/"}) {
    forged.id = id;
    EXPECT_EQ(confirm(model::Sender::jenkins, forged).error().code, codes::bad_value) << id;
  }
}

TEST_F(Vendors, github_confirms_one_of_the_steps_of_a_deployment) {
  // Documentation of GitHub, "Get a deployment" and "List deployment statuses".
  fake.set(
      "/repos/acme/checkout/deployments/7",
      R"({"id":7,"sha":"f95f852bd8fca8fcc58a9a2d6c842781e32a215e","ref":"v1.4.2","task":"deploy",
               "payload":{},"environment":"production","created_at":"2026-03-02T09:00:00Z",
               "creator":{"login":"octocat"}})");
  fake.set(
      "/deployments/7/statuses?per_page=100",
      R"([{"id":3,"state":"success","environment":"production","created_at":"2026-03-02T09:20:00Z"},
               {"id":2,"state":"in_progress","environment":"production",
                "created_at":"2026-03-02T09:10:00Z"}])");
  model::DeploymentObserved told{.project = "acme/checkout",
                                 .sender_environment = "production",
                                 .id = "7",
                                 .status = model::DeploymentStatus::running,
                                 .commit = "f95f852bd8fca8fcc58a9a2d6c842781e32a215e"};
  EXPECT_TRUE(confirm(model::Sender::github, told));
  told.status = model::DeploymentStatus::failed;
  EXPECT_EQ(confirm(model::Sender::github, told).error().code, codes::contradicted);
  told.project = "acme/../../x";
  EXPECT_EQ(confirm(model::Sender::github, told).error().code, codes::bad_value);
}

TEST_F(Vendors, alertmanager_and_datadog_are_asked_about_alerts) {
  // Alertmanager's OpenAPI document, getAlerts.
  fake.set(
      "/api/v2/alerts?filter=alertname%3D%22Slow%22",
      R"([{"fingerprint":"f00","startsAt":"2026-03-02T09:10:00Z","endsAt":"2026-03-02T10:04:00Z",
                "status":{"state":"active"},"labels":{"alertname":"Slow"}}])");
  model::AlertObserved alert{.id = "f00", .status = model::AlertStatus::firing, .at = kNow};
  alert.labels["alertname"] = "Slow";
  alert.started = parse_time("2026-03-02T09:10:00Z").value();
  EXPECT_TRUE(confirm(model::Sender::alertmanager, alert));
  alert.status = model::AlertStatus::resolved;
  EXPECT_EQ(confirm(model::Sender::alertmanager, alert).error().code, codes::contradicted);
  alert.id = "f01";
  EXPECT_TRUE(confirm(model::Sender::alertmanager, alert)) << "it is off";

  // Documentation of Datadog, "Get a monitor's details".
  fake.set("/api/v1/monitor/77?group_states=all",
           R"({"id":77,"overall_state":"OK","state":{"groups":{"host:a":{"status":"OK",
               "last_triggered_ts":1772445300,"last_resolved_ts":1772445590}}}})");
  model::AlertObserved monitor{.id = "77/abc", .status = model::AlertStatus::firing, .at = kNow};
  EXPECT_TRUE(confirm(model::Sender::datadog, monitor)) << "it was triggered five minutes ago";
  monitor.status = model::AlertStatus::no_data;
  EXPECT_EQ(confirm(model::Sender::datadog, monitor).error().code, codes::contradicted);
}

TEST_F(Vendors, what_the_api_tells_again_is_the_same_as_what_its_hooks_told) {
  fake.set(
      "/deployments?updated_after=2026-03-01T00%3A00%3A00.000Z&updated_before="
      "2026-03-02T10%3A00%3A00.000Z&order_by=updated_at&sort=asc&per_page=50&page=1",
      engine::HttpResponse{
          .status = 200, .headers = {{"x-next-page", "2"}}, .body = kGitlabDeployments});
  const auto page = backfill(
      model::Sender::gitlab,
      {.project = "acme/shop", .since = parse_time("2026-03-01T00:00:00Z").value(), .until = kNow});
  ASSERT_TRUE(page) << page.error().text();
  EXPECT_EQ(page->next, "2");
  ASSERT_EQ(page->records.size(), 1u);
  const auto& fetched = std::get<model::DeploymentObserved>(page->records[0]);
  const auto told = std::get<model::DeploymentObserved>(
      delivered("gitlab", gitlab_hook("success", kSha, "2026-03-02 09:10:00 +0000")).at(0));
  EXPECT_EQ(fetched.id, told.id);
  EXPECT_EQ(fetched.at, told.at);
  EXPECT_EQ(fetched.commit, told.commit);
  EXPECT_EQ(fetched.status, told.status);
  EXPECT_EQ(fetched.sender_environment, told.sender_environment);
}

TEST_F(Vendors, jenkins_builds_are_fetched_newest_first_until_the_begin) {
  const std::string builds = fmt::format(
      R"({{"allBuilds":[{},{{"number":17,"url":"u","result":"FAILURE","building":false,)"
      R"("timestamp":1700000000000,"duration":1,"actions":[]}}]}})",
      kJenkinsBuild);
  fake.set("%7B0%2C100%7D", builds);
  const auto page = backfill(
      model::Sender::jenkins,
      {.project = "asgard", .since = parse_time("2026-03-01T00:00:00Z").value(), .until = kNow});
  ASSERT_TRUE(page) << page.error().text();
  EXPECT_EQ(page->next, "");
  ASSERT_EQ(page->records.size(), 2u) << "the deployment and its run; build 17 is too old";
  const auto& fetched = std::get<model::DeploymentObserved>(page->records[0]);
  const auto told = std::get<model::DeploymentObserved>(
      delivered("jenkins", jenkins_notification("2.1.0", "SUCCESS")).at(0));
  EXPECT_EQ(fetched.id, told.id);
  EXPECT_EQ(fetched.at, told.at);
  EXPECT_EQ(fetched.version, told.version);
}

TEST_F(Vendors, github_pages_end_and_rate_limits_are_obeyed) {
  // Documentation of GitHub, "Rate limits for the REST API".
  fake.set(
      "/repos/acme/checkout/deployments?per_page=20&page=1",
      R"([{"id":7,"sha":"f95f852bd8fca8fcc58a9a2d6c842781e32a215e","ref":"v1.4.2","task":"deploy",
                "payload":{},"environment":"production","created_at":"2026-03-02T09:00:00Z"},
               {"id":6,"sha":"aaaa","ref":"v1.4.1","task":"deploy","payload":{},
                "environment":"production","created_at":"2026-01-02T09:00:00Z"}])");
  fake.set("/deployments/7/statuses?per_page=100",
           R"([{"id":3,"state":"success","environment":"production",
                "created_at":"2026-03-02T09:20:00Z"}])");
  const BackfillQuestion question{.project = "acme/checkout",
                                  .since = parse_time("2026-03-01T00:00:00Z").value(),
                                  .until = kNow};
  auto page = backfill(model::Sender::github, question);
  ASSERT_TRUE(page) << page.error().text();
  EXPECT_EQ(page->records.size(), 2u);
  EXPECT_EQ(page->next, "");
  EXPECT_EQ(page->requests, 2);

  fake.set("/deployments/7/statuses?per_page=100",
           engine::HttpResponse{
               .status = 403,
               .headers = {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1772445900"}},
               .body = "{}"});
  page = backfill(model::Sender::github, question);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->next, "1") << "the same page again";
  ASSERT_TRUE(page->wait_until);
  EXPECT_EQ(page->wait_until->ms, 1'772'445'900'000);

  const engine::HttpResponse busy{.status = 429, .headers = {{"retry-after", "30"}}, .body = "{}"};
  fake.set("/repos/acme/checkout/deployments?per_page=20&page=1", busy);
  page = backfill(model::Sender::github, question);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->wait_until->ms, kNow.ms + 30'000);
}

TEST_F(Vendors, a_limit_that_names_no_sane_time_is_bounded) {
  ApiAnswer answer{.status = 429};
  EXPECT_EQ(rate_limit(answer, kNow), kNow + minutes(1));
  answer.headers = {{"retry-after", "999999999"}};
  EXPECT_EQ(rate_limit(answer, kNow), kNow + hours(1));
  answer.headers = {{"ratelimit-remaining", "0"}, {"ratelimit-reset", "12"}};
  EXPECT_EQ(rate_limit(answer, kNow), kNow + seconds(1));
  answer = {.status = 403};
  EXPECT_EQ(rate_limit(answer, kNow), std::nullopt) << "forbidden is not busy";
}

/// The column `data` of a raw table of DevLake: answers of an API as they came.
std::vector<std::string> raw_answers(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  std::vector<std::vector<std::string>> rows(1, {""});
  bool is_quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' && is_quoted && i + 1 < text.size() && text[i + 1] == '"') {
      rows.back().back() += '"';
      ++i;
    } else if (c == '"') {
      is_quoted = !is_quoted;
    } else if (!is_quoted && c == ',') {
      rows.back().emplace_back();
    } else if (!is_quoted && c == '\n') {
      rows.push_back({""});
    } else {
      rows.back().back() += c;
    }
  }
  std::vector<std::string> answers;
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() > 2) answers.push_back(rows[i][2]);
  }
  return answers;
}

TEST_F(Vendors, real_answers_that_devlake_collected_are_read) {
  const std::string root =
      std::string(TOLLGATE_SOURCE_DIR) + "/../shared/data/delivery_history/devlake_raw/";
  if (!std::filesystem::exists(root)) GTEST_SKIP() << "skipped: no shared data";
  const auto joined = [](const std::vector<std::string>& answers) {
    std::string text;
    for (const std::string& answer : answers) text += (text.empty() ? "" : ",") + answer;
    return text;
  };
  const Time begin = parse_time("2015-01-01T00:00:00Z").value();
  // One deployment of each status; "completed" and "undeployed" are not GitLab's.
  fake.set("&page=1",
           "[" + joined(raw_answers(root + "gitlab/_raw_gitlab_api_deployments.csv")) + "]");
  const auto deployments =
      backfill(model::Sender::gitlab, {.project = "meri/lake", .since = begin, .until = kNow});
  ASSERT_TRUE(deployments) << deployments.error().text();
  EXPECT_TRUE(deployments->skipped.empty()) << deployments->skipped.front();
  std::map<model::DeploymentStatus, int> statuses;
  for (const model::Observation& record : deployments->records)
    ++statuses[std::get<model::DeploymentObserved>(record).status];
  using enum model::DeploymentStatus;
  const std::map<model::DeploymentStatus, int> wanted = {
      {pending, 2}, {running, 1}, {succeeded, 1}, {failed, 1}, {canceled, 1}};
  EXPECT_EQ(statuses, wanted);

  fake.set("%7B0%2C100%7D", "{\"allBuilds\":[" +
                                joined(raw_answers(root + "jenkins/_raw_jenkins_api_builds.csv")) +
                                "]}");
  const auto builds =
      backfill(model::Sender::jenkins, {.project = "devlake", .since = begin, .until = kNow});
  ASSERT_TRUE(builds) << builds.error().text();
  EXPECT_TRUE(builds->skipped.empty()) << builds->skipped.front();
  std::map<model::RunStatus, int> results;
  for (const model::Observation& record : builds->records) {
    const auto* run = std::get_if<model::PipelineObserved>(&record);
    if (run != nullptr) ++results[run->status];
  }
  // Three say that they still ran when they were asked; NOT_BUILD is no result of Jenkins.
  const std::map<model::RunStatus, int> wanted_results = {{model::RunStatus::running, 3},
                                                          {model::RunStatus::succeeded, 8},
                                                          {model::RunStatus::failed, 1},
                                                          {model::RunStatus::canceled, 1}};
  EXPECT_EQ(results, wanted_results);
}

}  // namespace
}  // namespace tollgate::vendors
