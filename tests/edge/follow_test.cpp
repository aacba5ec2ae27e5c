// Access logs that grow: formats, counting, rotation, and going on after a crash.
#include "edge/follow/duration_buckets.hpp"
#include "edge/follow/follower.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

namespace tollgate::follow {
namespace {

namespace fs = std::filesystem;

/// A folder that goes away.
class Folder {
 public:
  Folder() {
    std::string text = (fs::temp_directory_path() / "tollgate-follow-XXXXXX").string();
    path_ = mkdtemp(text.data());
  }
  ~Folder() { fs::remove_all(path_); }
  std::string at(std::string_view name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

void append(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::app | std::ios::binary) << text;
}

std::string line(int second, int status, std::string_view path = "/cart",
                 std::string_view seconds = "0.100") {
  return fmt::format(
      "203.0.113.9 - - [02/Mar/2026:10:00:{:02} +0000] \"GET {}?a=1 HTTP/1.1\" {} 12 "
      "\"-\" \"agent \\\"x\\\"\" {}\n",
      second, path, status, seconds);
}

struct Read {
  ingest::Refusal refusal;
  ingest::LineHead head;
  std::map<std::string, std::string> values;
};
Read read(std::string_view format, std::string_view text) {
  auto parsed = ingest::LogFormat::parse(format);
  EXPECT_TRUE(parsed) << parsed.error().text();
  std::vector<std::string_view> values(parsed->fields().size());
  Read out;
  out.refusal = parsed->read(text, out.head, values);
  for (size_t i = 0; i < values.size(); ++i) out.values[parsed->fields()[i]] = values[i];
  return out;
}

TEST(LogFormat, combined_lines_are_cut_into_their_fields) {
  std::string text = line(7, 503);
  text.pop_back();
  const Read got = read("combined", text);
  EXPECT_EQ(got.refusal, "");
  EXPECT_EQ(time_text(got.head.time), "2026-03-02T10:00:07.000Z");
  EXPECT_EQ(got.head.status, 503);
  EXPECT_EQ(got.head.duration_us, 100'000);
  EXPECT_EQ(got.values.at("method"), "GET");
  EXPECT_EQ(got.values.at("path"), "/cart");
  EXPECT_EQ(got.values.at("http_user_agent"), "agent \\\"x\\\"");
  const std::string bare = text.substr(0, text.size() - 6);
  EXPECT_EQ(read("combined", bare).refusal, "");
  EXPECT_EQ(read("combined", bare).head.duration_us, -1);
  EXPECT_EQ(read("combined", bare + " \"10.0.0.1\" 0.250").head.duration_us, 250'000);
}

TEST(LogFormat, an_nginx_format_string_makes_a_parser) {
  const std::string_view format =
      R"($host|$request_method|$uri|$status|${request_time}s [$time_iso8601] v=$upstream_version)";
  const Read got =
      read(format, "shop.example|POST|/pay|200|1.5s [2026-03-02T10:00:07+01:00] v=2.4.0");
  EXPECT_EQ(got.refusal, "");
  EXPECT_EQ(got.head.status, 200);
  EXPECT_EQ(got.head.duration_us, 1'500'000);
  EXPECT_EQ(time_text(got.head.time), "2026-03-02T09:00:07.000Z");
  EXPECT_EQ(got.values.at("upstream_version"), "2.4.0");
  EXPECT_EQ(got.values.at("path"), "/pay");
  EXPECT_EQ(got.values.at("method"), "POST");
  EXPECT_EQ(read("$msec $status", "1772445607.125 404").head.time.ms, 1'772'445'607'125);
}

TEST(LogFormat, formats_that_cannot_work_say_why) {
  const auto why = [](std::string_view text) {
    const auto parsed = ingest::LogFormat::parse(text);
    return parsed ? std::string() : parsed.error().message;
  };
  EXPECT_NE(why("$status $request").find("none of $time_local"), std::string::npos);
  EXPECT_NE(why("$time_local$status").find("nothing in the log format parts $status"),
            std::string::npos);
  EXPECT_NE(why("[$time_local] $ x").find("names no variable"), std::string::npos);
  EXPECT_NE(why(std::string(5000, 'x')).find("longer than"), std::string::npos);
}

TEST(LogFormat, broken_lines_are_refused) {
  std::string whole = line(7, 200);
  whole.pop_back();
  for (size_t size = 0; size < whole.size() - 10; ++size)
    EXPECT_NE(read("combined", whole.substr(0, size)).refusal, "") << size;
  EXPECT_EQ(read("[$time_local] $status", "[02/Mar/2026:10:00:07 +0000] 2000").refusal,
            "no status");
  EXPECT_EQ(read("[$time_local] $status", "[32/Mar/2026:10:00:07 +0000] 200").refusal, "bad time");
}

TEST(DurationBuckets, agree_with_the_logarithm) {
  for (int64_t us = 1; us < 5'000'000; us += 1 + us / 97) {
    const double exact = std::ceil(std::log2(static_cast<double>(us)) * 32 - 1e-9);
    const auto expected = static_cast<size_t>(std::max(exact, 1.0));
    EXPECT_EQ(duration_bucket(us), expected) << us;
    EXPECT_EQ(duration_bucket(duration_of_bucket(duration_bucket(us))), duration_bucket(us)) << us;
  }
  EXPECT_EQ(duration_bucket(0), 0U);
  EXPECT_EQ(duration_bucket(INT64_MAX), kDurationBuckets - 1);
}

std::vector<intake::RouteSpec> rows(const std::string& select = "",
                                    std::vector<std::string> bad = {"5xx"},
                                    Duration slower = milliseconds(300)) {
  const std::string query =
      "{" + select + (select.empty() ? "" : ",") + intake::source_matcher("edge") + "}";
  intake::RouteSpec good{.slo = "shop/availability", .kind = intake::RouteKind::events};
  good.role = intake::Role::good;
  good.query = query;
  good.signal = intake::kLinesSignal;
  good.bad = std::move(bad);
  good.slower_than = slower;
  intake::RouteSpec total = good;
  total.role = intake::Role::total;
  return {good, total};
}

LineCounter counter(const std::vector<intake::RouteSpec>& all) {
  return LineCounter("edge", *parse_line_format("combined"), all);
}

TEST(LineCounter, lines_are_good_or_bad_by_status_and_duration) {
  LineCounter counting = counter(rows());
  const std::string text = line(1, 200) + line(2, 503) + line(3, 200, "/cart", "0.301") +
                           line(11, 200) + "no line\n" + line(12, 200, "/", "-") + "partial";
  EXPECT_EQ(counting.take(text), text.size() - 7);
  const std::vector<Count> counts = counting.take_counts();
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[0].slo, "shop/availability");
  EXPECT_EQ(counts[0].good, 1);
  EXPECT_EQ(counts[0].bad, 2);
  EXPECT_EQ(counts[1].time_ms - counts[0].time_ms, 10'000);
  EXPECT_EQ(counting.totals().lines, 6);
  EXPECT_EQ(counting.totals().rejected, 2);
  int64_t events = 0;
  for (const Count& count : counts) {
    for (const auto& [us, number] : count.durations) events += number;
  }
  EXPECT_EQ(events, 4);
  EXPECT_TRUE(counting.take_counts().empty());
}

TEST(LineCounter, selectors_choose_lines_and_labels_name_the_place) {
  std::vector<intake::RouteSpec> all =
      rows(R"(path=~"/api/.*",method="GET")", {"{path=\"/api/x\"}"}, {});
  for (intake::RouteSpec& row : all) row.version = "http_referer";
  LineCounter counting = counter(all);
  (void)counting.take(line(1, 200, "/api/a") + line(1, 500, "/api/x") + line(1, 500, "/other"));
  const std::vector<Count> counts = counting.take_counts();
  ASSERT_EQ(counts.size(), 1U);
  EXPECT_EQ(counts[0].good, 1);
  EXPECT_EQ(counts[0].bad, 1);
  EXPECT_EQ(counts[0].version, "-");
  EXPECT_EQ(counting.totals().counted, 2);
}

TEST(LineCounter, json_lines_are_counted_alike) {
  LineCounter counting("edge", *parse_line_format("json"), rows(R"("http.route"="/cart")"));
  (void)counting.take(
      "{\"time\":\"2026-03-02T10:00:01Z\",\"status\":500,\"request_time\":0.1,"
      "\"http\":{\"route\":\"/cart\"}}\n"
      "{\"time\":\"2026-03-02T10:00:01Z\",\"status\":\"200\",\"request_time\":0.1,"
      "\"http\":{\"route\":\"/pay\"}}\n{]\n");
  const std::vector<Count> counts = counting.take_counts();
  ASSERT_EQ(counts.size(), 1U);
  EXPECT_EQ(counts[0].bad, 1);
  EXPECT_EQ(counting.totals().rejected, 1);
}

std::string all_of(Tail& tail) {
  std::string out;
  for (int i = 0; i < 6; ++i) {
    const auto got = tail.next();
    EXPECT_TRUE(got) << got.error().text();
    out += *got;
  }
  return out;
}

TEST(Tail, partial_lines_wait_and_rotation_loses_nothing) {
  const Folder folder;
  const std::string path = folder.at("access.log");
  Tail tail(path, {}, true);
  EXPECT_EQ(all_of(tail), "");  // not there yet
  append(path, "one\ntw");
  EXPECT_EQ(all_of(tail), "one\n");
  append(path, "o\n");
  EXPECT_EQ(all_of(tail), "two\n");
  append(path, "three\n");
  fs::rename(path, path + ".1");
  append(path + ".1", "four\n");  // the writer has not noticed yet
  append(path, "five\n");
  EXPECT_EQ(all_of(tail), "three\nfour\nfive\n");
  EXPECT_EQ(tail.totals().rotations, 1);
}

TEST(Tail, truncation_begins_anew) {
  const Folder folder;
  const std::string path = folder.at("access.log");
  append(path, "one\ntwo\n");
  Tail tail(path, {}, true);
  EXPECT_EQ(all_of(tail), "one\ntwo\n");
  std::ofstream(path, std::ios::trunc) << "new\n";
  EXPECT_EQ(all_of(tail), "new\n");
  EXPECT_EQ(tail.totals().truncations, 1);
}

TEST(Tail, reading_goes_on_where_it_ended_also_in_the_rotated_file) {
  const Folder folder;
  const std::string path = folder.at("access.log");
  append(path, "one\ntwo\n");
  Position at;
  {
    Tail tail(path, {}, true);
    EXPECT_EQ(all_of(tail), "one\ntwo\n");
    at = tail.position();
  }
  append(path, "three\n");
  fs::rename(path, path + ".1");
  append(path, "four\n");
  Tail tail(path, at, true);
  EXPECT_EQ(all_of(tail), "three\nfour\n");
  // Another file that got the same number is known by its first bytes.
  Position wrong = tail.position();
  wrong.fingerprint ^= 1;
  Tail fresh(path, wrong, true);
  EXPECT_EQ(all_of(fresh), "four\n");
}

TEST(Tail, without_a_position_it_begins_at_the_end_and_too_long_lines_are_passed_over) {
  const Folder folder;
  const std::string path = folder.at("access.log");
  append(path, "old\n");
  Tail tail(path, {}, false);
  EXPECT_EQ(all_of(tail), "");
  append(path, std::string(3 * kLineMax, 'x') + "\nnext\n");
  EXPECT_EQ(all_of(tail), "next\n");
  EXPECT_EQ(tail.totals().long_lines, 1);
}

/// An intake that knows keys, and fails when it is told to.
struct FakeIntake {
  std::set<std::string> keys;
  int64_t good = 0;
  int64_t bad = 0;
  int hand_overs = 0;
  bool is_full = false;
  bool loses_answer = false;
  Result<void> take(const std::string& body, const std::string& key) {
    ++hand_overs;
    if (is_full) return fail(Code{713}, "full");
    if (keys.insert(key).second) {
      for (size_t at = 0; (at = body.find("\"good\":", at)) != std::string::npos; ++at)
        good += std::stoll(body.substr(at + 7));
      for (size_t at = 0; (at = body.find("\"bad\":", at)) != std::string::npos; ++at)
        bad += std::stoll(body.substr(at + 6));
    }
    if (loses_answer) return fail(Code{502}, "gone");
    return {};
  }
};

std::unique_ptr<Follower> follower(const Folder& folder, FakeIntake& fake) {
  auto made = Follower::open({.source = "edge",
                              .path = folder.at("access.log"),
                              .state_path = folder.at("edge.json"),
                              .from_start = true},
                             *parse_line_format("combined"), rows(),
                             [&fake](const std::string&, const std::string& body,
                                     const std::string& key) { return fake.take(body, key); });
  EXPECT_TRUE(made) << made.error().text();
  return std::move(*made);
}

TEST(Follower, lines_are_counted_once_whatever_fails_in_between) {
  const Folder folder;
  const std::string path = folder.at("access.log");
  FakeIntake fake;
  append(path, line(1, 200) + line(2, 500));
  {
    auto follow = follower(folder, fake);
    fake.is_full = true;
    EXPECT_FALSE(follow->step());
    EXPECT_NE(follow->status().problem, "");
    fake.is_full = false;
    EXPECT_TRUE(follow->step());
    EXPECT_EQ(fake.good, 1);
    EXPECT_EQ(fake.bad, 1);
    EXPECT_FALSE(follow->step());
    append(path, line(3, 200));
    fake.loses_answer = true;  // counted, but the process dies before it knows
    EXPECT_FALSE(follow->step());
    EXPECT_EQ(fake.good, 2);
  }
  fake.loses_answer = false;
  append(path, line(4, 200));
  auto follow = follower(folder, fake);
  EXPECT_TRUE(follow->step());  // the span that was under way, with the same key
  EXPECT_EQ(fake.good, 2);
  EXPECT_TRUE(follow->step());
  EXPECT_EQ(fake.good, 3);
  EXPECT_FALSE(follow->step());
  fs::rename(path, path + ".1");
  append(path, line(5, 500));
  for (int i = 0; i < 4; ++i) follow->step();
  EXPECT_EQ(fake.good, 3);
  EXPECT_EQ(fake.bad, 2);
}

TEST(Follower, a_damaged_state_file_is_an_error_and_no_beginning) {
  const Folder folder;
  append(folder.at("edge.json"), "{");
  FakeIntake fake;
  EXPECT_FALSE(Follower::open(
      {.source = "edge", .path = folder.at("access.log"), .state_path = folder.at("edge.json")},
      *parse_line_format("combined"), rows(),
      [&](const std::string&, const std::string& body, const std::string& key) {
        return fake.take(body, key);
      }));
}

}  // namespace
}  // namespace tollgate::follow
