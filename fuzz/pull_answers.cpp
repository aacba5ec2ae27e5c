// Any bytes as the answer of a system that is asked: Datadog's of both versions, Prometheus', and a
// CSV file. A reading has an error and counts nothing, or its counts make sense.
#include "../tests/edge/fake_http.hpp"
#include "domain/slo/ratio.hpp"
#include "edge/sources/source.hpp"
#include "foundation/base/assert.hpp"

#include <string>
#include <vector>

namespace {

using namespace tollgate;

const Time kEnd = parse_time("2026-03-02T12:00:00Z").value();
const slo::Span kSpan{kEnd - hours(1), kEnd};

struct Case {
  const sources::SourceKind* kind;
  sources::SourceConfig config;
  slo::Indicator indicator;
};

slo::Objective objective(slo::BudgetingMethod method) {
  slo::Objective asked{.slo = "shop/up", .target = {999'000}, .window = slo::rolling(days(30))};
  asked.method = method;
  asked.slice = minutes(5);
  asked.slice_target = {950'000};
  return asked;
}

std::vector<Case> cases() {
  const slo::Indicator pair{
      .source = "it", .good = "sum:ok", .bad = "", .total = "sum:all", .raw = ""};
  const auto raw = [](std::string query) {
    return slo::Indicator{
        .source = "it", .good = "", .bad = "", .total = "", .raw = std::move(query)};
  };
  slo::Indicator watched = pair;
  watched.up = "min:up";
  const sources::SourceConfig v2{.name = "it", .type = "datadog", .url = "http://it"};
  sources::SourceConfig v1 = v2;
  v1.settings["api"] = "v1";
  const sources::SourceConfig csv{.name = "it", .type = "csv", .url = "http://it/counts.csv"};
  sources::SourceConfig slow = csv;
  slow.settings["slowerThan"] = "300ms";
  const sources::SourceConfig prometheus{.name = "it", .type = "prometheus", .url = "http://it"};
  return {{&sources::kDatadogSource, v2, pair},
          {&sources::kDatadogSource, v2, watched},
          {&sources::kDatadogSource, v1, pair},
          {&sources::kDatadogSource, v2, raw("slo:1")},
          {&sources::kDatadogSource, v2, raw("monitor:1")},
          {&sources::kPrometheusSource, prometheus, pair},
          {&sources::kPrometheusSource, prometheus, raw("ratio")},
          {&sources::kCsvSource, csv, pair},
          {&sources::kCsvSource, slow, pair}};
}

void check(const model::Reading& reading) {
  if (!reading.error.empty()) {
    ASSERT(reading.total == 0 && reading.good == 0 && reading.bad == 0);
    return;
  }
  ASSERT(reading.good >= 0 && reading.bad >= 0);
  ASSERT(reading.good + reading.bad == reading.total);
  ASSERT(reading.completeness.value >= 0 && reading.completeness.value <= slo::kWhole);
  ASSERT(reading.watermark <= kEnd);
  if (!reading.slices) return;
  ASSERT(reading.slices->good >= 0 && reading.slices->bad >= 0 && reading.slices->no_data >= 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static const auto store = cells::CellStore::open(":memory:").value();
  static const std::vector<Case> all = cases();
  if (size == 0) return 0;
  // The first byte says who is asked for what, and whether it refuses; the rest is the answer.
  const size_t choice = bytes[0];
  const Case& one = all[choice % all.size()];
  const bool is_sliced = choice / all.size() % 2 == 1;
  const bool is_refused = choice / all.size() / 2 % 2 == 1;
  const std::string text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  FakeHttp http([&](const engine::HttpRequest&) -> Result<engine::HttpResponse> {
    return engine::HttpResponse{.status = is_refused ? 403 : 200, .body = text};
  });
  const slo::Objective asked =
      objective(is_sliced ? slo::BudgetingMethod::timeslices : slo::BudgetingMethod::occurrences);
  // Made anew, because a source remembers what it read last.
  const auto source = one.kind->make(one.config, {.cells = *store, .http = http});
  check(source->read({.objective = &asked,
                      .indicator = &one.indicator,
                      .environment = "production",
                      .span = kSpan,
                      .as_of = kEnd}));
  return 0;
}
