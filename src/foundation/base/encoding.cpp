#include "foundation/base/encoding.hpp"

#include "foundation/base/codes.hpp"

#include <array>
#include <cstdint>

namespace tollgate {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::array<int8_t, 256> make_base64_values() {
  std::array<int8_t, 256> values{};
  values.fill(-1);
  for (size_t i = 0; i < kBase64Digits.size(); ++i) {
    values[static_cast<uint8_t>(kBase64Digits[i])] = static_cast<int8_t>(i);
  }
  return values;
}
constexpr std::array<int8_t, 256> kBase64Values = make_base64_values();

}  // namespace

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                          (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' || c == '~';
    if (is_plain) {
      out.push_back(c);
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

std::string hex_encode(std::string_view bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    hex += kHexDigits[byte >> 4];
    hex += kHexDigits[byte & 15];
  }
  return hex;
}

Result<std::string> hex_decode(std::string_view hex) {
  if (hex.size() % 2 != 0) return fail(codes::bad_value, "hex text has an odd number of digits");
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = hex_value(hex[i]);
    const int low = hex_value(hex[i + 1]);
    if (high < 0 || low < 0) return fail(codes::bad_value, "\"{}\" is not hex", hex.substr(i, 2));
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::string base64_encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t left = bytes.size() - i;
    uint32_t block = 0;
    for (size_t j = 0; j < 3; ++j) {
      block = block << 8 | (j < left ? static_cast<uint8_t>(bytes[i + j]) : 0U);
    }
    text += kBase64Digits[block >> 18];
    text += kBase64Digits[block >> 12 & 63];
    text += left > 1 ? kBase64Digits[block >> 6 & 63] : '=';
    text += left > 2 ? kBase64Digits[block & 63] : '=';
  }
  return text;
}

Result<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return fail(codes::bad_value, "base64 text is not padded");
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (size_t i = 0; i < text.size(); i += 4) {
    const bool is_last = i + 4 == text.size();
    const int padding = !is_last ? 0 : text[i + 2] == '=' ? 2 : text[i + 3] == '=' ? 1 : 0;
    uint32_t block = 0;
    for (size_t j = 0; j < 4; ++j) {
      const bool is_padding = j >= 4 - static_cast<size_t>(padding);
      const int value = is_padding ? (text[i + j] == '=' ? 0 : -1)
                                   : kBase64Values[static_cast<uint8_t>(text[i + j])];
      if (value < 0)
        return fail(codes::bad_value, "base64 text has a character that does not belong there");
      block = block << 6 | static_cast<uint32_t>(value);
    }
    const uint32_t unused = padding == 2 ? block & 0xFFFF : padding == 1 ? block & 0xFF : 0;
    if (unused != 0) return fail(codes::bad_value, "base64 text has trailing bits");
    bytes += static_cast<char>(block >> 16 & 0xFF);
    if (padding < 2) bytes += static_cast<char>(block >> 8 & 0xFF);
    if (padding < 1) bytes += static_cast<char>(block & 0xFF);
  }
  return bytes;
}

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<uint8_t>(text[i]);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || i + size > text.size()) return false;
    uint32_t point = lead & (0xFFU >> (size + 1));
    for (size_t j = 1; j < size; ++j) {
      const auto byte = static_cast<uint8_t>(text[i + j]);
      if ((byte & 0xC0) != 0x80) return false;
      point = point << 6 | (byte & 0x3FU);
    }
    const bool is_overlong = (size == 3 && point < 0x800) || (size == 4 && point < 0x10000);
    if (is_overlong || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
    i += size;
  }
  return true;
}

}  // namespace tollgate
