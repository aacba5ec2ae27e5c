// Any bytes as what an exporter shows, in both forms and as a whole envelope.
#include "edge/scrape/exposition.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace tollgate;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  static intake::Batch batch;
  batch.clear();
  (void)scrape::decode_visit(text, batch);
  const intake::Label target[] = {{"job", "j"}, {"instance", "i"}};
  for (const auto form : {scrape::Form::prometheus_text, scrape::Form::open_metrics}) {
    const std::string visit = scrape::encode_visit({.target_labels = target,
                                                    .time = {1'772'409'600'000},
                                                    .is_up = true,
                                                    .form = form,
                                                    .text = text});
    batch.clear();
    if (!scrape::decode_visit(visit, batch)) continue;
    for (const intake::Point& point : batch.points) {
      if (point.first_label + point.label_count > batch.labels.size()) __builtin_trap();
    }
  }
  return 0;
}
