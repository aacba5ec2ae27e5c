#include "edge/ingest/json_lines.hpp"

#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <algorithm>
#include <cmath>

namespace tollgate::ingest {
namespace {

/// The value of a number or a text that is one; below 0 if it is neither.
double number_in(const doc::Node& value) {
  if (value.is_number()) return value.as_number();
  if (!value.is_text()) return -1;
  const auto number = parse_number(trim(value.as_text()));
  return number ? *number : -1;
}

/// The member of that name, or along the path that its dots make.
const doc::Node* member_of(const doc::Node& node, std::string_view name) {
  if (const doc::Node* direct = node.find(name); direct != nullptr) return direct;
  const size_t dot = name.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const doc::Node* inner = node.find(name.substr(0, dot));
  return inner == nullptr ? nullptr : member_of(*inner, name.substr(dot + 1));
}

std::string text_of(const doc::Node* value) {
  if (value == nullptr) return {};
  if (value->is_text()) return value->as_text();
  return value->is_number() || value->is_boolean() ? doc::compact_json(*value) : std::string();
}

}  // namespace

size_t JsonLines::find(std::string_view name) {
  const auto found = std::find(fields_.begin(), fields_.end(), name);
  if (found != fields_.end()) return static_cast<size_t>(found - fields_.begin());
  fields_.emplace_back(name);
  texts_.emplace_back();
  return fields_.size() - 1;
}

Refusal JsonLines::read(std::string_view line, LineHead& head, std::span<std::string_view> values) {
  const auto node = doc::parse_json(line, {.bytes_max = kLineLengthMax});
  if (!node) return "not JSON";
  if (!node->is_object()) return "not a JSON object";
  bool has_time = false;
  head = {};
  for (const doc::Member& member : node->members()) {
    const std::string name = lower_case(member.key);
    const doc::Node& value = member.value;
    if (!has_time && is_time_name(name)) {
      has_time = value.is_text()     ? parse_log_time(value.as_text(), head.time)
                 : value.is_number() ? parse_unix_time(value.as_number(), head.time)
                                     : false;
    } else if (head.status == 0 && is_status_name(name)) {
      const double status = number_in(value);
      if (status == std::floor(status) && status >= 100 && status < static_cast<double>(kStatusEnd))
        head.status = static_cast<int32_t>(status);
    } else if (const int unit = duration_unit_ms(name); unit > 0 && head.duration_us < 0) {
      constexpr double kMillisecondsMax = 1e12;
      const double duration_ms = number_in(value) * unit;
      if (duration_ms >= 0 && duration_ms <= kMillisecondsMax)
        head.duration_us = static_cast<int64_t>(duration_ms * 1000 + 0.5);
    }
  }
  if (!has_time) return "no time";
  for (size_t i = 0; i < fields_.size(); ++i) {
    texts_[i] = text_of(member_of(*node, fields_[i]));
    values[i] = texts_[i];
  }
  return {};
}

}  // namespace tollgate::ingest
