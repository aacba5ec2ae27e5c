// Latency of releases: traces taken apart, quantiles with bounds, and what explains a change.
#include "domain/traces/assembler.hpp"
#include "domain/traces/compare.hpp"
#include "edge/otlp/gzip.hpp"
#include "foundation/base/text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>

namespace tollgate::traces {
namespace {

constexpr Time kNow{1'772'445'600'000};  // 2026-03-02T10:00Z
constexpr int64_t kStart = 1'772'445'600'000'000;

int64_t own_of(const Visit& visit, uint32_t operation) {
  for (const Part& part : visit.parts) {
    if (part.operation == operation) return part.own_us;
  }
  return -1;
}

Span span(uint64_t id, uint64_t parent, int64_t start, int64_t duration, uint32_t place,
          uint32_t operation) {
  return {.id = id,
          .parent = parent,
          .start_us = kStart + start,
          .duration_us = duration,
          .place = place,
          .operation = operation,
          .is_entry_kind = true};
}

TEST(TakeApart, parallel_children_share_the_time_and_parts_add_up) {
  // 1: 0..100, children 2: 10..60 and 3: 30..80 at once; 4 inside 2: 20..30.
  const TraceShape shape = take_apart({span(4, 2, 20, 10, 1, 4), span(2, 1, 10, 50, 1, 2),
                                       span(1, 0, 0, 100, 1, 1), span(3, 1, 30, 50, 1, 3)});
  ASSERT_EQ(shape.visits.size(), 1U);
  const Visit& visit = shape.visits[0];
  EXPECT_TRUE(shape.has_root);
  EXPECT_EQ(visit.spans, 4);
  EXPECT_EQ(own_of(visit, 1), 30);       // 0..10 and 80..100
  EXPECT_EQ(own_of(visit, 2), 10 + 15);  // 10..20, half of 30..60
  EXPECT_EQ(own_of(visit, 3), 15 + 20);  // half of 30..60, 60..80
  EXPECT_EQ(own_of(visit, 4), 10);
}

TEST(TakeApart, a_visit_begins_where_another_service_is_entered) {
  const TraceShape shape =
      take_apart({span(1, 0, 0, 100, 1, 1), span(2, 1, 10, 50, 2, 2), span(3, 2, 20, 10, 2, 3)});
  ASSERT_EQ(shape.visits.size(), 2U);
  EXPECT_TRUE(shape.visits[0].is_root);
  EXPECT_EQ(shape.visits[1].entry.place, 2U);
  EXPECT_EQ(shape.visits[1].spans, 2);
  EXPECT_EQ(own_of(shape.visits[1], 2), 40);
}

TEST(TakeApart, a_child_with_another_clock_is_moved_into_its_parent) {
  const TraceShape shape =
      take_apart({span(1, 0, 0, 100'000, 1, 1), span(2, 1, -500'000, 40'000, 2, 2)});
  EXPECT_EQ(shape.skewed, 1);
  EXPECT_EQ(own_of(shape.visits[0], 2), 40'000);
  EXPECT_EQ(own_of(shape.visits[0], 1), 60'000);
}

TEST(TakeApart, what_goes_on_after_its_parent_is_nobodys_wait) {
  const TraceShape shape =
      take_apart({span(1, 0, 0, 100'000, 1, 1), span(2, 1, 90'000, 400'000, 1, 2)});
  EXPECT_EQ(own_of(shape.visits[0], 1), 90'000);
  EXPECT_EQ(own_of(shape.visits[0], 2), 10'000);
}

TEST(TakeApart, orphans_repeats_and_circles_do_no_harm) {
  const TraceShape orphan = take_apart({span(2, 9, 0, 50, 2, 2), span(2, 9, 0, 50, 2, 2)});
  EXPECT_FALSE(orphan.has_root);
  EXPECT_EQ(orphan.orphans, 1);
  ASSERT_EQ(orphan.visits.size(), 1U);
  EXPECT_FALSE(orphan.visits[0].is_root);
  const TraceShape circle = take_apart({span(1, 2, 0, 50, 1, 1), span(2, 1, 0, 50, 1, 2)});
  EXPECT_EQ(circle.orphans, 1);
  EXPECT_TRUE(take_apart({}).visits.empty());
}

RC_GTEST_PROP(TakeApartProperty, parts_of_every_visit_add_up_to_its_duration, ()) {
  std::vector<Span> spans;
  const auto count = *rc::gen::inRange<uint64_t>(1, 30);
  for (uint64_t id = 1; id <= count; ++id) {
    spans.push_back(span(id, *rc::gen::inRange<uint64_t>(0, count + 1),
                         *rc::gen::inRange<int64_t>(-50, 50), *rc::gen::inRange<int64_t>(0, 100),
                         *rc::gen::inRange<uint32_t>(1, 4), *rc::gen::inRange<uint32_t>(1, 6)));
  }
  const TraceShape shape = take_apart(spans);
  for (const Visit& visit : shape.visits) {
    int64_t sum = 0;
    for (const Part& part : visit.parts) sum += part.own_us;
    if (!visit.is_root) continue;  // others may be cut by their parents
    RC_ASSERT(std::abs(sum - visit.entry.duration_us) <= static_cast<int64_t>(visit.parts.size()));
  }
}

TEST(Assembler, a_trace_is_taken_apart_when_it_is_quiet_and_late_spans_are_counted) {
  LatencyBook book;
  Assembler assembler(book);
  const uint32_t place = book.names().place("cart", "", "", "1");
  const uint32_t operation = book.names().operation("cart", "GET /");
  const TraceId trace = {1, 2};
  assembler.add(trace, span(2, 1, 10, 20, place, operation), kNow);
  assembler.advance(kNow + seconds(29));
  assembler.add(trace, span(1, 0, 0, 100, place, operation), kNow + seconds(29));
  assembler.advance(kNow + seconds(58));
  EXPECT_EQ(assembler.counts().traces, 0);
  assembler.advance(kNow + seconds(59));
  EXPECT_EQ(assembler.counts().traces, 1);
  EXPECT_EQ(assembler.waiting_spans(), 0U);
  assembler.add(trace, span(3, 1, 10, 20, place, operation), kNow + seconds(60));
  EXPECT_EQ(assembler.counts().late, 1);
  EXPECT_EQ(book.visits({.service = "cart"}).visits.all.weight, 1);
  EXPECT_EQ(book.operations({.service = "cart"}).begin()->second.all.weight, 3);
}

TEST(Assembler, beyond_its_limit_spans_are_shed_and_counted) {
  LatencyBook book;
  Assembler assembler(book, {.spans_max = 2});
  for (uint64_t i = 1; i <= 3; ++i) assembler.add({i, 0}, span(i, 0, 0, 1, 0, 0), kNow);
  EXPECT_EQ(assembler.waiting_spans(), 2U);
  EXPECT_EQ(assembler.counts().shed, 1);
}

TEST(LatencyBook, slots_come_back_as_they_were) {
  LatencyBook book;
  const uint32_t place = book.names().place("cart", "production", "canary", "2");
  const uint32_t operation = book.names().operation("cart", "GET /");
  for (const Visit& visit :
       take_apart({span(1, 0, 0, 100, place, operation), span(2, 1, 10, 20, place, 0)}).visits)
    book.add_visit(visit);
  book.add_operation(span(1, 0, 0, 100, place, operation));
  const auto changes = book.take_changes();
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_TRUE(book.take_changes().empty());
  LatencyBook other;
  ASSERT_TRUE(other.put(changes[0].first, changes[0].second));
  const VisitCell cell = other.visits({.service = "cart", .version = "2", .track = "canary"});
  EXPECT_EQ(cell.visits.all.weight, 1);
  EXPECT_EQ(cell.parts.size(), 2U);
  EXPECT_EQ(cell.visits.durations.quantile({500'000}),
            book.visits({.service = "cart"}).visits.durations.quantile({500'000}));
  for (size_t size = 0; size < changes[0].second.size(); ++size)
    EXPECT_FALSE(LatencyBook{}.put(0, std::string_view(changes[0].second).substr(0, size)));
}

TEST(Quantiles, few_visits_leave_the_tail_open) {
  DurationCell cell;
  for (int i = 1; i <= 20; ++i) cell.add(1000 * i, 1, false);
  const Estimate tail = quantile_of(cell, {990'000}, {950'000});
  EXPECT_FALSE(tail.is_bounded);
  const Estimate median = quantile_of(cell, {500'000}, {950'000});
  // Hahn and Meeker, table A.15a: ranks 6 and 15 of 20.
  EXPECT_NEAR(median.lower, 6000, 150);
  EXPECT_NEAR(median.upper, 15'000, 350);
}

TEST(Quantiles, the_bounds_hold_as_often_as_they_say) {
  // Exponential durations, whose median is known; a plain generator of our own.
  uint64_t state = 42;
  const auto uniform = [&state] {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (static_cast<double>(state >> 11) + 0.5) / 9007199254740992.0;
  };
  int held = 0;
  constexpr int kRuns = 1000;
  for (int run = 0; run < kRuns; ++run) {
    DurationCell cell;
    for (int i = 0; i < 60; ++i)
      cell.add(static_cast<int64_t>(-std::log(uniform()) * 1e6), 1, false);
    const Estimate median = quantile_of(cell, {500'000}, {950'000});
    held += median.lower <= 693'147 && 693'147 <= median.upper ? 1 : 0;
  }
  EXPECT_GE(held, 940);
  EXPECT_LE(held, 1000);
}

/// Visits that take `own` in the service and `below` in an operation that it calls.
VisitCell visits_of(LatencyBook& book, int count, int64_t own, int64_t below, int64_t spread,
                    bool is_broken = false) {
  VisitCell cell;
  const uint32_t place = book.names().place("cart", "", "", "1");
  const uint32_t inside = book.names().operation("cart", "GET /");
  const uint32_t called = book.names().operation("db", "SELECT");
  for (int i = 0; i < count; ++i) {
    const int64_t noise = spread * (i % 20) / 20;
    std::vector<Span> spans = {span(1, 0, 0, own + below + noise, place, inside)};
    if (!is_broken) spans.push_back(span(2, 1, 1, below, place, called));
    spans[0].is_error = is_broken;
    for (const Visit& visit : take_apart(spans).visits) cell.add(visit);
  }
  return cell;
}

TEST(Compare, a_slower_release_is_explained_by_the_operation_that_grew) {
  LatencyBook book;
  const Comparison result = compare(visits_of(book, 400, 10'000, 20'000, 5000),
                                    visits_of(book, 300, 10'000, 60'000, 5000), book.names());
  EXPECT_EQ(result.change, Change::slower);
  ASSERT_FALSE(result.operations.empty());
  EXPECT_EQ(result.operations[0].operation.name, "SELECT");
  EXPECT_NEAR(result.operations[0].change_us, 40'000, 1);
  EXPECT_TRUE(result.operations[0].is_certain);
  EXPECT_FALSE(result.operations[1].is_certain);
  EXPECT_GT(result.quantiles[0].ratio_lower, 1.9);
}

TEST(Compare, the_same_is_similar_and_too_little_is_inconclusive) {
  LatencyBook book;
  const VisitCell many = visits_of(book, 5000, 10'000, 20'000, 1000);
  EXPECT_EQ(compare(many, many, book.names()).change, Change::similar);
  const VisitCell few = visits_of(book, 5, 10'000, 20'000, 1000);
  EXPECT_EQ(compare(many, few, book.names()).change, Change::inconclusive);
  EXPECT_EQ(compare(many, VisitCell{}, book.names()).change, Change::inconclusive);
}

TEST(Compare, faster_by_failing_is_doubted) {
  LatencyBook book;
  const Comparison result = compare(visits_of(book, 400, 10'000, 20'000, 1000),
                                    visits_of(book, 400, 500, 0, 100, true), book.names());
  EXPECT_EQ(result.latency, Change::faster);
  EXPECT_EQ(result.change, Change::inconclusive);
  EXPECT_EQ(result.doubts,
            (std::vector{Doubt::less_work, Doubt::more_errors, Doubt::lost_operations}));
}

/// The minute of traces of Nezha's file under a version of the frontend.
bool read_nezha(std::string_view minute, std::string_view version, LatencyBook& book) {
  std::ifstream file(fmt::format("{}/data/microservices/nezha_onlineboutique/2022-08-22/trace/"
                                 "{}_trace.csv.gz",
                                 TOLLGATE_SHARED_DIR, minute),
                     std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  std::string plain;
  const std::string packed = bytes.str();
  if (packed.empty()) return false;
  const auto text = otlp::uncompress_gzip(packed, plain);
  EXPECT_TRUE(text);
  Assembler assembler(book);
  const auto hex = [](std::string_view digits) {
    uint64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    return number;
  };
  bool is_header = true;
  for (const std::string_view line : split(*text, '\n')) {
    const std::vector<std::string_view> cells = split(line, ',');
    if (std::exchange(is_header, false) || cells.size() < 8) continue;
    const std::string_view service = cells[3].substr(0, cells[3].find('-'));
    Span read{.id = hex(cells[1]),
              .parent = cells[2] == "root" ? 0 : hex(cells[2]),
              .start_us = *parse_integer(cells[5]) / 1000,
              .duration_us = *parse_integer(cells[7])};
    read.place = book.names().place(service, "", "", version);
    read.operation = book.names().operation(service, cells[4]);
    assembler.add({hex(cells[0].substr(0, 16)), hex(cells[0].substr(16))}, read, kNow);
  }
  assembler.advance(kNow + hours(1));
  EXPECT_EQ(assembler.counts().shed, 0);
  return true;
}

TEST(Nezha, contention_makes_the_frontend_slower_and_a_broken_one_is_not_praised) {
  LatencyBook book;
  if (!read_nezha("03_53", "baseline", book)) GTEST_SKIP() << "skipped: no shared data";
  ASSERT_TRUE(read_nezha("03_55", "contention", book));
  ASSERT_TRUE(read_nezha("04_02", "healthy", book));
  ASSERT_TRUE(read_nezha("04_03", "broken", book));
  const auto visits = [&book](std::string_view version) {
    return book.visits({.service = "frontend", .version = std::string(version)});
  };
  const Comparison slower = compare(visits("baseline"), visits("contention"), book.names());
  EXPECT_EQ(slower.before.visits, 497);
  EXPECT_EQ(slower.after.visits, 363);
  EXPECT_EQ(slower.change, Change::slower);
  EXPECT_NEAR(slower.quantiles[0].before_us.middle, 170'000, 2500);
  EXPECT_NEAR(slower.quantiles[0].after_us.middle, 1'200'600, 15'000);
  EXPECT_LE(slower.quantiles[0].before_us.lower, 170'000);
  EXPECT_GE(slower.quantiles[0].before_us.upper, 170'000);
  double explained = 0;
  for (const OperationChange& each : slower.operations) explained += each.change_us;
  EXPECT_NEAR(explained, slower.after.mean_us - slower.before.mean_us, 0.02 * slower.after.mean_us);
  const Comparison broken = compare(visits("healthy"), visits("broken"), book.names());
  EXPECT_EQ(broken.before.visits, 515);
  EXPECT_EQ(broken.after.visits, 538);
  EXPECT_EQ(broken.latency, Change::faster);
  EXPECT_EQ(broken.change, Change::inconclusive);
  ASSERT_FALSE(broken.doubts.empty());
  EXPECT_EQ(broken.doubts[0], Doubt::less_work);
  EXPECT_NEAR(broken.before.spans, 43.4, 0.1);
  EXPECT_NEAR(broken.after.spans, 22.4, 0.1);
  for (const auto* each : {&slower, &broken}) {
    std::string words;
    for (size_t i = 0; i < 5; ++i) {
      const OperationChange& row = each->operations[i];
      words +=
          fmt::format("{}/{} {:.0f} [{:.0f}, {:.0f}] calls {:.2f} -> {:.2f}\n",
                      row.operation.service, row.operation.name, row.change_us, row.change_lower_us,
                      row.change_upper_us, row.calls_before, row.calls_after);
    }
    SCOPED_TRACE(words);
    if (std::getenv("TOLLGATE_SHOW") != nullptr) fputs(words.c_str(), stderr);
    EXPECT_TRUE(each->operations[0].is_certain);
  }
}

}  // namespace
}  // namespace tollgate::traces
