// Any bytes as what is pushed: remote write of both versions, compressed and plain, and counters in
// JSON, through the router into cells; and as the bytes of the cells' own files.
#include "domain/slo/latency_cells.hpp"
#include "edge/cells/cell_codec.hpp"
#include "edge/intake/counters_json.hpp"
#include "edge/intake/remote_write.hpp"
#include "edge/intake/router.hpp"

namespace {

using namespace tollgate;

intake::Router make_router(std::vector<slo::CellSeries>& cells) {
  intake::Router router([&cells](const cells::SeriesKey&) {
    cells.emplace_back();
    return static_cast<uint32_t>(cells.size() - 1);
  });
  std::vector<intake::RouteSpec> rows(3);
  rows[0].slo = rows[1].slo = "shop/ok";
  rows[0].role = intake::Role::bad;
  rows[0].query = "{code=~\"5..\"}";
  rows[1].query = "{code!=\"\"}";
  rows[1].is_beside_bad = true;
  rows[2].slo = "shop/fast";
  rows[2].role = intake::Role::threshold;
  rows[2].query = "d";
  rows[2].value = 0.3;
  (void)router.set_routes(rows);
  return router;
}

void count(intake::Decode decode, std::string_view bytes) {
  static std::vector<slo::CellSeries> cells;
  static intake::Router router = make_router(cells);
  static intake::Batch batch;
  static intake::Routed routed;
  batch.clear();
  if (!decode(bytes, batch) || !router.resolve(batch)) return;
  routed.clear();
  router.route(batch, routed);
  for (const intake::Addition& addition : routed.additions) {
    const Time time{addition.slot * slo::kCellLength.ms};
    (void)cells[addition.series].add_part(time, {addition.good, addition.bad});
    if (cells[addition.series].counts({Time{0}, time}).total() < 0) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  count(intake::decode_remote_write_1, text);
  count(intake::decode_remote_write_2, text);
  count(intake::read_write_request_1, text);
  count(intake::read_write_request_2, text);
  count(intake::decode_counters, text);
  count(intake::decode_counters, intake::counters_envelope(text, "key", 1'772'409'600'000));
  if (const auto hour = cells::decode_cells(7, text)) {
    slo::CellSeries series;
    series.put_hour(*hour);
    if (cells::decode_cells(7, cells::encode_cells(series.hour_cells(7)))->length != hour->length)
      __builtin_trap();
  }
  slo::LatencyCells latencies;
  (void)latencies.put_hour(7, text);
  return 0;
}
