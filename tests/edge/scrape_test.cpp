// What exporters show: every sample that is there, nothing that is not, and all or nothing.
#include "edge/scrape/exposition.hpp"
#include "foundation/base/codes.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace tollgate {
namespace {

using intake::Label;
using intake::PointKind;
using scrape::Form;

const Label kTarget[] = {{"job", "shop"}, {"instance", "10.0.0.1:9100"}};
constexpr Time kNow{1'772'409'600'000};

/// Keeps the bytes that the batch borrows.
struct Scraped {
  std::string bytes;
  intake::Batch batch;
  Result<void> result;

  Scraped(std::string_view text, Form form = Form::prometheus_text, bool is_up = true)
      : bytes(scrape::encode_visit(
            {.target_labels = kTarget, .time = kNow, .is_up = is_up, .form = form, .text = text})),
        result(scrape::decode_visit(bytes, batch)) {}

  /// "name{a=b} value kind @time" of every point but up.
  std::string text() const {
    std::string out;
    for (const intake::Point& point : batch.points) {
      std::string labels;
      std::string name;
      for (uint32_t i = 0; i < point.label_count; ++i) {
        const Label& label = batch.labels[point.first_label + i];
        if (label.name == intake::kNameLabel) {
          name = label.value;
        } else if (label.name != "job" && label.name != "instance") {
          labels += fmt::format("{}={};", label.name, label.value);
        }
      }
      if (name == "up") continue;
      out += fmt::format("{}{{{}}} {}{}", name, labels, point.value,
                         point.kind == PointKind::cumulative ? " counts" : "");
      if (point.time_ms != kNow.ms) out += fmt::format(" @{}", point.time_ms);
      if (point.start_ms != 0) out += fmt::format(" since {}", point.start_ms);
      out += "\n";
    }
    return out;
  }
};

TEST(Exposition, counters_gauges_histograms_and_summaries_of_the_text_format) {
  const Scraped scraped(R"(# HELP requests_total All requests.
# TYPE requests_total counter
requests_total{code="200",path="/a\\b\"c\nd"} 1027 1395066363000
requests_total { code = "500" , } 3
# TYPE temperature gauge
temperature -1.5e1
# TYPE took histogram
took_bucket{le="0.1"} 5
took_bucket{le="+Inf"} 7
took_sum 1.25
took_count 7
# TYPE size summary
size{quantile="0.5"} NaN
size_count 2

untyped_total 4
something +Inf
)");
  ASSERT_TRUE(scraped.result) << scraped.result.error().message;
  EXPECT_EQ(scraped.text(),
            "requests_total{code=200;path=/a\\b\"c\nd;} 1027 counts @1395066363000\n"
            "requests_total{code=500;} 3 counts\n"
            "temperature{} -15\n"
            "took_bucket{le=0.1;} 5 counts\n"
            "took_bucket{le=+Inf;} 7 counts\n"
            "took_sum{} 1.25 counts\n"
            "took_count{} 7 counts\n"
            "size{quantile=0.5;} nan\n"
            "size_count{} 2 counts\n"
            "untyped_total{} 4 counts\n"
            "something{} inf\n");
}

TEST(Exposition, open_metrics_has_created_times_seconds_and_exemplars) {
  const Scraped scraped(R"(# TYPE requests counter
# UNIT requests requests
requests_total{code="200"} 17 1520879607.789 # {trace_id="KOO5S4vxi0o"} 0.67
requests_created{code="200"} 1520872607.123
requests_total{code="500"} 2
# TYPE took histogram
took_bucket{le="1.0"} 1
took_bucket{le="+Inf"} 2
took_count 2
took_sum 3
took_created 1520430000
# EOF
)",
                        Form::open_metrics);
  ASSERT_TRUE(scraped.result) << scraped.result.error().message;
  EXPECT_EQ(scraped.text(),
            "requests_total{code=200;} 17 counts @1520879607789 since 1520872607123\n"
            "requests_total{code=500;} 2 counts\n"
            "took_bucket{le=1.0;} 1 counts since 1520430000000\n"
            "took_bucket{le=+Inf;} 2 counts since 1520430000000\n"
            "took_count{} 2 counts since 1520430000000\n"
            "took_sum{} 3 counts since 1520430000000\n");
  EXPECT_EQ(scraped.batch.exemplars, 1);
}

TEST(Exposition, the_target_is_named_on_every_series_and_wins) {
  const Scraped scraped("a{job=\"mine\",x=\"\"} 1\n");
  ASSERT_TRUE(scraped.result);
  ASSERT_EQ(scraped.batch.points.size(), 2u);
  const intake::Point& point = scraped.batch.points[1];
  ASSERT_EQ(point.label_count, 4u);
  const Label* labels = &scraped.batch.labels[point.first_label];
  EXPECT_EQ(labels[0], (Label{"__name__", "a"}));
  EXPECT_EQ(labels[1], (Label{"exported_job", "mine"}));
  EXPECT_EQ(labels[2], (Label{"job", "shop"}));
  EXPECT_EQ(point.key, intake::series_key(labels, 4));
}

TEST(Exposition, a_target_that_is_down_shows_that_and_nothing_else) {
  const Scraped down("a 1\n", Form::prometheus_text, false);
  ASSERT_TRUE(down.result);
  ASSERT_EQ(down.batch.points.size(), 1u);
  EXPECT_EQ(down.batch.points[0].value, 0);
  EXPECT_EQ(Scraped("a 1\n").batch.points[0].value, 1);
}

TEST(Exposition, what_cannot_be_read_is_refused_with_its_line) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"a 1\nb", "line 2: the text ends inside"},
      {"a 1", "cut"},
      {"a\n", "no value"},
      {"a x\n", "no value"},
      {"a 1 2 3\n", "behind the sample"},
      {"a 1 # {} 2\n", "behind the sample"},
      {"1a 1\n", "name"},
      {"a{b=\"c\" 1\n", "do not end"},
      {"a{b=\"c} 1\n", "does not end"},
      {"a{b=c} 1\n", "quotes"},
      {"a{b=\"1\",b=\"2\"} 1\n", "twice"},
      {"a{__name__=\"b\"} 1\n", "__name__"},
      {"a 1 99999999999999999\n", "time"},
      {"# TYPE a\n", "# TYPE"},
  };
  for (const auto& [text, words] : rows) {
    const Scraped scraped(text);
    ASSERT_FALSE(scraped.result) << text;
    EXPECT_NE(scraped.result.error().message.find(words), std::string::npos)
        << scraped.result.error().message << " for " << text;
  }
  EXPECT_NE(Scraped("a 1\n", Form::open_metrics).result.error().message.find("EOF"),
            std::string::npos);
  std::string many = "a{";
  for (int i = 0; i < 200; ++i) many += fmt::format("l{}=\"x\",", i);
  EXPECT_EQ(Scraped(many + "} 1\n").result.error().code, codes::too_large);
}

RC_GTEST_PROP(Exposition, any_text_of_a_label_survives, ()) {
  const auto value = *rc::gen::nonEmpty(rc::gen::string<std::string>());
  std::string escaped;
  for (const char c : value) {
    if (c == '\r') return;  // ends of lines of another convention
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  const Scraped scraped("a{l=\"" + escaped + "\"} 1\n");
  RC_ASSERT(scraped.result.has_value());
  RC_ASSERT(scraped.batch.labels[scraped.batch.points[1].first_label + 1].value == value);
}

}  // namespace
}  // namespace tollgate
