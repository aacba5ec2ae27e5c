// Walks over protobuf wire bytes without copying or allocating. Every read is checked against the
// end; the first broken field ends the walk and is_ok() turns false.
// Source: protobuf.dev "Encoding".
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tollgate::intake {

class ProtoReader {
 public:
  enum Wire : uint32_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

  explicit ProtoReader(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  /// Moves to the next field. False at the end and after an error.
  bool next() {
    if (at_ == end_) return false;
    const uint64_t tag = read_varint();
    field_ = static_cast<uint32_t>(tag >> 3);
    wire_ = static_cast<uint32_t>(tag & 7);
    if (field_ == 0 || tag > UINT32_MAX) return break_off();
    switch (wire_) {
      case varint:
        number_ = read_varint();
        return is_ok_;
      case fixed64:
        number_ = read_fixed<uint64_t>();
        return is_ok_;
      case fixed32:
        number_ = read_fixed<uint32_t>();
        return is_ok_;
      case bytes: {
        const uint64_t size = read_varint();
        if (!is_ok_ || size > static_cast<uint64_t>(end_ - at_)) return break_off();
        text_ = {at_, static_cast<size_t>(size)};
        at_ += size;
        return true;
      }
      default:
        return break_off();  // groups are no longer written by anybody
    }
  }

  /// False once something did not follow the wire format.
  bool is_ok() const { return is_ok_; }
  uint32_t field() const { return field_; }
  uint32_t wire() const { return wire_; }
  /// Field number and wire type of the field at once, for a switch.
  bool is(uint32_t field, Wire wire) const { return field_ == field && wire_ == wire; }
  /// Where the next field begins.
  const char* position() const { return at_; }

  std::string_view text() const { return text_; }  // of a field of wire type bytes
  uint64_t number() const { return number_; }      // of all others
  int64_t signed_number() const { return static_cast<int64_t>(number_); }
  int64_t zigzag() const { return unzigzag(number_); }
  double real() const { return std::bit_cast<double>(number_); }

  static int64_t unzigzag(uint64_t n) {
    return static_cast<int64_t>(n >> 1) ^ -static_cast<int64_t>(n & 1);
  }

 private:
  bool break_off() {
    is_ok_ = false;
    at_ = end_;
    return false;
  }
  uint64_t read_varint() {
    if (at_ < end_ && static_cast<uint8_t>(*at_) < 0x80) return static_cast<uint8_t>(*at_++);
    if (end_ - at_ >= 2 && static_cast<uint8_t>(at_[1]) < 0x80) {
      const auto low = static_cast<uint64_t>(static_cast<uint8_t>(*at_) & 0x7f);
      const auto high = static_cast<uint64_t>(static_cast<uint8_t>(at_[1])) << 7;
      at_ += 2;
      return high | low;
    }
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < 64 && at_ < end_; shift += 7) {
      const uint8_t byte = static_cast<uint8_t>(*at_++);
      if (shift == 63 && byte > 1) break;
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    break_off();
    return 0;
  }
  template <class T>
  T read_fixed() {
    T value{};
    if (static_cast<size_t>(end_ - at_) < sizeof(T)) {
      break_off();
      return value;
    }
    std::memcpy(&value, at_, sizeof(T));  // little-endian machines only, as all of the house
    at_ += sizeof(T);
    return value;
  }

  const char* at_;
  const char* end_;
  uint32_t field_ = 0;
  uint32_t wire_ = 0;
  uint64_t number_ = 0;
  std::string_view text_;
  bool is_ok_ = true;
};

/// The elements of a packed field of varints; also a walk that ends at the first error.
class PackedVarints {
 public:
  explicit PackedVarints(std::string_view text)
      : at_(text.data()), end_(text.data() + text.size()) {}
  bool next() {
    if (at_ == end_) return false;
    value_ = 0;
    for (uint32_t shift = 0; shift < 64 && at_ < end_; shift += 7) {
      const uint8_t byte = static_cast<uint8_t>(*at_++);
      if (shift == 63 && byte > 1) break;
      value_ |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    is_ok_ = false;
    at_ = end_;
    return false;
  }
  bool is_ok() const { return is_ok_; }
  uint64_t number() const { return value_; }
  int64_t zigzag() const { return ProtoReader::unzigzag(value_); }

 private:
  const char* at_;
  const char* end_;
  uint64_t value_ = 0;
  bool is_ok_ = true;
};

}  // namespace tollgate::intake
