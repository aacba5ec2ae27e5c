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

// Nearly all text needs no escape, so it is copied before it is looked at, eight bytes at a time;
// the last eight may overlap those before.
JsonWriter& JsonWriter::text(std::string_view value) {
  char* to = value_room(value.size() + 2);
  *to++ = '"';
  const char* const from = value.data();
  const size_t size = value.size();
  bool is_plain = true;
  if (size >= kBlock) {
    for (size_t at = 0; at + kBlock < size; at += kBlock) {
      std::memcpy(to + at, from + at, kBlock);
      is_plain = is_plain_block(to + at) && is_plain;
    }
    std::memcpy(to + size - kBlock, from + size - kBlock, kBlock);
    is_plain = is_plain_block(to + size - kBlock) && is_plain;
  } else {
    for (size_t at = 0; at < size; ++at) {
      const auto c = static_cast<unsigned char>(from[at]);
      is_plain = is_plain && c >= 0x20 && c != '"' && c != '\\';
      to[at] = from[at];
    }
  }
  if (!is_plain) return escaped(value, to);
  to += size;
  *to++ = '"';
  at_ = to;
  return *this;
}

/// Writes a text that needs escapes; its opening quote stands before `to`.
JsonWriter& JsonWriter::escaped(std::string_view value, char* to) {
  at_ = to - 1;
  hand_over();
  append_quoted(out_, value);
  at_ = end_ = out_.data() + out_.size();
  return *this;
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
