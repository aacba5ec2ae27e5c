// Document trees into structs. Every problem is collected with its place; nothing here throws or
// stops early.
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/pattern.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tollgate::reflect {
namespace {

constexpr int64_t kIntegerMax = (int64_t{1} << 53) - 1;
constexpr int64_t kPpmPerUnit = 1'000'000;
constexpr int64_t kLikelyPercentMax = 100;  // a bare 80 in a file is more likely 80 % than 80 ppm
constexpr size_t kShownTextMax = 60;        // characters of a bad value that a message repeats

constexpr Constraints kNoConstraints = {};

std::string shown(std::string_view text) {
  if (text.size() <= kShownTextMax) return std::string(text);
  size_t end = kShownTextMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

/// "30d" for "30days" or "30 days"; empty if there is nothing near.
std::string nearest_duration(std::string_view text) {
  struct Word {
    std::string_view word;
    std::string_view unit;
  };
  static constexpr auto kWords = std::to_array<Word>(
      {{"ms", "ms"},     {"msec", "ms"}, {"millisecond", "ms"}, {"s", "s"},   {"sec", "s"},
       {"second", "s"},  {"m", "m"},     {"min", "m"},          {"mn", "m"},  {"minute", "m"},
       {"h", "h"},       {"hr", "h"},    {"hour", "h"},         {"d", "d"},   {"day", "d"},
       {"w", "w"},       {"wk", "w"},    {"week", "w"},         {"mo", "M"},  {"month", "M"},
       {"quarter", "Q"}, {"y", "Y"},     {"yr", "Y"},           {"year", "Y"}});
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  std::string word = lower_case(trim(text.substr(digits)));
  if (word.size() > 2 && word.ends_with('s')) word.pop_back();
  if (digits == 0) return {};
  for (const Word& known : kWords) {
    if (known.word == word) return fmt::format("{}{}", text.substr(0, digits), known.unit);
  }
  return {};
}

/// Reads one document; keeps the path of the place it is at.
class Decoder {
 public:
  Decoder(const DecodeOptions& options, Problems& problems)
      : options_(options), problems_(problems) {}

  void read(const TypeInfo& type, const doc::Node& node, void* value, const Constraints& limits) {
    switch (type.shape) {
      case Shape::boolean:
        if (!node.is_boolean()) return refuse_type(node, "true or false");
        *static_cast<bool*>(value) = node.as_boolean();
        return;
      case Shape::integer:
        return read_integer(node, *static_cast<int64_t*>(value), limits);
      case Shape::number:
        return read_number(node, *static_cast<double*>(value), limits);
      case Shape::text:
        return read_text(node, *static_cast<std::string*>(value), limits);
      case Shape::time:
        return read_parsed(node, *static_cast<Time*>(value), parse_time, "a time");
      case Shape::duration:
        return read_duration(node, *static_cast<Duration*>(value), limits);
      case Shape::digest:
        return read_parsed(node, *static_cast<Digest*>(value), parse_digest, "a digest");
      case Shape::ppm:
        return read_ppm(node, *static_cast<Ppm*>(value), limits);
      case Shape::enumeration:
        return read_enum(type, node, value);
      case Shape::any:
        *static_cast<doc::Node*>(value) = node;
        return;
      case Shape::object:
        return read_object(type, node, value);
      case Shape::list:
        return read_list(type, node, value, limits);
      case Shape::map:
        return read_map(type, node, value, limits);
      case Shape::optional:
        if (node.is_null()) return;
        return read(type.element(), node, type.append(value), limits);
    }
  }

  /// Says in the last problem how many found no room.
  void finish() {
    if (omitted_ == 0) return;
    problems_.back().message +=
        fmt::format(" (and {} more)", count_text(omitted_, "problem", "problems"));
  }

 private:
  void refuse(Code code, Mark mark, std::string message) {
    if (problems_.size() >= kProblemsMax) {
      ++omitted_;
      return;
    }
    problems_.push_back({.code = code,
                         .message = std::move(message),
                         .file = std::string(options_.file),
                         .mark = mark,
                         .field = path_});
  }

  /// "field \"target\"", or "item 3 of \"conditions\"", for the start of a message.
  std::string subject() const {
    const size_t last = path_.rfind('/');
    if (last == std::string::npos) return "the document";
    const std::string_view name = std::string_view(path_).substr(last + 1);
    const bool is_index = !name.empty() && name.find_first_not_of("0123456789") == name.npos;
    const size_t parent = is_index && last > 0 ? path_.rfind('/', last - 1) : std::string::npos;
    if (parent == std::string::npos) return fmt::format("\"{}\"", name);
    const std::string_view list = std::string_view(path_).substr(parent + 1, last - parent - 1);
    return fmt::format("item {} of \"{}\"", name, list);
  }

  void refuse_type(const doc::Node& node, std::string_view wanted) {
    refuse(codes::wrong_type, node.mark(),
           fmt::format("{} must be {}, not {}", subject(), wanted, type_name(node.type())));
  }

  bool is_within(int64_t value, const Constraints& limits) const {
    return value >= limits.min && value <= limits.max;
  }

  template <class Show>
  void refuse_range(const doc::Node& node, const Constraints& limits, Show show) {
    std::string range;
    if (limits.min != INT64_MIN && limits.max != INT64_MAX) {
      range = fmt::format("between {} and {}", show(limits.min), show(limits.max));
    } else if (limits.min != INT64_MIN) {
      range = fmt::format("at least {}", show(limits.min));
    } else {
      range = fmt::format("at most {}", show(limits.max));
    }
    refuse(codes::bad_value, node.mark(), fmt::format("{} must be {}", subject(), range));
  }

  void read_integer(const doc::Node& node, int64_t& value, const Constraints& limits) {
    if (node.is_integer()) {
      value = node.as_integer();
    } else if (node.is_number() && std::abs(node.as_number()) <= double(kIntegerMax) &&
               node.as_number() == std::trunc(node.as_number())) {
      value = static_cast<int64_t>(node.as_number());
    } else {
      return refuse_type(node, "a whole number");
    }
    if (!is_within(value, limits)) {
      refuse_range(node, limits, [](int64_t n) { return std::to_string(n); });
    }
  }

  void read_number(const doc::Node& node, double& value, const Constraints& limits) {
    if (!node.is_number()) return refuse_type(node, "a number");
    value = node.as_number();
    const bool is_low = limits.min != INT64_MIN && value < static_cast<double>(limits.min);
    const bool is_high = limits.max != INT64_MAX && value > static_cast<double>(limits.max);
    if (is_low || is_high) {
      refuse_range(node, limits, [](int64_t n) { return std::to_string(n); });
    }
  }

  void read_text(const doc::Node& node, std::string& value, const Constraints& limits) {
    if (node.is_text()) {
      value = node.as_text();
    } else if (!node.raw().empty()) {
      value = node.raw();
    } else {
      return refuse_type(node, "text");
    }
    const auto size = static_cast<size_t>(std::count_if(value.begin(), value.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
    if (size > limits.size_max) {
      return refuse(
          codes::bad_value, node.mark(),
          fmt::format("{} has {} characters; the limit is {}", subject(), size, limits.size_max));
    }
    if (limits.is_required && value.empty()) {
      return refuse(codes::missing_field, node.mark(), fmt::format("{} is empty", subject()));
    }
    if (!limits.pattern.empty() && !value.empty() && !matches(limits.pattern, value)) {
      refuse(
          codes::bad_value, node.mark(),
          fmt::format("{}: \"{}\" is not {}", subject(), shown(value),
                      limits.pattern_words.empty() ? "of the right form" : limits.pattern_words));
    }
  }

  template <class T>
  void read_parsed(const doc::Node& node, T& value, Result<T> (*parse)(std::string_view),
                   std::string_view wanted) {
    const std::string& text = node.is_text() ? node.as_text() : node.raw();
    if (!node.is_text() && text.empty()) return refuse_type(node, wanted);
    Result<T> parsed = parse(text);
    if (parsed) {
      value = *parsed;
    } else {
      refuse(codes::bad_value, node.mark(),
             fmt::format("{}: \"{}\" is not {}", subject(), shown(text), wanted));
    }
  }

  void read_duration(const doc::Node& node, Duration& value, const Constraints& limits) {
    const std::string& text = node.is_text() ? node.as_text() : node.raw();
    if (!node.is_text() && text.empty()) return refuse_type(node, "a duration");
    const Result<Duration> parsed = parse_duration(text);
    if (!parsed) {
      const std::string nearest = nearest_duration(text);
      const std::string hint =
          nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest);
      return refuse(codes::bad_value, node.mark(),
                    fmt::format("{}: \"{}\" is not a duration{}", subject(), shown(text), hint));
    }
    value = *parsed;
    if (!is_within(value.ms, limits)) {
      refuse_range(node, limits, [](int64_t ms) { return duration_text({ms}); });
    }
  }

  void read_ppm(const doc::Node& node, Ppm& value, const Constraints& limits) {
    if (node.is_integer()) {
      value.value = node.as_integer();
      // Only files of people have marks; what a program wrote is parts per million.
      if (node.mark().line > 0 && value.value >= 1 && value.value <= kLikelyPercentMax) {
        return refuse(
            codes::bad_value, node.mark(),
            fmt::format("{}: {} is unclear; write \"{}%\" or a ratio such as {}", subject(),
                        value.value, value.value, static_cast<double>(value.value) / 100));
      }
    } else if (node.is_number()) {
      const double ppm = node.as_number() * static_cast<double>(kPpmPerUnit);
      if (std::abs(ppm) > static_cast<double>(kIntegerMax)) return refuse_type(node, "a share");
      value.value = std::llround(ppm);
    } else if (node.is_text()) {
      const Result<int64_t> parsed = parse_ppm(node.as_text());
      if (!parsed || std::abs(*parsed) > kIntegerMax) {
        return refuse(codes::bad_value, node.mark(),
                      fmt::format("{}: \"{}\" is not a share such as \"99.9%\" or 0.999", subject(),
                                  shown(node.as_text())));
      }
      value.value = *parsed;
    } else {
      return refuse_type(node, "a share such as \"99.9%\" or 0.999");
    }
    if (!is_within(value.value, limits)) {
      refuse_range(node, limits, [](int64_t ppm) { return percent_text(ppm); });
    }
  }

  void read_enum(const TypeInfo& type, const doc::Node& node, void* value) {
    const std::string& text = node.is_text() ? node.as_text() : node.raw();
    const auto found = std::find(type.names.begin(), type.names.end(), text);
    if (found != type.names.end()) {
      type.set_enum(value, found - type.names.begin());
      return;
    }
    const std::vector<std::string> names(type.names.begin(), type.names.end());
    const std::string choices = join(names, ", ");
    if (!node.is_text() && text.empty()) return refuse_type(node, "one of " + choices);
    std::string hint = did_you_mean(text, names);
    if (hint.empty()) hint = "; choose one of " + choices;
    refuse(codes::bad_value, node.mark(),
           fmt::format("{}: \"{}\" is not known{}", subject(), shown(text), hint));
  }

  void read_object(const TypeInfo& type, const doc::Node& node, void* object) {
    if (!node.is_object()) return refuse_type(node, "an object");
    const size_t path_size = path_.size();
    for (const FieldInfo& field : type.fields) {
      const doc::Node* member = node.find(field.name);
      const bool is_given = member != nullptr && !member->is_null();
      if (!is_given) {
        if (!field.constraints.is_required) continue;
        refuse(codes::missing_field, node.mark(),
               fmt::format("field \"{}\" is missing", field.name));
        continue;
      }
      path_ += '/';
      path_ += field.name;
      read(field.type(), *member, field.get(object), field.constraints);
      path_.resize(path_size);
    }
    if (!options_.ignore_unknown) refuse_unknown(type, node);
  }

  void refuse_unknown(const TypeInfo& type, const doc::Node& node) {
    for (const doc::Member& member : node.members()) {
      const bool is_known =
          std::any_of(type.fields.begin(), type.fields.end(),
                      [&](const FieldInfo& field) { return field.name == member.key; });
      if (is_known) continue;
      std::vector<std::string> names;
      for (const FieldInfo& field : type.fields) names.emplace_back(field.name);
      const size_t path_size = path_.size();
      path_ += '/';
      path_ += member.key;
      refuse(codes::unknown_field, member.key_mark,
             fmt::format("unknown field \"{}\"{}", shown(member.key),
                         did_you_mean(member.key, names)));
      path_.resize(path_size);
    }
  }

  bool has_fitting_size(const doc::Node& node, size_t size, const Constraints& limits) {
    if (limits.is_required && size == 0) {
      refuse(codes::missing_field, node.mark(), fmt::format("{} is empty", subject()));
      return false;
    }
    if (size <= limits.size_max) return true;
    refuse(codes::bad_value, node.mark(),
           fmt::format("{} has {} items; the limit is {}", subject(), size, limits.size_max));
    return false;
  }

  /// What an item must obey: the form of the value, not the size of the list.
  static Constraints for_items(Constraints limits) {
    limits.size_max = kNoConstraints.size_max;
    return limits;
  }

  void read_list(const TypeInfo& type, const doc::Node& node, void* list,
                 const Constraints& limits) {
    if (!node.is_array()) return refuse_type(node, "a list");
    type.clear(list);
    if (!has_fitting_size(node, node.items().size(), limits)) return;
    const Constraints item_limits = for_items(limits);
    const size_t path_size = path_.size();
    for (size_t i = 0; i < node.items().size(); ++i) {
      path_ += fmt::format("/{}", i);
      read(type.element(), node.items()[i], type.append(list), item_limits);
      path_.resize(path_size);
    }
  }

  void read_map(const TypeInfo& type, const doc::Node& node, void* map, const Constraints& limits) {
    if (!node.is_object()) return refuse_type(node, "an object");
    type.clear(map);
    if (!has_fitting_size(node, node.members().size(), limits)) return;
    const Constraints item_limits = for_items(limits);
    const size_t path_size = path_.size();
    for (const doc::Member& member : node.members()) {
      path_ += '/';
      path_ += member.key;
      read(type.element(), member.value, type.insert(map, member.key), item_limits);
      path_.resize(path_size);
    }
  }

  const DecodeOptions& options_;
  Problems& problems_;
  std::string path_;
  int64_t omitted_ = 0;
};

}  // namespace

bool decode(const TypeInfo& type, const doc::Node& node, void* object, const DecodeOptions& options,
            Problems& problems) {
  const size_t count_before = problems.size();
  if (count_before >= kProblemsMax) {
    // Enough has been said; the value is still read so that the answer is right.
    Problems more;
    return decode(type, node, object, options, more);
  }
  Decoder decoder(options, problems);
  decoder.read(type, node, object, kNoConstraints);
  decoder.finish();
  return problems.size() == count_before;
}

}  // namespace tollgate::reflect
