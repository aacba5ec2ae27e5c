// The book of what went wrong with counters: full, it refuses new ones until old ones are over.
#include "edge/intake/fault_book.hpp"

namespace tollgate::intake {
namespace {

TEST(FaultBook, FullItTakesNobodyUntilTheOldestTroubleIsOver) {
  FaultBook book;
  const auto count = static_cast<uint32_t>(FaultBook::kCountersMax);
  for (uint32_t series = 0; series < count + 2; ++series)
    book.name_series(series, {.slo = fmt::format("shop/{}", series)});
  const auto fail = [&book](uint32_t series, Time at) {
    book.note({.series = series, .counter = series, .kind = Fault::Kind::down, .time_ms = at.ms},
              "exporter");
    return book.find(fmt::format("shop/{}", series), "", at).has_value();
  };
  const Time begin{1'772'445'600'000};
  for (uint32_t series = 0; series < count; ++series)
    ASSERT_TRUE(fail(series, begin + milliseconds(series)));
  EXPECT_FALSE(fail(count, begin + minutes(1))) << "none is over";
  const Time later = begin + slo::kTroubleSpan * 2 + milliseconds(1);
  EXPECT_TRUE(fail(count, later)) << "the oldest one is";
  EXPECT_FALSE(fail(count + 1, later)) << "and no other";
  EXPECT_TRUE(fail(count + 1, later + milliseconds(1))) << "the next one";
}

}  // namespace
}  // namespace tollgate::intake
