// Writes remote write requests as a sender does, for tests and benchmarks.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::testing {

/// Protobuf wire bytes.
class ProtoWriter {
 public:
  ProtoWriter& number(uint32_t field, uint64_t value) {
    varint(field << 3);
    varint(value);
    return *this;
  }
  ProtoWriter& zigzag(uint32_t field, int64_t value) { return number(field, zigzag_of(value)); }
  ProtoWriter& real(uint32_t field, double value) {
    varint(field << 3 | 1);
    const auto bits = std::bit_cast<uint64_t>(value);
    out_.append(reinterpret_cast<const char*>(&bits), 8);
    return *this;
  }
  ProtoWriter& bytes(uint32_t field, std::string_view value) {
    varint(field << 3 | 2);
    varint(value.size());
    out_.append(value);
    return *this;
  }
  ProtoWriter& varint(uint64_t value) {
    while (value >= 0x80) {
      out_ += static_cast<char>(value | 0x80);
      value >>= 7;
    }
    out_ += static_cast<char>(value);
    return *this;
  }
  static uint64_t zigzag_of(int64_t value) {
    return static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
  }
  const std::string& text() const { return out_; }

 private:
  std::string out_;
};

using Labels = std::vector<std::pair<std::string, std::string>>;

inline const double kStaleMarker = std::bit_cast<double>(uint64_t{0x7ff0000000000002});

struct Sample {
  int64_t time_ms = 0;
  double value = 0;
};

struct NativeSample {
  int64_t time_ms = 0;
  int64_t schema = 0;
  uint64_t count = 0;
  double sum = 0;
  uint64_t zero_count = 0;
  double zero_threshold = 0;
  std::vector<std::pair<int64_t, uint32_t>> spans;  // of positive buckets: offset, length
  std::vector<int64_t> deltas;
  std::vector<double> bounds;  // schema -53
  std::vector<std::pair<int64_t, uint32_t>> negative_spans = {};
  std::vector<int64_t> negative_deltas = {};
};

struct WrittenSeries {
  Labels labels;
  std::vector<Sample> samples;
  std::vector<NativeSample> histograms = {};
  int64_t created_ms = 0;  // 2.0 only
  uint64_t type = 0;       // 2.0 only
};

inline std::string write_sample(const Sample& sample) {
  return ProtoWriter()
      .real(1, sample.value)
      .number(2, static_cast<uint64_t>(sample.time_ms))
      .text();
}

inline std::string write_histogram(const NativeSample& sample) {
  ProtoWriter out;
  out.number(1, sample.count).real(3, sample.sum).zigzag(4, sample.schema);
  out.real(5, sample.zero_threshold).number(6, sample.zero_count);
  for (const auto& [offset, length] : sample.negative_spans)
    out.bytes(8, ProtoWriter().zigzag(1, offset).number(2, length).text());
  ProtoWriter negative;
  for (const int64_t delta : sample.negative_deltas) negative.varint(ProtoWriter::zigzag_of(delta));
  if (!sample.negative_deltas.empty()) out.bytes(9, negative.text());
  for (const auto& [offset, length] : sample.spans)
    out.bytes(11, ProtoWriter().zigzag(1, offset).number(2, length).text());
  ProtoWriter deltas;
  for (const int64_t delta : sample.deltas) deltas.varint(ProtoWriter::zigzag_of(delta));
  out.bytes(12, deltas.text());
  out.number(15, static_cast<uint64_t>(sample.time_ms));
  std::string bounds;
  for (const double bound : sample.bounds)
    bounds.append(reinterpret_cast<const char*>(&bound), sizeof(bound));
  if (!bounds.empty()) out.bytes(16, bounds);
  return out.text();
}

inline std::string write_request_1(const std::vector<WrittenSeries>& list) {
  ProtoWriter out;
  for (const WrittenSeries& series : list) {
    ProtoWriter message;
    for (const auto& [name, value] : series.labels)
      message.bytes(1, ProtoWriter().bytes(1, name).bytes(2, value).text());
    for (const Sample& sample : series.samples) message.bytes(2, write_sample(sample));
    for (const NativeSample& sample : series.histograms) message.bytes(4, write_histogram(sample));
    out.bytes(1, message.text());
  }
  return out.text();
}

inline std::string write_request_2(const std::vector<WrittenSeries>& list) {
  std::vector<std::string> symbols = {""};
  std::map<std::string, uint64_t> known = {{"", 0}};
  const auto symbol = [&](const std::string& text) {
    const auto [place, is_new] = known.try_emplace(text, symbols.size());
    if (is_new) symbols.push_back(text);
    return place->second;
  };
  ProtoWriter all;
  for (const WrittenSeries& series : list) {
    ProtoWriter references;
    for (const auto& [name, value] : series.labels) {
      references.varint(symbol(name));
      references.varint(symbol(value));
    }
    ProtoWriter message;
    message.bytes(1, references.text());
    for (const Sample& sample : series.samples) message.bytes(2, write_sample(sample));
    for (const NativeSample& sample : series.histograms) message.bytes(3, write_histogram(sample));
    if (series.type != 0) message.bytes(5, ProtoWriter().number(1, series.type).text());
    if (series.created_ms != 0) message.number(6, static_cast<uint64_t>(series.created_ms));
    all.bytes(5, message.text());
  }
  ProtoWriter out;
  for (const std::string& text : symbols) out.bytes(4, text);
  return out.text() + all.text();
}

}  // namespace tollgate::testing
