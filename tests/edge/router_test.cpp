// The router: which samples count for which SLO, and what they add.
#include "edge/intake/router.hpp"

#include "edge/intake/remote_write.hpp"
#include "remote_write_writer.hpp"

#include <gtest/gtest.h>

#include <map>

namespace tollgate::intake {
namespace {

using testing::WrittenSeries;

constexpr int64_t kStart = 1'700'000'000'000;

/// A router with the sums of what it added, by place.
class Desk {
 public:
  explicit Desk(const RouterLimits& limits = {})
      : router_(
            [this](const cells::SeriesKey& key) {
              keys_.push_back(key);
              return static_cast<uint32_t>(keys_.size() - 1);
            },
            limits) {}

  Result<void> write(const std::vector<WrittenSeries>& list) {
    const std::string bytes = testing::write_request_1(list);
    Batch batch;
    TOLLGATE_CHECK(read_write_request_1(bytes, batch));
    return route(batch);
  }
  Result<void> route(Batch& batch) {
    TOLLGATE_CHECK(router_.resolve(batch));
    routed_.clear();
    router_.route(batch, routed_);
    for (const Addition& addition : routed_.additions) {
      const cells::SeriesKey& key = keys_[addition.series];
      auto& [good, bad] =
          sums_[key.slo + "|" + key.environment + "|" + key.track + "|" + key.version];
      good += addition.good;
      bad += addition.bad;
    }
    return {};
  }
  std::pair<int64_t, int64_t> sum(const std::string& place) { return sums_[place]; }
  Router& router() { return router_; }
  const RouterCounts& counts() const { return routed_.counts; }
  const Routed& routed() const { return routed_; }

 private:
  Router router_;
  std::vector<cells::SeriesKey> keys_;
  std::map<std::string, std::pair<int64_t, int64_t>> sums_;
  Routed routed_;
};

RouteSpec row(std::string slo, Role role, std::string query) {
  RouteSpec spec;
  spec.slo = std::move(slo);
  spec.role = role;
  spec.query = std::move(query);
  return spec;
}
std::vector<RouteSpec> bad_of_total() {
  std::vector<RouteSpec> rows = {row("shop/ok", Role::bad, R"(requests{code=~"5.."})"),
                                 row("shop/ok", Role::total, "requests")};
  rows[1].is_beside_bad = true;
  return rows;
}
WrittenSeries requests(std::string code, double value, int64_t seconds, testing::Labels more = {}) {
  testing::Labels labels = {{"__name__", "requests"}, {"code", std::move(code)}};
  labels.insert(labels.end(), more.begin(), more.end());
  return {labels, {{kStart + seconds * 1000, value}}};
}
using Pair = std::pair<int64_t, int64_t>;

TEST(Router, bad_and_total_come_to_good_and_bad) {
  Desk desk;
  ASSERT_TRUE(desk.router().set_routes(bad_of_total()).empty());
  ASSERT_TRUE(desk.write({requests("200", 100, 0), requests("500", 10, 0)}));
  ASSERT_TRUE(desk.write({requests("200", 150, 30), requests("500", 13, 30)}));
  EXPECT_EQ(desk.sum("shop/ok|||"), (Pair{50, 3}));
}

TEST(Router, good_and_total_come_to_good_and_bad) {
  Desk desk;
  desk.router().set_routes({row("shop/ok", Role::good, R"(requests{code!~"5.."})"),
                            row("shop/ok", Role::total, "requests")});
  ASSERT_TRUE(desk.write({requests("200", 100, 0), requests("500", 10, 0)}));
  ASSERT_TRUE(desk.write({requests("200", 150, 30), requests("500", 13, 30)}));
  EXPECT_EQ(desk.sum("shop/ok|||"), (Pair{50, 3}));
}

TEST(Router, tracks_versions_and_environments_are_kept_apart) {
  Desk desk;
  desk.router().set_routes(bad_of_total());
  const testing::Labels canary = {{"env", "production"}, {"track", "canary"}, {"version", "2"}};
  const testing::Labels stable = {{"env", "production"}, {"track", "stable"}, {"version", "1"}};
  for (const int64_t seconds : {0, 30}) {
    const double more = static_cast<double>(seconds);
    ASSERT_TRUE(desk.write({requests("200", 100 + more, seconds, stable),
                            requests("500", more / 10, seconds, canary)}));
  }
  EXPECT_EQ(desk.sum("shop/ok|production|stable|1"), (Pair{30, 0}));
  EXPECT_EQ(desk.sum("shop/ok|production|canary|2"), (Pair{0, 3}));
}

TEST(Router, the_policy_says_which_labels_name_the_place) {
  Desk desk;
  std::vector<RouteSpec> rows = bad_of_total();
  for (RouteSpec& spec : rows) spec.track = "color";
  desk.router().set_routes(rows);
  for (const int64_t seconds : {0, 30})
    ASSERT_TRUE(desk.write({requests("200", static_cast<double>(seconds), seconds,
                                     {{"color", "blue"}, {"track", "canary"}})}));
  EXPECT_EQ(desk.sum("shop/ok||blue|"), (Pair{30, 0}));
}

TEST(Router, one_series_may_count_for_many_slos) {
  Desk desk;
  std::vector<RouteSpec> rows = bad_of_total();
  for (RouteSpec spec : bad_of_total()) {
    spec.slo = "shop/other";
    rows.push_back(spec);
  }
  desk.router().set_routes(rows);
  for (const int64_t seconds : {0, 30})
    ASSERT_TRUE(desk.write({requests("200", static_cast<double>(seconds), seconds)}));
  EXPECT_EQ(desk.sum("shop/ok|||"), (Pair{30, 0}));
  EXPECT_EQ(desk.sum("shop/other|||"), (Pair{30, 0}));
}

TEST(Router, a_changed_policy_loses_no_counter) {
  Desk desk;
  desk.router().set_routes(bad_of_total());
  ASSERT_TRUE(desk.write({requests("200", 100, 0)}));
  std::vector<RouteSpec> rows = bad_of_total();
  for (RouteSpec& spec : rows) spec.slo = "shop/renamed";
  desk.router().set_routes(rows);
  ASSERT_TRUE(desk.write({requests("200", 107, 30)}));
  EXPECT_EQ(desk.sum("shop/renamed|||"), (Pair{7, 0}));
}

TEST(Router, the_order_of_labels_does_not_matter) {
  Desk desk;
  desk.router().set_routes(bad_of_total());
  ASSERT_TRUE(desk.write({{{{"__name__", "requests"}, {"code", "200"}}, {{kStart, 5}}}}));
  ASSERT_TRUE(desk.write({{{{"code", "200"}, {"__name__", "requests"}}, {{kStart + 30'000, 9}}}}));
  EXPECT_EQ(desk.sum("shop/ok|||"), (Pair{4, 0}));
}

TEST(Router, state_that_was_saved_goes_on_where_it_ended) {
  Desk before;
  before.router().set_routes(bad_of_total());
  ASSERT_TRUE(before.write({requests("200", 100, 0), requests("500", 3, 0)}));
  Desk after;
  after.router().set_routes(bad_of_total());
  ASSERT_TRUE(after.router().load(before.router().save()));
  ASSERT_TRUE(after.write({requests("200", 104, 30), requests("500", 5, 30)}));
  EXPECT_EQ(after.sum("shop/ok|||"), (Pair{4, 2}));
  EXPECT_FALSE(after.router().load(before.router().save() + "x"));
}

WrittenSeries bucket(std::string le, double value, int64_t seconds) {
  return {{{"__name__", "took_bucket"}, {"le", std::move(le)}}, {{kStart + seconds * 1000, value}}};
}

TEST(Router, a_threshold_counts_the_classic_bucket_of_its_bound) {
  Desk desk;
  RouteSpec spec = row("shop/fast", Role::threshold, "took");
  spec.value = 0.3;
  desk.router().set_routes({spec});
  for (const auto& [seconds, under, all] :
       {std::tuple{0, 10.0, 12.0}, std::tuple{30, 20.0, 25.0}}) {
    ASSERT_TRUE(desk.write(
        {bucket("0.1", 3, seconds), bucket("0.3", under, seconds), bucket("+Inf", all, seconds)}));
  }
  EXPECT_EQ(desk.sum("shop/fast|||"), (Pair{10, 3}));
}

TEST(Router, a_threshold_that_should_be_passed_counts_the_other_side) {
  Desk desk;
  RouteSpec spec = row("shop/rate", Role::threshold, "took_bucket");
  spec.op = model::Operator::gt;
  spec.value = 0.3;
  desk.router().set_routes({spec});
  for (const auto& [seconds, under, all] : {std::tuple{0, 10.0, 12.0}, std::tuple{30, 20.0, 25.0}})
    ASSERT_TRUE(desk.write({bucket("0.30", under, seconds), bucket("+Inf", all, seconds)}));
  EXPECT_EQ(desk.sum("shop/rate|||"), (Pair{3, 10}));
}

TEST(Router, without_a_bucket_at_the_threshold_nothing_looks_bad) {
  Desk desk;
  RouteSpec spec = row("shop/fast", Role::threshold, "took");
  spec.value = 0.25;
  desk.router().set_routes({spec});
  for (const int64_t seconds : {0, 30})
    ASSERT_TRUE(desk.write(
        {bucket("0.3", 1, seconds), bucket("+Inf", static_cast<double>(seconds), seconds)}));
  EXPECT_EQ(desk.sum("shop/fast|||"), (Pair{0, 0}));
  // The bucket comes late: what waited is counted.
  ASSERT_TRUE(desk.write({bucket("0.25", 5, 60), bucket("+Inf", 32, 60)}));
  EXPECT_EQ(desk.sum("shop/fast|||"), (Pair{0, 32}));
}

WrittenSeries native(int64_t seconds, std::vector<int64_t> deltas, uint64_t count,
                     int64_t schema = 0) {
  const auto length = static_cast<uint32_t>(deltas.size());
  return {{{"__name__", "took"}},
          {},
          {{.time_ms = kStart + seconds * 1000,
            .schema = schema,
            .count = count,
            .sum = 1,
            .spans = {{-1, length}},
            .deltas = std::move(deltas),
            .bounds = {}}}};
}

TEST(Router, a_threshold_counts_the_buckets_of_native_histograms) {
  Desk desk;
  RouteSpec spec = row("shop/fast", Role::threshold, "took");
  spec.value = 1;
  desk.router().set_routes({spec});
  // Buckets (0.25, 0.5], (0.5, 1], (1, 2].
  ASSERT_TRUE(desk.write({native(0, {1, 0, 0}, 3)}));
  ASSERT_TRUE(desk.write({native(30, {3, 1, -2}, 9)}));  // 3, 4, 2
  EXPECT_EQ(desk.sum("shop/fast|||"), (Pair{5, 1}));
  // A restart: all of it is new.
  ASSERT_TRUE(desk.write({native(60, {1, 0, 0}, 3)}));
  EXPECT_EQ(desk.sum("shop/fast|||"), (Pair{7, 2}));
}

TEST(Router, a_series_beyond_the_limit_is_refused_and_counted) {
  Desk desk({.series_max = 1});
  desk.router().set_routes(bad_of_total());
  ASSERT_TRUE(desk.write({requests("200", 1, 0), requests("201", 1, 0), requests("201", 2, 30)}));
  EXPECT_EQ(desk.counts().refused, 2);
  EXPECT_NE(desk.routed().refused.find("more than 1 series"), std::string::npos);
}

TEST(Router, a_flood_of_places_is_refused) {
  Desk desk({.cells_of_slo_max = 2});
  desk.router().set_routes(bad_of_total());
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(desk.write({requests("200", 1, 0, {{"version", std::to_string(i)}})}));
  EXPECT_EQ(desk.router().series_count(), 2U);
  EXPECT_NE(desk.routed().refused.find("shop/ok"), std::string::npos);
}

TEST(Router, the_end_of_a_series_is_no_sample) {
  Desk desk;
  desk.router().set_routes(bad_of_total());
  ASSERT_TRUE(desk.write({requests("200", 10, 0), requests("200", testing::kStaleMarker, 30),
                          requests("200", 14, 60)}));
  EXPECT_EQ(desk.sum("shop/ok|||"), (Pair{4, 0}));
  EXPECT_EQ(desk.counts().stale, 1);
}

TEST(Router, a_pattern_that_is_none_is_named_and_the_others_work) {
  Desk desk;
  std::vector<RouteSpec> rows = bad_of_total();
  rows.push_back(row("shop/broken", Role::total, R"(requests{code=~"("})"));
  const Problems problems = desk.router().set_routes(rows);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(problems[0].message.find("shop/broken"), std::string::npos);
  for (const int64_t seconds : {0, 30})
    ASSERT_TRUE(desk.write({requests("200", static_cast<double>(seconds), seconds)}));
  EXPECT_EQ(desk.sum("shop/ok|||"), (Pair{30, 0}));
}

Event event(Batch& batch, std::vector<Label> labels, bool is_error, int64_t took_us,
            double weight) {
  Event out{.first_label = static_cast<uint32_t>(batch.labels.size()),
            .label_count = static_cast<uint32_t>(labels.size()),
            .time_ms = kStart,
            .duration_us = took_us,
            .weight = weight,
            .kind = EventKind::span,
            .is_error = is_error};
  batch.labels.insert(batch.labels.end(), labels.begin(), labels.end());
  return out;
}

TEST(Router, events_count_by_error_status_and_duration) {
  Desk desk;
  RouteSpec bad = row("shop/spans", Role::bad, R"({"service.name"="shop"})");
  bad.kind = RouteKind::events;
  bad.bad = {"error", "5xx", R"({outcome="lost"})"};
  bad.slower_than = milliseconds(300);
  RouteSpec total = row("shop/spans", Role::total, R"({"service.name"="shop"})");
  total.kind = RouteKind::events;
  total.is_beside_bad = true;
  ASSERT_TRUE(desk.router().set_routes({bad, total}).empty());
  Batch batch;
  const Label shop{"service.name", "shop"};
  batch.events = {event(batch, {shop}, false, 1000, 1),
                  event(batch, {shop}, true, 1000, 1),
                  event(batch, {shop}, false, 300'001, 1),
                  event(batch, {shop, {"http.response.status_code", "503"}}, false, 0, 1),
                  event(batch, {shop, {"outcome", "lost"}}, false, 0, 1),
                  event(batch, {{"service.name", "bar"}}, true, 0, 1),
                  event(batch, {shop}, true, 0, 2.5),
                  event(batch, {shop}, true, 0, 2.5)};
  ASSERT_TRUE(desk.route(batch));
  EXPECT_EQ(desk.sum("shop/spans|||"), (Pair{1, 9}));
  EXPECT_EQ(desk.routed().weights.size(), 4U);
}

TEST(Router, samples_of_up_count_nothing_and_say_which_target_is_down) {
  Desk desk;
  std::vector<RouteSpec> rows = bad_of_total();
  rows.push_back(row("shop/ok", Role::up, "up{job=\"shop\"}"));
  ASSERT_TRUE(desk.router().set_routes(rows).empty());
  const auto up = [](const char* instance, double value, int64_t seconds) {
    return WrittenSeries{{{"__name__", "up"}, {"job", "shop"}, {"instance", instance}},
                         {{kStart + seconds * 1000, value}}};
  };
  ASSERT_TRUE(desk.write({up("a", 1, 0), up("b", 0, 0)}));
  ASSERT_EQ(desk.routed().faults.size(), 2U);
  EXPECT_EQ(desk.routed().faults[0].kind, Fault::Kind::up);
  EXPECT_EQ(desk.routed().faults[1].kind, Fault::Kind::down);
  EXPECT_NE(desk.routed().faults[0].counter, desk.routed().faults[1].counter);
  EXPECT_TRUE(desk.routed().additions.empty());
  EXPECT_EQ(desk.counts().counted, 0);
  ASSERT_TRUE(desk.write({up("b", 1, 0)}));
  EXPECT_TRUE(desk.routed().faults.empty()) << "not newer";
  ASSERT_TRUE(desk.write({up("b", 1, 30)}));
  EXPECT_EQ(desk.routed().faults.at(0).kind, Fault::Kind::up);
}

TEST(Router, a_reset_tells_the_heights_before_and_after) {
  Desk desk;
  ASSERT_TRUE(desk.router().set_routes(bad_of_total()).empty());
  const auto total = [](double value, int64_t seconds) {
    return WrittenSeries{{{"__name__", "requests"}, {"code", "200"}},
                         {{kStart + seconds * 1000, value}}};
  };
  ASSERT_TRUE(desk.write({total(100, 0)}));
  ASSERT_TRUE(desk.write({total(7, 30)}));
  ASSERT_EQ(desk.routed().faults.size(), 1U);
  EXPECT_EQ(desk.routed().faults[0].kind, Fault::Kind::reset);
  EXPECT_EQ(desk.routed().faults[0].before, 100);
  EXPECT_EQ(desk.routed().faults[0].after, 7);
}

}  // namespace
}  // namespace tollgate::intake
