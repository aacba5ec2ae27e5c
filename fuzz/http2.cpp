// Any bytes as HTTP/2, whole and in pieces, answered at once or late; then the requests as calls of
// gRPC. Whatever comes, every place that a request takes is given back.
#include "edge/net/grpc.hpp"
#include "edge/net/http2_exchange.hpp"
#include "foundation/base/assert.hpp"

namespace {

using namespace tollgate;
using namespace tollgate::net;

void answer(Http2Exchange& exchange, uint64_t sequence, bool is_stream) {
  using Kind = detail::Completion::Kind;
  detail::Completion completion{.kind = is_stream ? Kind::stream_head : Kind::answer,
                                .sequence = sequence,
                                .response = grpc_answer("answer")};
  if (is_stream) {
    completion.stream = std::make_shared<detail::StreamState>();
    completion.stream->queued_bytes_max = 1000;
  }
  exchange.complete(std::move(completion), 1, "now");
}

/// Feeds the bytes in pieces; `pattern` decides who is answered when.
void run(std::string_view bytes, size_t piece, unsigned pattern) {
  int64_t in_flight = 0;
  int64_t streams = 0;
  int64_t held = 0;
  std::vector<uint64_t> waiting;
  Http2Ports ports;
  ports.dispatch = [&](Request& request, uint64_t sequence) {
    if (const auto message = grpc_message(request))
      ASSERT(message->bytes.size() + 5 == request.body.size());
    (void)grpc_timeout(request);
    if (in_flight >= 4) return false;
    ++in_flight;
    waiting.push_back(sequence);
    return true;
  };
  ports.answered = [&] { --in_flight; };
  ports.refused = [] {};
  ports.begin_stream = [&] { return ++streams <= 2 || --streams < 0; };
  ports.ended_stream = [&] { --streams; };
  ports.hold = [&](int64_t change) { return (held += change) <= 20'000; };
  {
    Http2Exchange exchange({.streams_max = 8, .header_bytes_max = 4096, .body_bytes_max = 10'000},
                           std::move(ports), Request{.peer = "fuzz"}, 0);
    std::string out;
    bool is_well = exchange.receive(kHttp2Preface, 0, "now");
    for (size_t at = 0; is_well && at < bytes.size(); at += piece) {
      is_well = exchange.receive(bytes.substr(at, piece), 0, "now");
      for (size_t i = 0; i < waiting.size(); ++i) {
        if ((pattern >> (i % 8) & 1) != 0)
          answer(exchange, std::exchange(waiting[i], 0), i % 3 == 2);
      }
      exchange.take_output(out, 1000);
      ASSERT(out.size() < 100'000'000);
    }
    exchange.tick(1'000'000, "later");
    exchange.stop();
    exchange.take_output(out, 1'000'000);
    ASSERT(held >= 0 && in_flight >= 0 && streams >= 0);
  }
  ASSERT(held == 0 && in_flight == 0 && streams == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  run(text, text.size() + 1, bytes[0]);
  run(text, 7, bytes[0]);
  return 0;
}
