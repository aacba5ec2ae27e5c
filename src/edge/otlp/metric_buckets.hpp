// Buckets of OTLP histograms on the wire. Only the reader of metrics uses it.
#pragma once

#include "edge/intake/batch.hpp"
#include "edge/intake/proto_reader.hpp"
#include "edge/otlp/attributes.hpp"
#include "foundation/base/codes.hpp"

#include <cstring>
#include <string_view>
#include <vector>

namespace tollgate::otlp {

/// Elements of eight bytes, packed or one by one.
template <class T>
Result<void> take_fixed(const intake::ProtoReader& reader, std::vector<T>& out) {
  std::string_view packed;
  const uint64_t one = reader.number();
  if (reader.wire() == intake::ProtoReader::bytes) packed = reader.text();
  if (reader.wire() == intake::ProtoReader::fixed64)
    packed = {reinterpret_cast<const char*>(&one), sizeof(one)};
  if (packed.size() % sizeof(T) != 0) return malformed("the buckets of a histogram");
  const size_t added = packed.size() / sizeof(T);
  if (out.size() + added > intake::kBucketsMax) {
    return fail(codes::too_large, "a histogram has more than {} buckets", intake::kBucketsMax);
  }
  out.resize(out.size() + added);
  if (added > 0) std::memcpy(out.data() + out.size() - added, packed.data(), packed.size());
  return {};
}

/// Appends the buckets of ExponentialHistogramDataPoint.Buckets that are not empty; their number.
/// Adds their counts to `sum`. Errors: bad_request, too_large.
Result<uint32_t> add_exponential_buckets(std::string_view message, intake::Batch& batch,
                                         double& sum);

}  // namespace tollgate::otlp
