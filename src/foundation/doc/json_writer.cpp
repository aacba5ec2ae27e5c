#include "foundation/doc/json_writer.hpp"

#include "foundation/doc/json.hpp"
#include "foundation/doc/plain_block.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tollgate::doc {
namespace {

constexpr size_t kGrowthMin = 1024;
constexpr size_t kIntegerSize = 21;

}  // namespace

JsonWriter::JsonWriter(std::string& out) : out_(out), at_(out.data() + out.size()), end_(at_) {}

JsonWriter::~JsonWriter() { hand_over(); }

void JsonWriter::hand_over() { out_.resize(static_cast<size_t>(at_ - out_.data())); }

void JsonWriter::grow(size_t size) {
  const auto written = static_cast<size_t>(at_ - out_.data());
  const size_t wanted = written + size + std::max(kGrowthMin, written);
  out_.resize(std::max(wanted, std::min(out_.capacity(), wanted + kGrowthMin)));
  at_ = out_.data() + written;
  end_ = out_.data() + out_.size();
}

// Nearly all text needs no escape, so it is copied before it is looked at.
JsonWriter& JsonWriter::text(std::string_view value) {
  char* to = value_room(value.size() + 2 + kBlock);
  *to++ = '"';
  const char* from = value.data();
  size_t left = value.size();
  for (; left >= kBlock; left -= kBlock, from += kBlock, to += kBlock) {
    std::memcpy(to, from, kBlock);
    if (!is_plain_block(to)) {
      finish_escaped(from, left, to);
      return *this;
    }
  }
  if (left > 0) {
    // The rest fills a block of its own up with something plain.
    char rest[kBlock] = {' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
    for (size_t i = 0; i < left; ++i) rest[i] = from[i];
    std::memcpy(to, rest, kBlock);
    if (!is_plain_block(rest)) {
      finish_escaped(from, left, to);
      return *this;
    }
    to += left;
  }
  *to++ = '"';
  at_ = to;
  return *this;
}

/// Writes the end of a text whose opening quote and beginning stand before `to`.
void JsonWriter::finish_escaped(const char* from, size_t left, char* to) {
  at_ = to;
  hand_over();
  std::string rest;
  append_quoted(rest, {from, left});
  out_.append(rest, 1, std::string::npos);
  at_ = end_ = out_.data() + out_.size();
}

JsonWriter& JsonWriter::integer(int64_t value) {
  char* to = value_room(kIntegerSize);
  at_ = std::to_chars(to, to + kIntegerSize, value).ptr;
  return *this;
}

JsonWriter& JsonWriter::decimal(int64_t amount, int places) {
  static constexpr std::array<uint64_t, 7> kPowers = {1, 10, 100, 1000, 10'000, 100'000, 1'000'000};
  char* to = value_room(kIntegerSize + kPowers.size() + 1);
  auto size = static_cast<uint64_t>(amount);
  if (amount < 0) {
    *to++ = '-';
    size = 0 - size;
  }
  const uint64_t power = kPowers[static_cast<size_t>(places)];
  to = std::to_chars(to, to + kIntegerSize, size / power).ptr;
  uint64_t fraction = size % power;
  if (fraction != 0) {
    *to++ = '.';
    for (uint64_t digit = power / 10; fraction != 0; digit /= 10) {
      *to++ = static_cast<char>('0' + fraction / digit);
      fraction %= digit;
    }
  }
  at_ = to;
  return *this;
}

JsonWriter& JsonWriter::time(Time value) {
  std::string written;
  append_time(written, value);
  return word(written);
}

JsonWriter& JsonWriter::digest(const Digest& value) {
  static constexpr std::string_view kHexDigits = "0123456789abcdef";
  static constexpr std::string_view kAlgorithm = "\"sha256:";
  char* to = value_room(kAlgorithm.size() + 2 * value.bytes.size() + 1);
  to = std::copy(kAlgorithm.begin(), kAlgorithm.end(), to);
  for (const uint8_t byte : value.bytes) {
    *to++ = kHexDigits[byte >> 4];
    *to++ = kHexDigits[byte & 15];
  }
  *to++ = '"';
  at_ = to;
  return *this;
}

}  // namespace tollgate::doc
