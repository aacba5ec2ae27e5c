// Limits of a metrics server over time: who asks to be left alone is not asked until then, is asked
// again after it, and a limit that lasts is told as one. Time is the test's own.
#include "edge/sources/connection.hpp"

#include "fake_http.hpp"
#include "foundation/base/codes.hpp"

#include <gtest/gtest.h>

namespace tollgate::sources {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

class ConnectionTest : public ::testing::Test {
 protected:
  void answer(int status, Headers headers = {}) {
    status_ = status;
    headers_ = std::move(headers);
  }
  void pass(Duration time) { now_ += std::chrono::milliseconds(time.ms); }
  /// "200", or the error in words.
  std::string ask(Duration timeout = seconds(10)) {
    const auto got = connection_.send("/api", "", "", connection_.deadline(timeout));
    return got ? std::to_string(got->status) : got.error().message;
  }

  int asked_ = 0;
  Duration allowed_ = {};  // by the last request

 private:
  int status_ = 200;
  Headers headers_;
  Deadline now_ = Deadline(std::chrono::hours(1));
  FakeHttp http_{[this](const engine::HttpRequest& request) {
    ++asked_;
    allowed_ = request.timeout;
    return engine::HttpResponse{.status = status_, .headers = headers_, .body = "{}"};
  }};

 protected:
  Connection connection_{{.name = "prom", .type = "prometheus", .url = "http://prom/"},
                         http_,
                         [this] { return now_; }};
};

TEST_F(ConnectionTest, a_server_is_not_asked_before_the_time_it_named) {
  answer(429, {{"retry-after", "60"}});
  EXPECT_EQ(ask(), "the server asks for fewer requests (status 429); it is asked again in 1 min");
  answer(200);
  EXPECT_EQ(ask(),
            "the server asked to be left alone for another 1 min; it is asked again after that");
  pass(milliseconds(59'001));
  EXPECT_EQ(ask(),
            "the server asked to be left alone for another 1 s; it is asked again after that");
  EXPECT_EQ(asked_, 1);
  pass(milliseconds(999));
  EXPECT_EQ(ask(), "200");
  EXPECT_EQ(ask(), "200");
  EXPECT_EQ(asked_, 3);
}

TEST_F(ConnectionTest, a_busy_server_is_left_alone_for_as_long_as_it_says) {
  answer(503, {{"retry-after", "10"}});
  EXPECT_EQ(ask(), "503");
  pass(seconds(9));
  EXPECT_NE(ask().find("left alone for another 1 s"), std::string::npos);
  EXPECT_EQ(asked_, 1);
  answer(503);  // now it names no time
  pass(seconds(1));
  EXPECT_EQ(ask(), "503");
  EXPECT_EQ(ask(), "503");
  EXPECT_EQ(asked_, 3);
}

TEST_F(ConnectionTest, a_used_up_limit_is_respected_before_the_server_refuses) {
  answer(200, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "20"}});
  EXPECT_EQ(ask(), "200");
  pass(seconds(19));
  EXPECT_NE(ask().find("left alone for another 1 s"), std::string::npos);
  answer(200, {{"x-ratelimit-remaining", "5"}, {"x-ratelimit-reset", "20"}});
  pass(seconds(1));
  EXPECT_EQ(ask(), "200");
  EXPECT_EQ(ask(), "200");
  EXPECT_EQ(asked_, 3);
}

TEST_F(ConnectionTest, a_limit_that_lasts_says_for_how_long) {
  constexpr std::string_view kLasting = "it has been so for 5 min: ask it for less";
  answer(429, {{"retry-after", "60"}});
  for (int minute = 0; minute < 5; ++minute) {
    EXPECT_EQ(ask().find("it has been so"), std::string::npos) << minute;
    pass(minutes(1));
  }
  const std::string refused = ask();
  EXPECT_NE(refused.find(kLasting), std::string::npos) << refused;
  const std::string spared = ask();
  EXPECT_NE(spared.find("left alone"), std::string::npos) << spared;
  EXPECT_NE(spared.find(kLasting), std::string::npos) << spared;
  EXPECT_EQ(asked_, 6);
  // An answer ends it; the next limit begins anew.
  answer(200);
  pass(minutes(1));
  EXPECT_EQ(ask(), "200");
  answer(429, {{"retry-after", "60"}});
  EXPECT_EQ(ask().find("it has been so"), std::string::npos);
}

TEST_F(ConnectionTest, a_failure_in_between_does_not_end_a_lasting_limit) {
  answer(429, {{"retry-after", "60"}});
  (void)ask();
  pass(minutes(4));
  answer(503);
  EXPECT_EQ(ask(), "503");
  pass(minutes(2));
  answer(429, {{"retry-after", "60"}});
  EXPECT_NE(ask().find("it has been so for 6 min"), std::string::npos);
}

TEST_F(ConnectionTest, no_server_is_left_alone_for_more_than_an_hour) {
  answer(429, {{"retry-after", "86400"}});
  (void)ask();
  answer(200);
  pass(kRetryAfterMax - milliseconds(1));
  EXPECT_NE(ask(), "200");
  pass(milliseconds(1));
  EXPECT_EQ(ask(), "200");
}

TEST_F(ConnectionTest, all_calls_of_a_reading_share_one_deadline) {
  const Deadline deadline = connection_.deadline(seconds(3));
  pass(seconds(1));
  ASSERT_TRUE(connection_.send("/a", "", "", deadline));
  EXPECT_EQ(allowed_, seconds(2));
  pass(seconds(2));
  const auto late = connection_.send("/b", "", "", deadline);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, codes::timed_out);
  EXPECT_EQ(asked_, 1);
}

}  // namespace
}  // namespace tollgate::sources
