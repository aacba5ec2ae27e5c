#include "edge/otlp/json.hpp"

#include "edge/otlp/attributes.hpp"
#include "edge/otlp/gzip.hpp"
#include "edge/otlp/json_fields.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

namespace tollgate::otlp {
namespace {

class Translator {
 public:
  explicit Translator(std::string& out) : out_(out) {}

  Result<void> message(const doc::Node& node, const JsonMessage& type) {
    if (!node.is_object()) return wrong("an object");
    for (const JsonField& field : type.fields) {
      const doc::Node* const value = node.find(field.name);
      if (value == nullptr || value->is_null()) continue;
      path_.push_back({field.name, 0, field.is_repeated});
      TOLLGATE_CHECK(field.is_repeated ? list(*value, field) : one(*value, field));
      path_.pop_back();
    }
    return {};
  }

 private:
  struct Step {
    std::string_view name;
    size_t index = 0;
    bool is_list = false;
  };

  Result<void> list(const doc::Node& value, const JsonField& field) {
    if (!value.is_array()) return wrong("a list");
    for (size_t i = 0; i < value.items().size(); ++i) {
      path_.back().index = i;
      TOLLGATE_CHECK(one(value.items()[i], field));
    }
    return {};
  }

  Result<void> one(const doc::Node& value, const JsonField& field) {
    switch (field.form) {
      case Form::message:
        return nested(value, field);
      case Form::text:
        if (!value.is_text()) return wrong("a text");
        put_bytes(field.number, value.as_text());
        return {};
      case Form::hex:
        return hex(value, field.number);
      case Form::boolean:
        if (!value.is_boolean()) return wrong("true or false");
        put_varint(field.number << 3);
        put_varint(value.as_boolean() ? 1 : 0);
        return {};
      case Form::real: {
        TOLLGATE_TRY(const double number, real(value));
        put_fixed(field.number, std::bit_cast<uint64_t>(number));
        return {};
      }
      case Form::varint:
      case Form::zigzag:
      case Form::fixed64:
      case Form::fixed32:
        break;
    }
    TOLLGATE_TRY(const uint64_t number, integer(value));
    if (field.form == Form::fixed64) {
      put_fixed(field.number, number);
      return {};
    }
    put_varint(field.number << 3);
    const auto is_signed = static_cast<int64_t>(number);
    put_varint(field.form == Form::zigzag ? (number << 1) ^ static_cast<uint64_t>(is_signed >> 63)
                                          : number);
    return {};
  }

  Result<void> nested(const doc::Node& value, const JsonField& field) {
    put_varint(field.number << 3 | 2);
    const size_t length_at = out_.size();
    out_.append(kLengthBytes, '\0');
    TOLLGATE_CHECK(message(value, *field.message));
    // The length in as many bytes as any of this size may need; readers take it all the same.
    uint64_t length = out_.size() - length_at - kLengthBytes;
    for (size_t i = 0; i < kLengthBytes; ++i) {
      const bool is_last = i + 1 == kLengthBytes;
      out_[length_at + i] = static_cast<char>((length & 0x7f) | (is_last ? 0 : 0x80));
      length >>= 7;
    }
    return {};
  }

  Result<void> hex(const doc::Node& value, uint32_t number) {
    if (!value.is_text() || value.as_text().size() % 2 != 0) return wrong("hexadecimal digits");
    const std::string& text = value.as_text();
    put_varint(number << 3 | 2);
    put_varint(text.size() / 2);
    for (size_t i = 0; i < text.size(); i += 2) {
      unsigned byte = 0;
      const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
      if (error != std::errc{} || end != text.data() + i + 2) return wrong("hexadecimal digits");
      out_ += static_cast<char>(byte);
    }
    return {};
  }

  /// The bits of a number that is written as one or as a text.
  Result<uint64_t> integer(const doc::Node& value) {
    if (value.is_integer()) return static_cast<uint64_t>(value.as_integer());
    if (value.is_number()) {
      constexpr double kMax = 9.2e18;
      const double number = value.as_number();
      if (number == std::floor(number) && std::abs(number) < kMax)
        return static_cast<uint64_t>(static_cast<int64_t>(number));
      return wrong("a whole number");
    }
    if (!value.is_text()) return wrong("a whole number");
    const std::string& text = value.as_text();
    const char* const last = text.data() + text.size();
    uint64_t number = 0;
    if (const auto [end, error] = std::from_chars(text.data(), last, number);
        error == std::errc{} && end == last)
      return number;
    int64_t negative = 0;
    if (const auto [end, error] = std::from_chars(text.data(), last, negative);
        error == std::errc{} && end == last)
      return static_cast<uint64_t>(negative);
    return wrong("a whole number");
  }

  Result<double> real(const doc::Node& value) {
    if (value.is_number()) return value.as_number();
    if (!value.is_text()) return wrong("a number");
    const std::string& text = value.as_text();
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity") return std::numeric_limits<double>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
    if (const auto number = parse_number(text)) return *number;
    return wrong("a number");
  }

  tl::unexpected<Error> wrong(std::string_view expected) const {
    std::string path;
    for (const Step& step : path_) {
      if (!path.empty()) path += '.';
      path += step.name;
      if (step.is_list) path += fmt::format("[{}]", step.index);
    }
    return fail(codes::bad_request, "the OTLP request is malformed: {} must be {}",
                path.empty() ? "the body" : path, expected);
  }

  void put_varint(uint64_t value) {
    while (value >= 0x80) {
      out_ += static_cast<char>(value | 0x80);
      value >>= 7;
    }
    out_ += static_cast<char>(value);
  }
  void put_bytes(uint32_t number, std::string_view bytes) {
    put_varint(number << 3 | 2);
    put_varint(bytes.size());
    out_ += bytes;
  }
  void put_fixed(uint32_t number, uint64_t value) {
    put_varint(number << 3 | 1);
    out_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }

  static constexpr size_t kLengthBytes = 5;
  std::string& out_;
  std::vector<Step> path_;
};

template <class Read>
Result<void> decode(Signal signal, Read read, std::string_view body, intake::Batch& batch) {
  TOLLGATE_TRY(const std::string_view text, uncompress_gzip(body, batch.text));
  TOLLGATE_CHECK(protobuf_of_json(signal, text, batch.bytes));
  return read(batch.bytes, batch);
}

}  // namespace

Result<void> protobuf_of_json(Signal signal, std::string_view body, std::string& out) {
  out.clear();
  TOLLGATE_TRY(const doc::Node node,
               doc::parse_json(body, {.bytes_max = kUncompressedMax, .skipped_members = kSkipped}));
  const JsonMessage request{kRequestFields[static_cast<size_t>(signal)]};
  return Translator(out).message(node, request);
}

Result<void> decode_metrics_json(std::string_view body, intake::Batch& batch) {
  return decode(Signal::metrics, read_metrics, body, batch);
}
Result<void> decode_logs_json(std::string_view body, intake::Batch& batch) {
  return decode(Signal::logs, read_logs, body, batch);
}
Result<void> decode_traces_json(std::string_view body, intake::Batch& batch) {
  return decode(Signal::traces, read_traces, body, batch);
}

}  // namespace tollgate::otlp
