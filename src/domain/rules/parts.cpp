#include "domain/rules/parts.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace tollgate::rules {

std::string promql_duration(Duration duration) {
  struct Unit {
    std::string_view name;
    int64_t ms;
    bool is_whole_only;  // only if it divides the whole
  };
  static constexpr std::array<Unit, 7> units = {{{"y", 365LL * 86'400'000, true},
                                                 {"w", 7LL * 86'400'000, true},
                                                 {"d", 86'400'000, false},
                                                 {"h", 3'600'000, false},
                                                 {"m", 60'000, false},
                                                 {"s", 1000, false},
                                                 {"ms", 1, false}}};
  int64_t rest = duration.ms;
  std::string text;
  for (const Unit& unit : units) {
    if (unit.is_whole_only && rest % unit.ms != 0) continue;
    const int64_t count = rest / unit.ms;
    if (count == 0) continue;
    text += fmt::format("{}{}", count, unit.name);
    rest -= count * unit.ms;
  }
  return text.empty() ? "0s" : text;
}

std::string go_number(double value) {
  if (value == 0) return "0";
  std::array<char, 64> buffer = {};
  const auto scientific = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                        std::chars_format::scientific);
  std::string digits(buffer.data(), scientific.ptr);
  const int written = std::stoi(digits.substr(digits.find('e') + 1));
  if (written < -4 || written >= 21) return digits;
  const auto fixed =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  return {buffer.data(), fixed.ptr};
}

model::TextMap merged(std::initializer_list<const model::TextMap*> maps) {
  model::TextMap all;
  for (const model::TextMap* map : maps) {
    for (const auto& [name, value] : *map) all[name] = value;
  }
  return all;
}

doc::Node map_node(const model::TextMap& map) {
  doc::Node node = doc::Node::object();
  for (const auto& [name, value] : map) node.set(name, value);
  return node;
}

std::string selector(const model::TextMap& labels) {
  std::string text;
  for (const auto& [name, value] : labels)
    text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ", ", name, value);
  return "{" + text + "}";
}

doc::Node recording(std::string_view record, std::string expr, const model::TextMap& labels) {
  return doc::Node::object(
      {{"record", record}, {"expr", std::move(expr)}, {"labels", map_node(labels)}});
}

doc::Node group(std::string name, doc::Node rules) {
  return doc::Node::object({{"name", std::move(name)}, {"rules", std::move(rules)}});
}

std::vector<Duration> alert_durations(const AlertWindows& windows) {
  std::set<Duration> all;
  for (const AlertWindow& window : windows.windows) {
    all.insert(window.short_window);
    all.insert(window.long_window);
  }
  return {all.begin(), all.end()};
}

}  // namespace tollgate::rules
