#include "edge/webhooks/fields.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <cmath>

namespace tollgate::webhooks {
namespace {

/// Numbers from here on are milliseconds: seconds of this size are 5138 years away.
constexpr double kMillisecondsFrom = 1e11;
constexpr double kSecondsMax = 253'402'300'799;  // year 9999

Result<Time> from_number(double value, std::string_view what) {
  const double ms = std::abs(value) >= kMillisecondsFrom ? value : value * 1000;
  if (!std::isfinite(value) || ms < 0 || ms > kSecondsMax * 1000)
    return fail(codes::bad_webhook, "{} is not a time: {}", what, value);
  return Time{static_cast<int64_t>(ms)};
}

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "2021-04-28 21:50:00 +0200" and "... UTC" as RFC 3339; other text unchanged.
std::string normal_time(std::string_view text) {
  std::string form(trim(text));
  constexpr size_t kDateSize = 10;
  if (form.size() > kDateSize && form[kDateSize] == ' ') form[kDateSize] = 'T';
  if (form.ends_with(" UTC")) form.replace(form.size() - 4, 4, "Z");
  const size_t space = form.find(' ');
  if (space != std::string::npos) form.erase(space, 1);
  // "+0200" has no colon in it.
  const size_t sign = form.find_last_of("+-");
  if (sign != std::string::npos && sign > kDateSize && form.size() == sign + 5 &&
      is_digits(std::string_view(form).substr(sign + 1))) {
    form.insert(sign + 3, ":");
  }
  return form;
}

}  // namespace

const doc::Node* value_at(const doc::Node& node, std::string_view path) {
  const doc::Node* found = &node;
  for (const std::string_view part : split(path, '/')) {
    found = found->find(part);
    if (found == nullptr || found->is_null()) return nullptr;
  }
  return found;
}

std::string text_at(const doc::Node& node, std::string_view path) {
  const doc::Node* value = value_at(node, path);
  if (value == nullptr) return {};
  if (value->is_text()) return value->as_text();
  if (value->is_integer()) return std::to_string(value->as_integer());
  if (value->is_number()) return fmt::format("{}", value->as_number());
  if (value->is_boolean()) return value->as_boolean() ? "true" : "false";
  return {};
}

Result<std::string> required_text(const doc::Node& node, std::string_view path) {
  std::string text = text_at(node, path);
  if (text.empty()) return fail(codes::bad_webhook, "the body has no {}", path);
  return text;
}

Result<Time> read_time(const doc::Node& value, std::string_view what) {
  if (value.is_number()) return from_number(value.as_number(), what);
  if (!value.is_text()) return fail(codes::bad_webhook, "{} is not a time", what);
  const std::string& text = value.as_text();
  if (is_digits(text)) {
    const auto number = parse_number(text);
    if (number) return from_number(*number, what);
  }
  const auto time = parse_time(normal_time(text));
  if (!time) return fail(codes::bad_webhook, "{} is not a time: \"{}\"", what, text.substr(0, 60));
  return *time;
}

Result<std::optional<Time>> optional_time(const doc::Node& node,
                                          std::initializer_list<std::string_view> paths) {
  for (const std::string_view path : paths) {
    const doc::Node* value = value_at(node, path);
    if (value == nullptr || (value->is_text() && value->as_text().empty())) continue;
    TOLLGATE_TRY(const Time time, read_time(*value, path));
    return std::optional<Time>(time);
  }
  return std::optional<Time>();
}

Result<Time> time_at(const doc::Node& node, std::initializer_list<std::string_view> paths) {
  TOLLGATE_TRY(const std::optional<Time> time, optional_time(node, paths));
  if (time) return *time;
  return fail(codes::bad_webhook, "the body has no {}", *paths.begin());
}

std::string short_ref(std::string_view ref) {
  for (const std::string_view prefix : {"refs/heads/", "refs/tags/"}) {
    if (ref.starts_with(prefix)) return std::string(ref.substr(prefix.size()));
  }
  return std::string(ref);
}

std::string version_of_ref(std::string_view ref) {
  if (ref.starts_with("refs/heads/")) return {};
  const std::string name = short_ref(ref);
  // Ends like x.y.z, whatever stands in front: "release-1.2" is a branch, "checkout-1.2.3" a tag.
  const std::string_view tail = std::string_view(name).substr(name.find_last_of('/') + 1);
  const size_t digit = tail.find_first_of("0123456789");
  if (digit == std::string_view::npos) return {};
  const std::vector<std::string_view> parts = split(tail.substr(digit), '.');
  if (parts.size() < 3 || !is_digits(parts[0]) || !is_digits(parts[1])) return {};
  if (parts[2].empty() || parts[2].front() < '0' || parts[2].front() > '9') return {};
  return name;
}

std::string last_part(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path.substr(path.find_last_of('/') + 1));
}

Translation ignored(std::string reason) {
  Translation translation;
  translation.ignored = std::move(reason);
  return translation;
}

}  // namespace tollgate::webhooks
