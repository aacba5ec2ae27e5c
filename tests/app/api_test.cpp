// The HTTP API end to end: a client, a server, the engine, stores in memory.
#include "api_fixture.hpp"
#include "app/api/plain_question.hpp"
#include "foundation/reflect/reflect.hpp"

#include <set>

namespace tollgate::api {
namespace {

using testing::ApiTest;
using testing::Schemas;

std::string described_path(std::string_view pattern) {
  std::string path(pattern);
  if (const size_t plus = path.find("+}"); plus != std::string::npos) path.erase(plus, 1);
  return path;
}

TEST(Api, describes_exactly_the_routes_it_has) {
  const Schemas schemas;
  std::set<std::string> routes;
  std::set<std::string> described;
  for (const auto group : all_routes()) {
    for (const RouteDef& route : group) {
      EXPECT_TRUE((route.answer == nullptr) != (route.start == nullptr)) << route.path;
      routes.insert(lower_case(route.method) + " " + described_path(route.path));
    }
  }
  for (const doc::Member& path : schemas.root().find("paths")->members()) {
    for (const doc::Member& operation : path.value.members())
      described.insert(operation.key + " " + path.key);
  }
  EXPECT_EQ(routes, described);
}

TEST_F(ApiTest, denies_then_allows_and_proves_both) {
  ASSERT_EQ(apply_starter().status, 200);
  const auto denied = gate("1.0");
  EXPECT_EQ(denied.status, 200) << denied.body;
  EXPECT_NE(json(denied).text_or("verdict"), "allow") << "no evidence was recorded yet";
  const std::string id(json(denied).text_or("decision"));
  EXPECT_EQ(header(denied, "location"), "/v1/decisions/" + id);
  EXPECT_EQ(json(get("/v1/decisions/" + id)).text_or("verdict"), json(denied).text_or("verdict"));
  EXPECT_EQ(json(get("/v1/decisions/" + id + "/proof")).integer_or("position", -1),
            json(denied).find("ledger")->integer_or("position", -2));
  EXPECT_NE(get("/d/" + id).body.find(id), std::string::npos);
  EXPECT_NE(get("/").body.find("checkout"), std::string::npos);
  EXPECT_EQ(json(get("/v1/ledger/replay")).integer_or("identical", -1), 1);
  const std::string exported = get("/v1/ledger/export").body;
  EXPECT_EQ(std::count(exported.begin(), exported.end(), '\n'),
            json(get("/v1/ledger/head")).integer_or("size", 0) + 1);
}

TEST_F(ApiTest, answers_briefly_and_in_full_when_asked_or_asked_again) {
  ASSERT_EQ(apply_starter().status, 200);
  const std::string question =
      R"({"service":"checkout","environment":"production","version":"1.0"})";
  const auto brief = json(ask("POST", "/v1/gates", question));
  const auto full = json(ask("POST", "/v1/gates?view=full", question));
  const auto later = json(get("/v1/decisions/" + std::string(brief.text_or("decision"))));
  for (const char* member :
       {"verdict", "policy_digest", "checks", "tree", "would_change", "ledger"})
    EXPECT_NE(brief.find(member), nullptr) << member;
  for (const char* member : {"check", "state", "observed", "needed", "source", "age_s", "message"})
    EXPECT_NE(brief.find("checks")->items().front().find(member), nullptr) << member;
  for (const char* member : {"readings", "policies"}) {
    EXPECT_EQ(brief.find(member), nullptr) << member;
    EXPECT_NE(full.find(member), nullptr) << member;
    EXPECT_NE(later.find(member), nullptr) << member;
  }
  EXPECT_EQ(ask("POST", "/v1/gates?view=brief", question).status, 200);
  EXPECT_EQ(ask("POST", "/v1/gates?view=whole", question).status, 400);
}

TEST(Api, reads_a_plain_question_as_the_general_reader_does_and_leaves_it_the_rest) {
  const std::vector<std::string> plain = {
      R"({"service":"a","environment":"b","version":"1"})",
      R"( { "version" : "1", "service":"a",
         "environment":"b", "change_class":"fix", "commit":"c0ffee" } )",
  };
  const std::vector<std::string> other = {
      "",
      "{}",
      "[]",
      R"({"service":"a","environment":"b"})",
      R"({"service":"","environment":"b","version":"1"})",
      R"({"service":"a","environment":"b","version":"1","commit":""})",
      R"({"service":"a","environment":"b","version":1})",
      R"({"service":"a","environment":"b","version":"1","version":"2"})",
      R"({"service":"a","environment":"b","version":"1","as_of":"2026-01-01"})",
      R"({"service":"a","environment":"b","version":"1","change_class":"fixx"})",
      R"({"service":"a","environment":"b","version":"\u0031"})",
      R"({"service":"é","environment":"b","version":"1"})",
      R"({"service":"a","environment":"b","version":"1",})",
      R"({"service":"a","environment":"b","version":"1"}})",
      R"({"service":"a" "environment":"b","version":"1"})",
      R"({"service":")" + std::string(201, 's') + R"(","environment":"b","version":"1"})",
  };
  for (const std::string& body : plain) {
    const auto question = read_plain_question(body);
    ASSERT_TRUE(question) << body;
    const auto general = reflect::decode<model::GateRequest>(doc::parse_json(body).value());
    ASSERT_TRUE(general) << body;
    EXPECT_EQ(reflect::canonical(*question), reflect::canonical(*general));
    for (size_t size = 0; size + 1 < body.size(); ++size)
      EXPECT_FALSE(read_plain_question(body.substr(0, size))) << body.substr(0, size);
  }
  for (const std::string& body : other) EXPECT_FALSE(read_plain_question(body)) << body;
}

TEST_F(ApiTest, answers_a_repeat_with_the_first_decision) {
  ASSERT_EQ(apply_starter().status, 200);
  const auto first = gate("1.0", {{"Idempotency-Key", "job-1"}});
  const auto again = gate("1.0", {{"Idempotency-Key", "job-1"}});
  EXPECT_EQ(json(first).text_or("decision"), json(again).text_or("decision"));
  EXPECT_EQ(gate("2.0", {{"Idempotency-Key", "job-1"}}).status, 422);
  EXPECT_EQ(gate("2.0", {{"Idempotency-Key", std::string(201, 'k')}}).status, 400);
}

TEST_F(ApiTest, records_evidence_and_releases) {
  ASSERT_EQ(apply_starter().status, 200);
  const ApiTest::Headers raw = {{"Content-Type", "application/octet-stream"}};
  const std::string lcov = "TN:\nSF:a.c\nDA:1,1\nDA:2,0\nLF:2\nLH:1\nend_of_record\n";
  const auto recorded =
      ask("POST", "/v1/evidence?service=checkout&version=1.0&file=lcov.info", lcov, raw);
  EXPECT_EQ(recorded.status, 201) << recorded.body;
  EXPECT_EQ(json(recorded).find("lines")->integer_or("covered", 0), 1);
  EXPECT_EQ(ask("POST", "/v1/evidence?service=checkout&version=1.0", "nonsense", raw).status, 422);
  EXPECT_EQ(ask("POST", "/v1/evidence?version=1.0", lcov, raw).status, 422);
  const auto released = ask("POST", "/v1/releases",
                            R"({"service":"checkout","environment":"staging","version":"1.0"})");
  EXPECT_EQ(released.status, 201) << released.body;
}

TEST_F(ApiTest, changes_the_policy_only_for_those_who_saw_the_present_one) {
  const std::string body = starter_body();
  const auto with = [&](const std::string& tag) {
    return ask("POST", "/v1/policy/apply", body,
               {{"Content-Type", "application/json"}, {"If-Match", tag}});
  };
  EXPECT_EQ(ask("POST", "/v1/policy/apply", body).status, 428);
  const std::string tag = header(get("/v1/policy"), "etag");
  EXPECT_EQ(json(ask("POST", "/v1/policy/plan", body)).find("changes")->is_array(), true);
  const auto applied = with(tag);
  ASSERT_EQ(applied.status, 200) << applied.body;
  EXPECT_EQ(with(tag).status, 412) << "the tag is of the policy before";
  EXPECT_EQ(get("/v1/policy", {{"If-None-Match", header(applied, "etag")}}).status, 304);
  EXPECT_EQ(json(get("/v1/resources/slos/checkout%2Favailability")).text_or("kind"), "SLO");
  const auto broken =
      ask("POST", "/v1/policy/plan",
          R"({"files":[{"file":"a.yaml","text":"apiVersion: tollgate/v1\nkind: Teer\n"}]})");
  EXPECT_EQ(broken.status, 422);
  EXPECT_NE(broken.body.find("a.yaml:2:7"), std::string::npos) << broken.body;
}

TEST_F(ApiTest, wants_tokens_once_there_are_some_and_keeps_roles_apart) {
  ASSERT_EQ(apply_starter().status, 200);
  const auto make = [&](identity::Role role) {
    return tokens_->create({.subject = "t", .roles = {role}, .now = clock_.now()}).value().text;
  };
  const std::string reader = make(identity::Role::reader);
  const std::string ci = make(identity::Role::ci);
  const auto bearer = [](const std::string& token) {
    return ApiTest::Headers{{"Authorization", "Bearer " + token}};
  };
  EXPECT_EQ(get("/v1/status").status, 401);
  EXPECT_EQ(get("/v1/status", bearer("tgt_wrong")).status, 401);
  EXPECT_EQ(get("/v1/status", bearer(reader)).status, 200);
  EXPECT_EQ(gate("1.0", bearer(reader)).status, 403);
  EXPECT_EQ(gate("1.0", bearer(ci)).status, 200);
  EXPECT_EQ(get("/-/healthy").status, 200) << "health needs no token";
  EXPECT_TRUE(header(get("/", {{"Accept", "text/html"}}), "www-authenticate").starts_with("Basic"));
}

TEST_F(ApiTest, refuses_what_other_sites_make_a_browser_ask) {
  EXPECT_EQ(get("/v1/status", {{"Host", "evil.example"}}).status, 403);
  EXPECT_EQ(gate("1.0", {{"Origin", "https://evil.example"}}).status, 403);
}

TEST_F(ApiTest, names_the_place_of_every_mistake) {
  const struct {
    const char* method;
    const char* path;
    const char* body;
    int status;
    const char* text;
  } cases[] = {
      {"GET", "/nowhere", "", 404, "TG0708"},
      {"DELETE", "/v1/gates", "x", 405, "POST"},
      {"POST", "/v1/gates", "{", 400, "TG0201"},
      {"POST", "/v1/gates", R"({"service":"checkout"})", 422, "environment"},
      {"POST", "/v1/gates", R"({"service":"c","environment":"p","version":"1","servce":"x"})", 422,
       "service"},
      {"GET", "/v1/decisions?limit=0", "", 400, "limit"},
      {"GET", "/v1/decisions/01JD8Q7F00ABCDEFGHJKMNPQRS", "", 404, "TG0103"},
      {"GET", "/v1/slos/no/such/budget", "", 404, "TG0403"},
      {"GET", "/v1/resources/Teem", "", 422, "Team"},
      {"GET", "/v1/ledger/proof/99", "", 404, "TG0103"},
      {"GET", "/v1/slos/checkout/availability/budget?as_of=2026-03-01T00:00Z", "", 400,
       "did you mean \\\"at\\\""},
      {"GET", "/v1/slos/checkout/availability/burn?enviroment=production", "", 400, "environment"},
      {"GET", "/v1/policy?verbose=1", "", 400, "takes no parameters"},
  };
  for (const auto& [method, path, body, status, text] : cases) {
    const auto answer = ask(method, path, body);
    EXPECT_EQ(answer.status, status) << method << " " << path << " " << answer.body;
    EXPECT_NE(answer.body.find(text), std::string::npos) << answer.body;
    EXPECT_EQ(header(answer, "content-type"), "application/problem+json") << path;
    EXPECT_EQ(get(std::string(json(answer).text_or("type"))).status, 200)
        << "every problem has a page";
  }
}

TEST_F(ApiTest, describes_every_field_of_alerts_over_the_past) {
  ASSERT_EQ(apply_starter().status, 200);
  signals_.bad = 300'000;
  const Schemas schemas;
  // Unsampled and sampled, each alone and with an incident.
  for (const int64_t weight : {1, 10}) {
    signals_.weight = weight;
    for (const std::string_view path :
         {"/v1/slos/{service}/{slo}/backtest", "/v1/slos/{service}/{slo}/tune"}) {
      for (const char* incidents :
           {"[]", R"([["2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z"]])"}) {
        std::string address(path);
        address.replace(address.find("{service}/{slo}"), 15, "checkout/availability");
        const auto answer =
            ask("POST", address,
                fmt::format(R"({{"environment":"production","since":"6h","rules":"default",)"
                            R"("incidents":{}}})",
                            incidents));
        ASSERT_EQ(answer.status, 200) << answer.body;
        const doc::Node* schema = schemas.answer_schema(path, "POST", 200);
        ASSERT_NE(schema, nullptr) << path;
        const doc::Node body = json(answer);
        EXPECT_EQ(schemas.misfit(*schema, body), "") << path;
        EXPECT_EQ(schemas.unnamed(*schema, body), "") << path;
        EXPECT_EQ(body.find("effective") != nullptr, weight > 1) << path;
        const bool is_empty = body.find("rules") != nullptr && body.find("rules")->items().empty();
        EXPECT_FALSE(is_empty) << path;
      }
    }
  }
}

TEST_F(ApiTest, answers_as_its_description_says) {
  ASSERT_EQ(apply_starter().status, 200);
  const std::string id(json(gate("1.0")).text_or("decision"));
  const Schemas schemas;
  const std::pair<const char*, std::string> cases[] = {
      {"/v1/decisions", "/v1/decisions"},
      {"/v1/decisions/{decision}", "/v1/decisions/" + id},
      {"/v1/decisions/{decision}", "/v1/decisions/unknown"},
      {"/v1/decisions/{decision}/proof", "/v1/decisions/" + id + "/proof"},
      {"/v1/gates/{service}/{environment}/metric", "/v1/gates/checkout/production/metric"},
      {"/v1/ledger/entries", "/v1/ledger/entries?limit=1"},
      {"/v1/ledger/head", "/v1/ledger/head"},
      {"/v1/ledger/proof/{position}", "/v1/ledger/proof/0"},
      {"/v1/ledger/replay", "/v1/ledger/replay"},
      {"/v1/policy", "/v1/policy"},
      {"/v1/resources/{kind}", "/v1/resources/SLO"},
      {"/v1/slos/{service}/{slo}/budget",
       "/v1/slos/checkout/availability/budget?environment=production"},
      {"/v1/slos/{service}/{slo}/burn",
       "/v1/slos/checkout/availability/burn?environment=production"},
      {"/v1/status", "/v1/status"},
      {"/v1/status", "/v1/status?environment=production"},
  };
  for (const auto& [path, address] : cases) {
    const auto answer = get(address);
    const doc::Node* schema = schemas.answer_schema(path, "GET", answer.status);
    ASSERT_NE(schema, nullptr) << path << " " << answer.status;
    EXPECT_EQ(schemas.misfit(*schema, json(answer)), "") << address << " " << answer.body;
  }
}

TEST_F(ApiTest, gives_metrics_and_health) {
  ASSERT_EQ(apply_starter().status, 200);
  gate("1.0");
  const std::string metrics = get("/metrics").body;
  for (const char* line :
       {"tollgate_build_info{version=\"test\"} 1",
        "tollgate_gate_decisions_total{environment=", "tollgate_gate_duration_seconds_count 1",
        "tollgate_slo_budget_remaining_ratio{slo=\"checkout/"}) {
    EXPECT_NE(metrics.find(line), std::string::npos) << line << "\n" << metrics;
  }
  EXPECT_TRUE(metrics.ends_with("# EOF\n"));
  EXPECT_EQ(get("/-/ready").status, 200);
  api_->set_ready(false);
  EXPECT_EQ(get("/-/ready").status, 503);
}

TEST_F(ApiTest, escapes_what_others_wrote_on_its_pages) {
  ASSERT_EQ(apply_starter().status, 200);
  const std::string id(json(gate("<script>alert(1)</script>")).text_or("decision"));
  for (const std::string& path : {std::string("/"), "/d/" + id}) {
    const auto page = get(path);
    EXPECT_EQ(page.body.find("<script>"), std::string::npos) << path;
    EXPECT_EQ(page.body.find("<script", page.body.find("</head>")), std::string::npos) << path;
    EXPECT_NE(page.body.find("&lt;script&gt;"), std::string::npos) << path;
    EXPECT_NE(header(page, "content-security-policy").find("default-src 'none'"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace tollgate::api
