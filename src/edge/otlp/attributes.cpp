#include "edge/otlp/attributes.hpp"

#include "edge/intake/proto_reader.hpp"
#include "edge/otlp/wire.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tollgate::otlp {
namespace {

using intake::ProtoReader;

struct Unit {
  std::string_view code;
  std::string_view word;
};

// UCUM codes and the words that Prometheus names take for them.
constexpr std::array kUnits = {
    Unit{"d", "days"},
    Unit{"h", "hours"},
    Unit{"min", "minutes"},
    Unit{"s", "seconds"},
    Unit{"ms", "milliseconds"},
    Unit{"us", "microseconds"},
    Unit{"ns", "nanoseconds"},
    Unit{"By", "bytes"},
    Unit{"KiBy", "kibibytes"},
    Unit{"MiBy", "mebibytes"},
    Unit{"GiBy", "gibibytes"},
    Unit{"TiBy", "tibibytes"},
    Unit{"KBy", "kilobytes"},
    Unit{"MBy", "megabytes"},
    Unit{"GBy", "gigabytes"},
    Unit{"TBy", "terabytes"},
    Unit{"m", "meters"},
    Unit{"V", "volts"},
    Unit{"A", "amperes"},
    Unit{"J", "joules"},
    Unit{"W", "watts"},
    Unit{"g", "grams"},
    Unit{"Cel", "celsius"},
    Unit{"Hz", "hertz"},
    Unit{"1", ""},
    Unit{"%", "percent"},
};
constexpr std::array kPerUnits = {
    Unit{"s", "second"}, Unit{"min", "minute"}, Unit{"h", "hour"}, Unit{"d", "day"},
    Unit{"w", "week"},   Unit{"mo", "month"},   Unit{"y", "year"},
};

template <size_t size>
std::string_view word_of(std::string_view code, const std::array<Unit, size>& units) {
  for (const Unit& unit : units) {
    if (unit.code == code) return unit.word;
  }
  return code;
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// The runs of letters, digits and colons.
std::vector<std::string> tokens_of(std::string_view name) {
  std::vector<std::string> tokens;
  bool is_open = false;
  for (const char c : name) {
    if (!is_letter_or_digit(c) && c != ':') {
      is_open = false;
      continue;
    }
    if (!is_open) tokens.emplace_back();
    is_open = true;
    tokens.back() += c;
  }
  return tokens;
}

void add_missing(std::vector<std::string>& tokens, std::string_view unit) {
  for (std::string& token : tokens_of(unit)) {
    if (std::find(tokens.begin(), tokens.end(), token) == tokens.end())
      tokens.push_back(std::move(token));
  }
}

void add_last(std::vector<std::string>& tokens, std::string_view word) {
  std::erase(tokens, word);
  tokens.emplace_back(word);
}

template <class Number>
std::string_view written(Number number, intake::Batch& batch) {
  std::array<char, 32> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return {};
  return batch.arena.keep({text.data(), static_cast<size_t>(end - text.data())});
}

}  // namespace

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(codes::bad_request, "the OTLP request is malformed: {}", what);
}

Result<std::string_view> read_value(std::string_view any_value, intake::Batch& batch) {
  std::string_view text;
  ProtoReader reader(any_value);
  while (reader.next()) {
    if (reader.is(wire::any_value::kText, ProtoReader::bytes)) {
      text = reader.text();
    } else if (reader.is(wire::any_value::kBoolean, ProtoReader::varint)) {
      text = reader.number() != 0 ? "true" : "false";
    } else if (reader.is(wire::any_value::kInteger, ProtoReader::varint)) {
      text = written(reader.signed_number(), batch);
    } else if (reader.is(wire::any_value::kReal, ProtoReader::fixed64)) {
      text = written(reader.real(), batch);
    }
  }
  if (!reader.is_ok()) return malformed("the value of an attribute");
  return text;
}

Result<intake::Label> read_attribute(std::string_view key_value, intake::Batch& batch) {
  intake::Label label;
  ProtoReader reader(key_value);
  while (reader.next()) {
    if (reader.is(wire::key_value::kKey, ProtoReader::bytes)) {
      label.name = reader.text();
    } else if (reader.is(wire::key_value::kValue, ProtoReader::bytes)) {
      TOLLGATE_TRY(label.value, read_value(reader.text(), batch));
    }
  }
  if (!reader.is_ok()) return malformed("an attribute");
  return label;
}

std::string metric_name(std::string_view name, std::string_view unit, MetricForm form) {
  std::vector<std::string> tokens = tokens_of(name);
  const size_t slash = unit.find('/');
  const std::string_view main = trim(unit.substr(0, slash));
  if (main.find('{') == std::string_view::npos) add_missing(tokens, word_of(main, kUnits));
  if (slash != std::string_view::npos) {
    const std::string_view per = trim(unit.substr(slash + 1));
    if (!per.empty() && per.find('{') == std::string_view::npos) {
      tokens.emplace_back("per");
      tokens.emplace_back(word_of(per, kPerUnits));
    }
  }
  if (form == MetricForm::counter) add_last(tokens, "total");
  if (form == MetricForm::gauge && unit == "1") add_last(tokens, "ratio");
  std::string out;
  for (const std::string& token : tokens) {
    if (!out.empty()) out += '_';
    for (const char c : token) out += is_letter_or_digit(c) || c == ':' ? c : '_';
  }
  if (!out.empty() && out.front() >= '0' && out.front() <= '9') out.insert(out.begin(), '_');
  return out;
}

std::string label_name(std::string_view attribute) {
  std::string out;
  if (!attribute.empty() && attribute.front() >= '0' && attribute.front() <= '9') out = "key_";
  for (const char c : attribute) out += is_letter_or_digit(c) ? c : '_';
  return out;
}

}  // namespace tollgate::otlp
