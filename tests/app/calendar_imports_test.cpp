// Calendars of others that a server reads again and again: what changes is recorded, what fails
// changes nothing, and what is too old is a finding.
#include "app/wiring/calendar_imports.hpp"

#include "../edge/fake_http.hpp"
#include "app/wiring/wiring.hpp"
#include "edge/store/memory_store.hpp"
#include "foundation/base/codes.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace tollgate::wiring {
namespace {

constexpr Time kStart{1'772'445'600'000};  // 2026-03-02T10:00Z

class HandClock : public engine::Clock {
 public:
  Time now() override { return now_; }
  void advance(Duration by) { now_ = now_ + by; }

 private:
  Time now_ = kStart;
};

std::string ics(const std::string& name, const std::string& day, const std::string& more = "") {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:"
         "20260101T000000Z\r\nDTSTART:" +
         day + "T100000\r\nDTEND:" + day + "T120000\r\nSUMMARY:" + name + "\r\nEND:VEVENT\r\n" +
         more + "END:VCALENDAR\r\n";
}

struct Scene {
  explicit Scene(const std::string& import) {
    engine = engine::Engine::open({.store = *store,
                                   .checkpoints = *checkpoints,
                                   .signer = ledger::NoteSigner::generate("test").value(),
                                   .blobs = *blobs,
                                   .signals = signals,
                                   .zones = system_zones(),
                                   .clock = clock},
                                  {.is_threaded = false})
                 .value();
    apply(import);
    imports = std::make_unique<CalendarImports>(*engine, http, clock);
  }

  void apply(const std::string& import) {
    const model::SourceText source{.file = "c.yaml", .text = R"(apiVersion: tollgate/v1
kind: Environment
metadata: {name: production}
spec: {production: true}
---
apiVersion: tollgate/v1
kind: Calendar
metadata: {name: company}
spec:
  timeZone: Europe/Berlin
  imports:
    - )" + import + "\n"};
    model::Loaded loaded = model::load(std::span(&source, 1));
    Problems problems = loaded.problems;
    const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
    ASSERT_TRUE(problems.empty()) << problems.front().text();
    ASSERT_TRUE(
        engine->apply(bundle, "test", {}, {.actor = {.subject = "tester", .issuer = "local"}}));
  }

  doc::Node status() {
    const doc::Node all = imports->status();
    const doc::Node::Array& list = all.find("imports")->items();
    return list.empty() ? doc::Node::object({}) : list.front();
  }
  bool is_open(const std::string& at) {
    return engine->calendar({.environment = "production", .at = parse_time(at).value()})->is_open;
  }
  int64_t events() { return engine->ledger().head().size; }

  class NoSignals : public engine::SignalSource {
   public:
    std::string_view name() const override { return "none"; }
    model::Reading read(const engine::ReadingRequest&) override { return {}; }
  } signals;
  std::unique_ptr<engine::LedgerStore> store = store::make_memory_ledger();
  std::unique_ptr<engine::CheckpointStore> checkpoints = store::make_memory_checkpoint();
  std::unique_ptr<engine::BlobStore> blobs = store::make_memory_blobs();
  HandClock clock;
  Result<engine::HttpResponse> answer = ok(ics("Stocktaking", "20260310"));
  FakeHttp http{[this](const engine::HttpRequest&) { return answer; }};
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<CalendarImports> imports;
};

const std::string kShops = "{name: shops, url: \"https://shops.example/a.ics\", refresh: 1h}";

TEST(CalendarImports, AnAnswerIsRecordedAndItsTimesAreThoseOfTheCalendar) {
  Scene scene(kShops);
  EXPECT_FALSE(scene.status().boolean_or("stale", true)) << "nobody was asked yet";
  scene.imports->ask_due();
  ASSERT_EQ(scene.http.requests.size(), 1U);
  EXPECT_EQ(scene.http.requests[0].url, "https://shops.example/a.ics");
  EXPECT_EQ(scene.status().text_or("error"), "");
  EXPECT_EQ(scene.status().integer_or("entries", 0), 1);
  EXPECT_FALSE(scene.is_open("2026-03-10T09:30Z")) << "10:30 in Berlin";
  EXPECT_TRUE(scene.is_open("2026-03-10T11:30Z"));
}

TEST(CalendarImports, OnlyWhatChangedIsRecordedAndTheServerIsAskedWhetherItDid) {
  Scene scene(kShops);
  scene.answer->headers = {{"etag", "\"one\""}, {"last-modified", "Mon, 02 Mar 2026 09:00:00 GMT"}};
  scene.imports->ask_due();
  const int64_t events = scene.events();
  scene.imports->ask_due();
  EXPECT_EQ(scene.http.requests.size(), 1U) << "not before an hour is over";

  scene.clock.advance(hours(1));
  scene.answer = engine::HttpResponse{.status = 304};
  scene.imports->ask_due();
  ASSERT_EQ(scene.http.requests.size(), 2U);
  using Header = std::pair<std::string, std::string>;
  const auto& headers = scene.http.requests[1].headers;
  EXPECT_EQ(std::count(headers.begin(), headers.end(), Header("if-none-match", "\"one\"")), 1);
  EXPECT_EQ(std::count(headers.begin(), headers.end(),
                       Header("if-modified-since", "Mon, 02 Mar 2026 09:00:00 GMT")),
            1);
  EXPECT_EQ(scene.status().text_or("refreshed"), "2026-03-02T11:00:00.000Z");

  scene.clock.advance(hours(1));
  scene.answer = ok(ics("Stocktaking", "20260310", ""));
  scene.imports->ask_due();
  EXPECT_EQ(scene.events(), events) << "the same again";

  scene.clock.advance(hours(1));
  scene.answer = ok(ics("Stocktaking", "20260311"));
  scene.imports->ask_due();
  EXPECT_EQ(scene.events(), events + 1);
  EXPECT_TRUE(scene.is_open("2026-03-10T09:30Z"));
  EXPECT_FALSE(scene.is_open("2026-03-11T09:30Z"));
}

TEST(CalendarImports, WhatFailsLeavesTheLastGoodOneAndIsAFindingOnceItIsTooOld) {
  Scene scene("{name: shops, url: \"https://shops.example/a.ics\", refresh: 1h, staleAfter: 3h}");
  scene.imports->ask_due();
  scene.clock.advance(hours(1));
  const std::vector<Result<engine::HttpResponse>> failures = {
      fail(codes::timed_out, "no answer in 20 s"),
      engine::HttpResponse{.status = 500},
      ok("<html>not a calendar</html>"),
      ok("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Nowhere/Land:20260310T100000\r\n"
         "DTEND;TZID=Nowhere/Land:20260310T110000\r\nSUMMARY:x\r\nUID:1\r\nEND:VEVENT\r\n"
         "END:VCALENDAR\r\n"),
  };
  for (const auto& failure : failures) {
    scene.answer = failure;
    const size_t asked = scene.http.requests.size();
    scene.imports->ask_due();
    EXPECT_EQ(scene.http.requests.size(), asked + 1);
    EXPECT_NE(scene.status().text_or("error"), "");
    EXPECT_FALSE(scene.is_open("2026-03-10T09:30Z")) << "the last good one counts on";
    EXPECT_FALSE(scene.status().boolean_or("stale", true));
    scene.clock.advance(minutes(8));  // 1, 2, 4, 8 minutes
  }
  scene.clock.advance(hours(2));
  EXPECT_TRUE(scene.status().boolean_or("stale", false));
  scene.answer = ok(ics("Stocktaking", "20260310"));
  scene.imports->ask_due();
  EXPECT_FALSE(scene.status().boolean_or("stale", true));
  EXPECT_EQ(scene.status().integer_or("failures", -1), 0);
}

TEST(CalendarImports, RetriesWaitLongerAndLongerUpToTheInterval) {
  Scene scene(kShops);
  scene.answer = fail(codes::unreachable, "no route");
  std::vector<int64_t> asked;
  for (int minute = 0; minute < 240; ++minute) {
    const size_t before = scene.http.requests.size();
    scene.imports->ask_due();
    if (scene.http.requests.size() > before) asked.push_back(minute);
    scene.clock.advance(minutes(1));
  }
  EXPECT_EQ(asked, (std::vector<int64_t>{0, 1, 3, 7, 15, 31, 63, 123, 183}));
  EXPECT_TRUE(scene.status().boolean_or("stale", false)) << "it never answered";
}

TEST(CalendarImports, ASecretAddressNeverShows) {
  ::setenv("TEST_CALENDAR_URL", "https://calendar.example/private-s3cr3t/a.ics", 1);
  Scene scene("{name: private, url: \"env:TEST_CALENDAR_URL\"}");
  scene.answer = fail(codes::unreachable, "https://calendar.example/private-s3cr3t/a.ics is gone");
  scene.imports->ask_due();
  EXPECT_EQ(scene.http.requests.at(0).url, "https://calendar.example/private-s3cr3t/a.ics");
  EXPECT_EQ(scene.status().text_or("error").find("s3cr3t"), std::string_view::npos);
  EXPECT_NE(scene.status().text_or("error"), "");
  scene.apply("{name: private, url: \"env:NOT_SET_AT_ALL\"}");
  scene.imports->ask_due();
  EXPECT_NE(scene.status().text_or("error").find("NOT_SET_AT_ALL"), std::string_view::npos);
}

TEST(CalendarImports, MatchTakesOnlyNamesThatContainItAndAnotherMatchAsksForAllOfIt) {
  Scene scene("{name: shops, url: \"https://shops.example/a.ics\", match: stock}");
  scene.answer = ok(ics("Stocktaking", "20260310",
                        "BEGIN:VEVENT\r\nUID:2\r\nDTSTART:20260312T100000\r\nDTEND:"
                        "20260312T110000\r\nSUMMARY:Party\r\nEND:VEVENT\r\n"));
  scene.answer->headers = {{"etag", "\"one\""}};
  scene.imports->ask_due();
  EXPECT_EQ(scene.status().integer_or("entries", 0), 1);
  scene.apply("{name: shops, url: \"https://shops.example/a.ics\"}");
  scene.imports->ask_due();
  ASSERT_EQ(scene.http.requests.size(), 2U);
  EXPECT_EQ(scene.http.requests[1].headers.size(), 1U) << "no condition: all of it is wanted";
  EXPECT_EQ(scene.status().integer_or("entries", 0), 2);
}

TEST(CalendarImports, WhatSomebodyCancelledStaysCancelledUntilTheOtherCalendarChanges) {
  Scene scene(kShops);
  scene.imports->ask_due();
  const std::string id = scene.engine->views().calendar_book()->entries().at(0).id;
  ASSERT_TRUE(scene.engine->cancel_calendar_entry(
      id, "we are open", {.actor = {.subject = "tester", .issuer = "local"}}));
  scene.clock.advance(hours(1));
  scene.imports->ask_due();
  EXPECT_TRUE(scene.is_open("2026-03-10T09:30Z"));
}

TEST(CalendarImports, AnswersOfCalendarsNameImportsThatCannotBeReliedOn) {
  Scene scene(kShops);
  scene.engine->watch_imports(scene.imports.get());
  const engine::CalendarQuestion question{.environment = "production"};
  const auto doubts = [&] { return scene.engine->calendar(question).value().doubts; };
  ASSERT_EQ(doubts().size(), 1U) << "nobody has asked yet, so nothing of it is known";
  EXPECT_FALSE(doubts().front().good);
  scene.imports->ask_due();
  EXPECT_TRUE(doubts().empty());

  scene.answer = engine::HttpResponse{.status = 503};
  scene.clock.advance(hours(30));
  scene.imports->ask_due();
  ASSERT_EQ(doubts().size(), 1U);
  const model::ImportDoubt doubt = doubts().front();
  EXPECT_EQ(doubt.calendar, "company");
  EXPECT_EQ(doubt.failures, 1);
  EXPECT_TRUE(doubt.is_stale);
  EXPECT_EQ(doubt.good, std::optional(kStart));
  EXPECT_EQ(scene.engine->import_doubts(question).value().size(), 1U);
  EXPECT_TRUE(scene.engine->import_doubts({.environment = "nowhere"}).has_value() == false);
  scene.engine->watch_imports(nullptr);
  EXPECT_TRUE(doubts().empty());
}

TEST(CalendarImports, APrivateNetworkIsNotAskedUnlessSomebodyAllowsIt) {
  HandClock clock;
  char folder[] = "/tmp/tollgate-imports-XXXXXX";
  const auto house = House::open({.data_dir = ::mkdtemp(folder), .ca_file = {}, .clock = &clock});
  ASSERT_TRUE(house);
  const model::SourceText source{.file = "c.yaml", .text = R"(apiVersion: tollgate/v1
kind: Calendar
metadata: {name: company}
spec:
  timeZone: UTC
  imports:
    - {name: metadata, url: "http://169.254.169.254/latest/meta-data"}
)"};
  model::Loaded loaded = model::load(std::span(&source, 1));
  Problems problems;
  const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
  ASSERT_TRUE((*house)->engine().apply(bundle, "test", {},
                                       {.actor = {.subject = "tester", .issuer = "local"}}));
  (*house)->calendar_imports().ask_due();
  const doc::Node status = (*house)->calendar_imports().status();
  EXPECT_NE(status.find("imports")->items().at(0).text_or("error").find("private"),
            std::string_view::npos)
      << status.find("imports")->items().at(0).text_or("error");
}

}  // namespace
}  // namespace tollgate::wiring
