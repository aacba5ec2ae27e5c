// Random values from field tables, for property tests and fuzz seeds. The seed is an argument:
// nothing here is random by itself.
#include "foundation/base/assert.hpp"
#include "foundation/reflect/pattern.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace tollgate::reflect {
namespace {

constexpr int64_t kIntegerMax = (int64_t{1} << 53) - 1;
constexpr int kDepthMax = 5;                       // beyond it optionals, lists and maps stay empty
constexpr int64_t kTimeMaxMs = 4'102'444'800'000;  // 2100-01-01
constexpr int64_t kDurationMaxMs = 366LL * 86'400'000;

/// splitmix64. Source: S. Vigna, prng.di.unimi.it/splitmix64.c (public domain).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
  }
  /// 0 to count - 1.
  uint64_t below(uint64_t count) { return next() % count; }
  int64_t between(int64_t low, int64_t high) {
    const uint64_t span = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;
    return static_cast<int64_t>(static_cast<uint64_t>(low) + (span == 0 ? next() : below(span)));
  }
  bool coin() { return next() >> 63 != 0; }

 private:
  uint64_t state_;
};

class Filler {
 public:
  explicit Filler(uint64_t seed) : random_(seed) {}

  void fill(const TypeInfo& type, void* value, const Constraints& limits, int depth) {
    switch (type.shape) {
      case Shape::boolean:
        *static_cast<bool*>(value) = random_.coin();
        return;
      case Shape::integer:
        *static_cast<int64_t*>(value) = integer(limits, -kIntegerMax, kIntegerMax);
        return;
      case Shape::number:
        *static_cast<double*>(value) = number(limits);
        return;
      case Shape::text:
        *static_cast<std::string*>(value) = text(limits);
        return;
      case Shape::time:
        static_cast<Time*>(value)->ms = random_.between(0, kTimeMaxMs);
        return;
      case Shape::duration:
        static_cast<Duration*>(value)->ms = integer(limits, 0, kDurationMaxMs);
        return;
      case Shape::digest:
        for (uint8_t& byte : static_cast<Digest*>(value)->bytes) {
          byte = static_cast<uint8_t>(random_.next());
        }
        return;
      case Shape::ppm:
        static_cast<Ppm*>(value)->value = integer(limits, 0, 1'000'000);
        return;
      case Shape::enumeration:
        type.set_enum(value, static_cast<int64_t>(random_.below(type.names.size())));
        return;
      case Shape::any:
        *static_cast<doc::Node*>(value) = any(depth);
        return;
      case Shape::object:
        for (const FieldInfo& field : type.fields) {
          fill(field.type(), field.get(value), field.constraints, depth + 1);
        }
        return;
      case Shape::list:
      case Shape::map:
        return fill_items(type, value, limits, depth);
      case Shape::optional:
        type.clear(value);
        if (!limits.is_required && (depth > kDepthMax || random_.coin())) return;
        return fill(type.element(), type.append(value), limits, depth);
    }
  }

 private:
  int64_t integer(const Constraints& limits, int64_t least, int64_t most) {
    const int64_t low = std::max(limits.min, least);
    const int64_t high = std::max(low, std::min(limits.max, most));
    const bool is_small = random_.coin() && high - low > 100;
    return random_.between(low, is_small ? low + 100 : high);
  }

  double number(const Constraints& limits) {
    static constexpr auto kNumbers =
        std::to_array<double>({0, 1, -1, 0.5, 0.1, 1e-7, 1e21, 123456.789, 5e-324, 0.999, 14.4});
    const double value = kNumbers[random_.below(kNumbers.size())];
    const bool is_low = limits.min != INT64_MIN && value < static_cast<double>(limits.min);
    const bool is_high = limits.max != INT64_MAX && value > static_cast<double>(limits.max);
    return is_low || is_high ? static_cast<double>(integer(limits, -100, 100)) : value;
  }

  std::string text(const Constraints& limits) {
    static constexpr auto kPieces = std::to_array<std::string_view>(
        {"a",    "b",    "z",  "0",  "9",  "A",  "-",    "_", ".", "/", " ",
         ":",    "#",    "\"", "\\", "\n", "\t", "\x01", "é", "€", "😀", "\xEF\xAC\xB3",
         "true", "null", "{",  "]",  "'",  "|",  "&",    "*"});
    if (!limits.pattern.empty()) return matching(limits);
    const size_t size = random_.below(std::min<size_t>(limits.size_max, 8) + 1);
    std::string text;
    for (size_t i = 0; i < size; ++i) text += kPieces[random_.below(kPieces.size())];
    const bool is_too_short = limits.is_required && text.empty();
    return is_too_short || text.size() > limits.size_max ? std::string(1, 'x') : text;
  }

  /// A text that a pattern accepts: a likely one, or else the example that such a field must have.
  std::string matching(const Constraints& limits) {
    static constexpr auto kLikely = std::to_array<std::string_view>(
        {"a", "checkout", "pay-1", "x9", "30d", "1h", "5m", "1", "2026-03-02 10:00:00"});
    const size_t first = random_.below(kLikely.size());
    for (size_t i = 0; i < kLikely.size(); ++i) {
      const std::string_view candidate = kLikely[(first + i) % kLikely.size()];
      if (matches(limits.pattern, candidate)) return std::string(candidate);
    }
    ASSERT(matches(limits.pattern, limits.example));
    return std::string(limits.example);
  }

  void fill_items(const TypeInfo& type, void* value, const Constraints& limits, int depth) {
    type.clear(value);
    const bool is_deep = depth > kDepthMax;
    size_t count = is_deep ? 0 : random_.below(std::min<size_t>(limits.size_max, 3) + 1);
    if (limits.is_required) count = std::max<size_t>(count, 1);
    Constraints item_limits = limits;
    item_limits.size_max = Constraints{}.size_max;
    for (size_t i = 0; i < count; ++i) {
      void* item = type.shape == Shape::list ? type.append(value)
                                             : type.insert(value, text({.size_max = 20}));
      fill(type.element(), item, item_limits, depth + 1);
    }
  }

  doc::Node any(int depth) {
    switch (random_.below(depth > kDepthMax ? 4 : 6)) {
      case 0:
        return random_.coin();
      case 1:
        return integer({}, -kIntegerMax, kIntegerMax);
      case 2:
        return number({});
      case 3:
        return text({});
      case 4: {
        doc::Node list = doc::Node::array();
        for (uint64_t i = random_.below(3); i > 0; --i) list.push(any(depth + 1));
        return list;
      }
      default: {
        doc::Node object = doc::Node::object();
        for (uint64_t i = random_.below(3); i > 0; --i) object.set(text({}), any(depth + 1));
        return object;
      }
    }
  }

  Random random_;
};

}  // namespace

void fill_random(const TypeInfo& type, void* object, uint64_t seed) {
  Filler(seed).fill(type, object, {}, 0);
}

}  // namespace tollgate::reflect
