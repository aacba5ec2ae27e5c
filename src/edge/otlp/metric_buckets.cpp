#include "edge/otlp/metric_buckets.hpp"

#include "edge/otlp/wire.hpp"

namespace tollgate::otlp {

using intake::Batch;
using intake::ProtoReader;

Result<uint32_t> add_exponential_buckets(std::string_view message, Batch& batch, double& sum) {
  int64_t offset = 0;
  std::vector<uint64_t> counts;
  ProtoReader reader(message);
  while (reader.next()) {
    if (reader.is(wire::buckets::kOffset, ProtoReader::varint)) {
      offset = reader.zigzag();
    } else if (reader.is(wire::buckets::kCounts, ProtoReader::varint)) {
      counts.push_back(reader.number());
    } else if (reader.is(wire::buckets::kCounts, ProtoReader::bytes)) {
      intake::PackedVarints packed(reader.text());
      while (packed.next() && counts.size() <= intake::kBucketsMax)
        counts.push_back(packed.number());
      if (!packed.is_ok()) return malformed("the buckets of a histogram");
    }
    if (counts.size() > intake::kBucketsMax)
      return fail(codes::too_large, "a histogram has more than {} buckets", intake::kBucketsMax);
  }
  constexpr int64_t kIndexMax = int64_t{1} << 30;
  if (!reader.is_ok() || offset < -kIndexMax || offset > kIndexMax)
    return malformed("the buckets of a histogram");
  const size_t before = batch.buckets.size();
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const auto index = static_cast<int32_t>(offset + static_cast<int64_t>(i));
    batch.buckets.push_back({index, static_cast<double>(counts[i])});
    sum += static_cast<double>(counts[i]);
  }
  return static_cast<uint32_t>(batch.buckets.size() - before);
}

}  // namespace tollgate::otlp
