// Calendars and queues over HTTP: what a pipeline sees that takes its turn.
#include "api_fixture.hpp"

#include <future>

namespace tollgate::api {
namespace {

using testing::ApiTest;

constexpr const char* kPolicy = R"(apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {description: Sells things.}
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: production}
spec: {production: true}
---
apiVersion: tollgate/v1
kind: Queue
metadata: {name: production}
spec: {capacity: 1}
---
apiVersion: tollgate/v1
kind: Calendar
metadata: {name: company}
spec:
  timeZone: Europe/Berlin
  entries:
    - {name: days, type: freeze, start: 2020-01-01, duration: 20h, rule: FREQ=DAILY}
)";

class Turns : public ApiTest {
 protected:
  void SetUp() override {
    doc::Node files = doc::Node::array();
    files.push(doc::Node::object({{"file", "p.yaml"}, {"text", kPolicy}}));
    const auto applied =
        ask("POST", "/v1/policy/apply", doc::compact_json(doc::Node::object({{"files", files}})),
            {{"Content-Type", "application/json"}, {"If-Match", "*"}});
    ASSERT_EQ(applied.status, 200) << applied.body;
  }
  doc::Node join(const std::string& version) {
    const auto answer =
        ask("POST", "/v1/queues/production/tickets",
            R"({"service":"shop","environment":"production","version":")" + version + "\"}");
    EXPECT_LT(answer.status, 300) << answer.body;
    return json(answer);
  }
};

TEST_F(Turns, ALongPollEndsWhenTheLeaseComes) {
  const doc::Node first = join("1");
  EXPECT_EQ(first.text_or("state"), "holding");
  EXPECT_EQ(join("1").text_or("ticket"), first.text_or("ticket"));
  const doc::Node second = join("2");
  EXPECT_EQ(second.text_or("state"), "waiting");
  const std::string path = "/v1/tickets/" + std::string(second.text_or("ticket"));
  auto waiting = std::async(std::launch::async, [&] {
    return net::make_http_client()->send(
        {.method = "GET",
         .url = fmt::format("http://127.0.0.1:{}{}", server_->port(), path),
         .headers = {{"Prefer", "wait=20"}}});
  });
  EXPECT_EQ(ask("DELETE", "/v1/tickets/" + std::string(first.text_or("ticket"))).status, 200);
  const auto answer = waiting.get();
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(json(*answer).text_or("state"), "holding") << answer->body;
}

TEST_F(Turns, AStaleTokenIsRefused) {
  const doc::Node ticket = join("1");
  const std::string token = std::to_string(ticket.integer_or("token", 0));
  EXPECT_EQ(get("/v1/queues/production/fence?token=" + token).status, 200);
  EXPECT_EQ(ask("POST", "/v1/queues/production/heartbeat", "{\"token\":" + token + "}").status,
            200);
  EXPECT_EQ(
      ask("DELETE", "/v1/tickets/" + std::string(ticket.text_or("ticket")) + "?token=" + token)
          .status,
      200);
  EXPECT_EQ(get("/v1/queues/production/fence?token=" + token).status, 409);
  EXPECT_EQ(ask("POST", "/v1/queues/production/heartbeat", "{\"token\":" + token + "}").status,
            409);
  EXPECT_EQ(get("/v1/tickets/" + std::string(ticket.text_or("ticket"))).status, 404);
}

TEST_F(Turns, CalendarsAreAskedFedAndAddedTo) {
  const auto check = get("/v1/calendar/check?environment=production&at=2026-03-02T10:00:00Z");
  EXPECT_EQ(json(check).text_or("state"), "blocked") << check.body;
  EXPECT_EQ(
      json(get("/v1/calendar/when?environment=production&at=2026-03-02T10:00:00Z")).text_or("when"),
      "2026-03-02T20:00:00.000Z");
  const auto feed = get("/v1/calendars/company.ics");
  EXPECT_EQ(feed.status, 200);
  EXPECT_NE(feed.body.find("RRULE:FREQ=DAILY"), std::string::npos) << feed.body;
  EXPECT_EQ(get("/v1/calendars/nothing.ics").status, 404);
  const auto added =
      ask("POST", "/v1/calendars/company/entries",
          R"({"name":"x","type":"opening","start":"2026-03-02T10:00","duration":"1h"})");
  EXPECT_EQ(added.status, 403) << "the calendar names no overrideRoles: " << added.body;
  const auto night =
      ask("POST", "/v1/calendars/company/entries",
          R"({"name":"x","type":"blackout","start":"2026-03-02T21:00","duration":"1h"})");
  EXPECT_EQ(night.status, 201) << night.body;
  EXPECT_EQ(
      ask("DELETE", "/v1/calendar/entries/" + std::string(json(night).text_or("id")) + "?reason=x")
          .status,
      200);
  EXPECT_EQ(ask("DELETE", "/v1/calendar/entries/c1?reason=x").status, 404);
  const auto imported = ask("POST", "/v1/calendars/other/import?source=test",
                            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:s\r\nDTSTART:"
                            "20260302T100000Z\r\nDURATION:PT1H\r\n"
                            "END:VEVENT\r\nEND:VCALENDAR\r\n",
                            {{"Content-Type", "text/calendar"}});
  EXPECT_EQ(imported.status, 201) << imported.body;
  EXPECT_EQ(json(get("/v1/calendars?calendar=other&from=2026-03-02T00:00:00Z&days=1"))
                .find("occurrences")
                ->items()
                .size(),
            1u);
}

}  // namespace
}  // namespace tollgate::api
