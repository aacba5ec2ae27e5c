// Any bytes through the reader of HTTP requests, whole and byte by byte: a request that is taken
// one way must be taken the other way as well, with the same content.
#include "edge/net/request_parser.hpp"
#include "foundation/base/assert.hpp"

namespace {

using namespace tollgate::net;
using Progress = RequestParser::Progress;

/// The first request of `text` as one line; empty if it is refused or unfinished, which a reader of
/// pieces may find out later. `piece` bytes arrive at a time.
std::string first_request(std::string_view text, size_t piece) {
  RequestParser parser({.header_bytes_max = 4096, .body_bytes_max = 1024});
  size_t used = 0;
  for (size_t seen = 0; seen < text.size();) {
    seen = std::min(text.size(), seen + piece);
    while (used < seen) {
      const RequestParser::Step step = parser.put(text.substr(used, seen - used));
      ASSERT(step.consumed <= seen - used);
      used += step.consumed;
      if (step.progress == Progress::failed) return "";
      const Request& request = parser.request();
      if (step.progress == Progress::done)
        return fmt::format("{} {} {} {}", request.method, request.path, request.query,
                           request.body);
      if (step.consumed == 0) break;
    }
  }
  return "";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const std::string whole = first_request(text, size);
  ASSERT(first_request(text, 1) == whole);
  (void)percent_decode(text);
  (void)query_value(text, "limit");
  return 0;
}
