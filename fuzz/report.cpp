// Any bytes through every report reader, and through the recognition of formats.
#include "edge/evidence/format.hpp"
#include "edge/evidence/read_report.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace tollgate::evidence;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  (void)read_report(text, "", "input");
  for (const FormatDef* format : all_formats()) (void)read_report(text, format->name, "input");
  return 0;
}
