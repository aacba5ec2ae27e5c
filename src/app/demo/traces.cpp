#include "app/demo/traces.hpp"

#include "app/demo/chance.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/doc/node.hpp"

#include <fmt/format.h>

#include <cmath>

namespace tollgate::demo {
namespace {

using doc::Node;

constexpr uint64_t kDuration = 41;  // what chance is asked about
constexpr uint64_t kIdentifier = 42;
constexpr Duration kSpread = minutes(10);
constexpr int64_t kNanoseconds = 1'000'000;  // a millisecond

uint64_t seed_of(std::string_view version) {
  uint64_t seed = 7;
  for (const char c : version) seed = seed * 131 + static_cast<unsigned char>(c);
  return seed;
}

/// A duration around a median, with the long tail that latencies have.
int64_t nanoseconds_around(double median_ms, uint64_t which, uint64_t when) {
  const double low = chance(kDuration, which, when);
  const double high = chance(kDuration + 1, which, when);
  return static_cast<int64_t>(median_ms * std::exp(low + high - 1.0) * kNanoseconds);
}

Node attribute(std::string_view key, std::string_view value) {
  return Node::object({{"key", key}, {"value", Node::object({{"stringValue", value}})}});
}

struct SpanFact {
  std::string_view name;
  uint64_t trace;
  uint64_t id;
  uint64_t parent;  // 0: the root
  int64_t start_ns;
  int64_t length_ns;
};

Node span_of(const SpanFact& fact) {
  constexpr int kServer = 2, kInternal = 1;
  return Node::object(
      {{"traceId", fmt::format("{:016x}{:016x}", mixed(fact.trace), fact.trace)},
       {"spanId", fmt::format("{:016x}", fact.id)},
       {"parentSpanId", fact.parent == 0 ? std::string() : fmt::format("{:016x}", fact.parent)},
       {"name", fact.name},
       {"kind", fact.parent == 0 ? kServer : kInternal},
       {"startTimeUnixNano", std::to_string(fact.start_ns)},
       {"endTimeUnixNano", std::to_string(fact.start_ns + fact.length_ns)}});
}

}  // namespace

std::string trace_export(const TraceFact& fact) {
  Node spans = Node::array();
  const uint64_t seed = seed_of(fact.version);
  for (uint64_t number = 0; number < kTracesOfRelease; ++number) {
    const uint64_t trace = mixed(mixed(kIdentifier ^ seed) + number) | 1;
    const int64_t query = nanoseconds_around(fact.query_ms, seed, number * 4);
    const int64_t render = nanoseconds_around(12, seed, number * 4 + 1);
    const int64_t own = nanoseconds_around(20, seed, number * 4 + 2);
    const int64_t start =
        (fact.end.ms - kSpread.ms + kSpread.ms * static_cast<int64_t>(number) / kTracesOfRelease) *
        kNanoseconds;
    spans.push(span_of({.name = "POST /orders",
                        .trace = trace,
                        .id = trace + 1,
                        .parent = 0,
                        .start_ns = start,
                        .length_ns = query + render + own}));
    spans.push(span_of({.name = "SELECT basket",
                        .trace = trace,
                        .id = trace + 2,
                        .parent = trace + 1,
                        .start_ns = start,
                        .length_ns = query}));
    spans.push(span_of({.name = "render receipt",
                        .trace = trace,
                        .id = trace + 3,
                        .parent = trace + 1,
                        .start_ns = start + query,
                        .length_ns = render}));
  }
  Node attributes = Node::array();
  attributes.push(attribute("service.name", kTracedService));
  attributes.push(attribute("service.version", fact.version));
  attributes.push(attribute("deployment.environment.name", "production"));
  const auto only = [](Node node) {
    Node list = Node::array();
    list.push(std::move(node));
    return list;
  };
  return doc::compact_json(Node::object(
      {{"resourceSpans",
        only(Node::object({{"resource", Node::object({{"attributes", std::move(attributes)}})},
                           {"scopeSpans", only(Node::object({{"spans", std::move(spans)}}))}}))}}));
}

}  // namespace tollgate::demo
