// Logs to counts: real logs with known answers, every format, and what is refused and why.
#include "edge/ingest/ingest.hpp"

#include "domain/slo/budget.hpp"
#include "domain/slo/burn.hpp"
#include "foundation/base/codes.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace tollgate::ingest {
namespace {

Time at(std::string_view text) { return parse_time(text).value(); }
Classifier classifier() { return parse_classifier().value(); }

const std::string kShared = TOLLGATE_SHARED_DIR;
const std::string kApacheLog = kShared + "/data/access_logs/elastic_apache_2015-05.log";

slo::Objective three_nines() {
  return {.slo = "site/availability", .target = {999'000}, .window = slo::rolling(days(30))};
}

/// Minutes of the log at which an alert is critical.
int count_critical(const slo::CellSeries& cells, std::span<const slo::BurnPair> pairs,
                   const slo::BurnGuards& guards) {
  const slo::Span extent = cells.extent().value();
  int count = 0;
  for (Time now = extent.from; now <= extent.to + hours(1); now = now + minutes(1)) {
    const auto findings = slo::burn_at(cells, three_nines(), now, pairs, guards);
    count += slo::worst_burn(findings).state == slo::BurnState::critical;
  }
  return count;
}

TEST(AccessLog, the_apache_log_has_10000_lines_and_3_failures) {
  if (!std::filesystem::exists(kApacheLog)) GTEST_SKIP() << "no shared data";
  const Ingested log = ingest_file(kApacheLog, Format::combined, classifier()).value();
  EXPECT_EQ(log.summary.lines, 10'000);
  EXPECT_EQ(log.summary.rejected, 0);
  EXPECT_EQ(log.summary.good, 9'997);
  EXPECT_EQ(log.summary.bad, 3);
  EXPECT_EQ(time_text(*log.summary.first).substr(0, 16), "2015-05-17T10:05");
  EXPECT_EQ(time_text(*log.summary.last).substr(0, 16), "2015-05-20T21:05");
  struct Hour {
    std::string_view start;
    slo::Counts counts;
  };
  for (const Hour& hour :
       {Hour{"2015-05-18T03:00:00Z", {113, 1}}, Hour{"2015-05-18T15:00:00Z", {132, 1}},
        Hour{"2015-05-20T14:00:00Z", {121, 1}}}) {
    const Time start = at(hour.start);
    EXPECT_EQ(log.cells.counts({start, start + hours(1)}), hour.counts) << hour.start;
  }
  // The same file through memory, and as common format.
  std::ifstream file(kApacheLog);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  const Ingested again = ingest_bytes(bytes, Format::common, classifier());
  EXPECT_EQ(again.summary.bad, 3);
  EXPECT_EQ(again.digest, log.digest);
  EXPECT_EQ(again.digest, sha256(bytes));
}

TEST(AccessLog, what_counts_as_bad_can_be_chosen) {
  if (!std::filesystem::exists(kApacheLog)) GTEST_SKIP() << "no shared data";
  const Ingested log =
      ingest_file(kApacheLog, Format::combined, parse_classifier("404").value()).value();
  const slo::Counts expected[] = {
      {1632 - 30, 30}, {2893 - 63, 63}, {2896 - 64, 64}, {2579 - 56, 56}};
  for (int day = 0; day < 4; ++day) {
    const Time start = at("2015-05-17T00:00:00Z") + days(day);
    const slo::Counts counts = log.cells.counts({start, start + days(1)});
    EXPECT_EQ(counts, expected[day])
        << "day " << day << ": " << counts.total() << "/" << counts.bad;
  }
}

TEST(AccessLog, the_thin_hour_burns_at_8_8_and_pages_nobody) {
  if (!std::filesystem::exists(kApacheLog)) GTEST_SKIP() << "no shared data";
  const Ingested log = ingest_file(kApacheLog, Format::combined, classifier()).value();
  slo::BurnRate worst;
  for (Time hour = at("2015-05-17T10:00:00Z"); hour < at("2015-05-20T22:00:00Z");
       hour = hour + hours(1)) {
    worst =
        std::max(worst, slo::burn_rate(three_nines(), log.cells.counts({hour, hour + hours(1)})));
  }
  EXPECT_EQ(slo::burn_text(worst), "8.8x");
  // An alert at 6x over one hour: by the ratio alone it wakes somebody, by the evidence it does
  // not.
  const slo::BurnPair pair[] = {{minutes(5), hours(1), {6'000}}};
  const slo::BurnGuards none{.bad_events_min = 0, .confidence = {0}};
  EXPECT_EQ(count_critical(log.cells, pair, {}), 0);
  EXPECT_GT(count_critical(log.cells, pair, none), 0);
  EXPECT_EQ(count_critical(log.cells, slo::burn_pairs(days(30)), {}), 0);
}

TEST(Csv, isolated_points_of_the_cloud_series_do_not_page) {
  const std::string path = kShared + "/data/timeseries/ms_cloud/service-unavailable/unavail-01.csv";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no shared data";
  const Ingested series = ingest_file(path, Format::csv, classifier()).value();
  EXPECT_EQ(series.summary.lines, 15'840);
  EXPECT_EQ(series.summary.rejected, 0);
  EXPECT_EQ(series.summary.bad, 2);
  const auto pairs = slo::burn_pairs(days(30));
  const slo::BurnGuards none{.bad_events_min = 0, .confidence = {0}};
  EXPECT_EQ(count_critical(series.cells, pairs, {}), 0);
  EXPECT_GT(count_critical(series.cells, pairs, none), 0);
}

struct LineRow {
  Format format;
  std::string_view text;
  std::string_view outcome;  // "good TIME", "bad TIME", or the reason of the refusal
};

std::string outcome_of(const Ingested& log) {
  const Summary& summary = log.summary;
  if (!summary.rejects.empty()) return summary.rejects[0].reason;
  if (!summary.first) return "nothing";
  return (summary.bad > 0 ? "bad " : "good ") + time_text(*summary.first);
}

TEST(Line, each_format_reads_its_events_and_says_why_not) {
  const LineRow rows[] = {
      {Format::common, R"(h - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326)",
       "good 2000-10-10T20:55:36.000Z"},
      {Format::common, R"(h - - [10/Oct/2000:13:55:36 +0530] "GET /\"x\" HTTP/1.0" 503 -)",
       "bad 2000-10-10T08:25:36.000Z"},
      {Format::common, R"(h - - [31/Feb/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1)", "bad time"},
      {Format::common, R"(h - - [10/Oct/2000:25:55:36 -0700] "GET / HTTP/1.0" 200 1)", "bad time"},
      {Format::common, R"(h - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 2x0 1)", "no status"},
      {Format::common, R"(h - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 099 1)", "no status"},
      {Format::common, R"(h - - [10/Oct/2000:13:55:36 -0700] "GET /)", "no end of the request"},
      {Format::common, R"(h - - [10/Oct/2000)", "cut off"},
      {Format::common, "no log at all", "no time in brackets"},
      {Format::combined, R"(h - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1)",
       "no referer and agent"},
      {Format::json, R"({"time":"2026-03-02T10:00:00Z","status":200})",
       "good 2026-03-02T10:00:00.000Z"},
      {Format::json, R"({"ts":1772445600.25,"status":"502"})", "bad 2026-03-02T10:00:00.250Z"},
      {Format::json, R"({"@timestamp":1772445600250,"http_status":404})",
       "good 2026-03-02T10:00:00.250Z"},
      {Format::json, R"({"status":200})", "no time"},
      {Format::json, R"({"time":"2026-03-02T10:00:00Z"})", "no status"},
      {Format::json, R"({"time":)", "not JSON"},
      {Format::json, "[]", "not a JSON object"},
      {Format::csv, "timestamp,good,bad\n2026-03-02 10:00:00,5,1\n",
       "bad 2026-03-02T10:00:00.000Z"},
      {Format::csv, "timestamp,good,total\n1772445600,5,5\n", "good 2026-03-02T10:00:00.000Z"},
      {Format::csv, "timestamp,bad,total\n1772445600,6,5\n", "more events than the total"},
      {Format::csv, "timestamp,good,bad,total\n1772445600,1,1,5\n",
       "good and bad do not add up to the total"},
      {Format::csv, "\"TimeStamp\",\"Value\"\r\n\"2026-03-02T10:00:00Z\",\"0\"\r\n",
       "good 2026-03-02T10:00:00.000Z"},
      {Format::csv, "when,good\n1772445600,5\n", "the header names no time column"},
      {Format::csv, "time,good\n1772445600,5\n",
       "the header names neither good and bad (or total), nor status, nor value"},
      {Format::csv, "time,status\n1772445600,500\n", "bad 2026-03-02T10:00:00.000Z"},
      {Format::csv, "time,good,bad\n1772445600,-5,1\n", "good is not a count"},
      {Format::csv, "time,good,bad\n1772445600,\"5,1\n", "broken quotes"},
  };
  for (const LineRow& row : rows) {
    EXPECT_EQ(outcome_of(ingest_bytes(row.text, row.format, classifier())), row.outcome)
        << row.text;
  }
}

TEST(Line, slow_requests_are_bad_where_a_threshold_is_set) {
  const Classifier slow = parse_classifier("5xx", milliseconds(300)).value();
  const LineRow rows[] = {
      {Format::combined,
       R"(h - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.0" 200 1 "-" "curl" 0.301)",
       "bad 2000-10-10T13:55:36.000Z"},
      {Format::combined,
       R"(h - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.0" 200 1 "-" "curl" 0.300)",
       "good 2000-10-10T13:55:36.000Z"},
      {Format::combined, R"(h - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.0" 200 1 "-" "curl")",
       "no duration"},
      {Format::json, R"({"time":1772445600,"status":200,"duration_ms":400})",
       "bad 2026-03-02T10:00:00.000Z"},
      {Format::json, R"({"time":1772445600,"status":200,"request_time":"0.1"})",
       "good 2026-03-02T10:00:00.000Z"},
      {Format::csv, "time,status,duration\n1772445600,200,0.5\n", "bad 2026-03-02T10:00:00.000Z"},
  };
  for (const LineRow& row : rows) {
    EXPECT_EQ(outcome_of(ingest_bytes(row.text, row.format, slow)), row.outcome) << row.text;
  }
}

TEST(Line, refusals_are_counted_and_numbered_and_bounded) {
  std::string bytes = R"(h - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326)";
  bytes += "\n\nrubbish\n" + std::string(kLineLengthMax + 1, 'x') + "\n";
  for (int i = 0; i < 100; ++i) bytes += "more\n";
  const std::string path = testing::TempDir() + "refusals.log";
  std::ofstream(path) << bytes;
  for (const Ingested& log : {ingest_bytes(bytes, Format::common, classifier()),
                              ingest_file(path, Format::common, classifier()).value()}) {
    EXPECT_EQ(log.summary.lines, 103);
    EXPECT_EQ(log.summary.accepted, 1);
    EXPECT_EQ(log.summary.rejected, 102);
    ASSERT_EQ(log.summary.rejects.size(), kRejectsMax);
    EXPECT_EQ(log.summary.rejects[0].line, 3);
    EXPECT_EQ(log.summary.rejects[1].line, 4);
    EXPECT_EQ(log.summary.rejects[1].reason, "line too long");
  }
  EXPECT_FALSE(ingest_file(path + ".none", Format::common, classifier()).has_value());
}

TEST(Ingest, reads_the_log_format_that_the_server_was_given) {
  const auto format =
      FileFormat::parse("$remote_addr [$time_iso8601] \"$request\" $status $request_time");
  ASSERT_TRUE(format) << format.error().text();
  const std::string log =
      "10.0.0.9 [2026-03-02T10:00:00+00:00] \"GET / HTTP/1.1\" 200 0.100\n"
      "10.0.0.9 [2026-03-02T10:00:01+00:00] \"GET / HTTP/1.1\" 200 0.301\n"
      "10.0.0.9 [2026-03-02T10:00:02+00:00] \"GET / HTTP/1.1\" 503 0.001\n"
      "no line of this format\n";
  const Ingested read =
      ingest_bytes(log, *format, parse_classifier("5xx", milliseconds(300)).value());
  EXPECT_EQ(read.summary.good, 1);
  EXPECT_EQ(read.summary.bad, 2);
  EXPECT_EQ(read.summary.rejected, 1);
  EXPECT_EQ(time_text(*read.summary.first), "2026-03-02T10:00:00.000Z");
  EXPECT_EQ(FileFormat::parse("[$time_local] $request").error().code, codes::bad_value)
      << "nothing says which events are bad";
  EXPECT_EQ(FileFormat::parse("$status").error().code, codes::bad_value) << "nothing says when";
}

TEST(Options, formats_and_statuses_are_read_or_explained) {
  EXPECT_EQ(FileFormat::parse("json").value().format(), Format::json);
  EXPECT_NE(FileFormat::parse("combind").error().message.find("did you mean \"combined\""),
            std::string::npos);
  const Classifier chosen = parse_classifier("500-504, 429").value();
  EXPECT_TRUE(chosen.bad_status[429] && chosen.bad_status[500] && chosen.bad_status[504]);
  EXPECT_FALSE(chosen.bad_status[505] || chosen.bad_status[200]);
  for (const std::string_view bad : {"", "5x", "99", "504-500", "200-1000", "x"}) {
    EXPECT_FALSE(parse_classifier(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace tollgate::ingest
