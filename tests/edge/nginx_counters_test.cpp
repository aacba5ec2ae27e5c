// The counters of a real nginx Plus over forty minutes, five seconds apart with one gap: what the
// router makes of them is what the last poll shows more than the first.
#include "edge/intake/remote_write.hpp"
#include "edge/intake/router.hpp"
#include "remote_write_writer.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace tollgate::intake {
namespace {

const std::filesystem::path kFile =
    std::filesystem::path(TOLLGATE_SHARED_DIR) / "data/access_logs/elastic_nginxplus_status.jsonl";
constexpr std::array kZones = {"hg.nginx.org", "trac.nginx.org", "lxr.nginx.org"};
constexpr std::array kCodes = {"1xx", "2xx", "3xx", "4xx", "5xx"};

/// The number behind `"name":` after `from`.
int64_t number_at(const std::string& line, const std::string& name, size_t from) {
  const size_t place = line.find("\"" + name + "\":", from);
  EXPECT_NE(place, std::string::npos) << name;
  return std::strtoll(line.c_str() + place + name.size() + 3, nullptr, 10);
}

/// One poll as the series that an exporter of it shows.
std::vector<testing::WrittenSeries> series_of(const std::string& line) {
  std::vector<testing::WrittenSeries> list;
  const int64_t time_ms = number_at(line, "timestamp", 0);
  const size_t zones = line.find("\"server_zones\"");
  for (const std::string zone : kZones) {
    const size_t place = line.find("\"" + zone + "\"", zones);
    for (const std::string code : kCodes) {
      list.push_back({{{"__name__", "responses"}, {"zone", zone}, {"code", code}},
                      {{time_ms, static_cast<double>(number_at(line, code, place))}}});
    }
  }
  return list;
}

RouteSpec row(const std::string& slo, Role role, const std::string& query) {
  RouteSpec spec{.slo = slo, .role = role};
  spec.query = query;
  spec.is_beside_bad = role == Role::total;
  return spec;
}

TEST(NginxCounters, half_an_hour_of_polls_counts_each_response_once) {
  std::ifstream file(kFile);
  if (!file) GTEST_SKIP() << "skipped: no shared data";
  std::vector<RouteSpec> rows;
  for (const std::string zone : kZones) {
    rows.push_back(row(zone, Role::bad, "responses{zone=\"" + zone + "\",code=\"5xx\"}"));
    rows.push_back(row(zone, Role::total, "responses{zone=\"" + zone + "\"}"));
  }
  rows.push_back(row("clients", Role::bad, R"(responses{zone="trac.nginx.org",code="4xx"})"));
  rows.push_back(row("clients", Role::total, R"(responses{zone="trac.nginx.org"})"));
  std::vector<std::string> places;
  Router router([&places](const cells::SeriesKey& key) {
    places.push_back(key.slo);
    return static_cast<uint32_t>(places.size() - 1);
  });
  ASSERT_TRUE(router.set_routes(rows).empty());
  std::map<std::string, slo::Counts> sums;
  RouterCounts counts;
  int64_t polls = 0;
  for (std::string line; std::getline(file, line);) {
    const std::string bytes = testing::write_request_1(series_of(line));
    Batch batch;
    ASSERT_TRUE(read_write_request_1(bytes, batch));
    ASSERT_TRUE(router.resolve(batch));
    Routed routed;
    router.route(batch, routed);
    for (const Addition& each : routed.additions)
      sums[places[each.series]] += slo::Counts{.good = each.good, .bad = each.bad};
    counts += routed.counts;
    ++polls;
  }
  EXPECT_EQ(polls, 500);
  EXPECT_EQ(sums["hg.nginx.org"], (slo::Counts{.good = 295, .bad = 3}));  // 1.007 %
  EXPECT_EQ(sums["trac.nginx.org"], (slo::Counts{.good = 752, .bad = 0}));
  EXPECT_EQ(sums["lxr.nginx.org"], (slo::Counts{.good = 90, .bad = 0}));
  EXPECT_EQ(sums["clients"], (slo::Counts{.good = 721, .bad = 31}));
  EXPECT_EQ(counts.resets, 0);
  EXPECT_EQ(counts.gaps, 0);
}

}  // namespace
}  // namespace tollgate::intake
