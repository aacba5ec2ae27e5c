#include "edge/intake/counters_json.hpp"

#include "domain/slo/counter.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/base/time.hpp"
#include "foundation/doc/json.hpp"

#include <array>
#include <charconv>

namespace tollgate::intake {
namespace {

constexpr int64_t kEventsMax = int64_t{1} << 53;
constexpr Time kTimeMax{253'402'300'799'999};  // the end of year 9999

const std::vector<std::string>& field_names() {
  static const std::vector<std::string> kNames = {"slo",   "environment", "track", "version",
                                                  "group", "time",        "good",  "bad",
                                                  "total", "durations"};
  return kNames;
}

tl::unexpected<Error> bad(Code code, size_t index, std::string message) {
  Error error{.code = code, .message = std::move(message)};
  error.field = fmt::format("/counters/{}", index);
  error.message = fmt::format("counter {}: {}", index, error.message);
  return fail(std::move(error));
}

class Reader {
 public:
  Reader(const doc::Node& node, size_t index, int64_t arrived_ms, Batch& batch)
      : node_(node), index_(index), arrived_ms_(arrived_ms), batch_(batch) {}

  Result<void> read() {
    if (!node_.is_object()) return bad(codes::wrong_type, index_, "an object is expected");
    for (const doc::Member& member : node_.members()) {
      const auto& names = field_names();
      if (std::find(names.begin(), names.end(), member.key) == names.end()) {
        return bad(codes::unknown_field, index_,
                   fmt::format("the field \"{}\" is unknown{}", member.key,
                               did_you_mean(member.key, names)));
      }
    }
    Increment increment;
    TOLLGATE_TRY(increment.slo, text("slo", 2 * kPlaceMax));
    if (increment.slo.find('/') == std::string_view::npos)
      return bad(codes::missing_field, index_, "\"slo\" must be SERVICE/SLO");
    TOLLGATE_TRY(increment.environment, text("environment", kPlaceMax));
    TOLLGATE_TRY(increment.track, text("track", kPlaceMax));
    TOLLGATE_TRY(increment.version, text("version", kPlaceMax));
    TOLLGATE_TRY(increment.group, text("group", kPlaceMax));
    TOLLGATE_TRY(increment.time_ms, time());
    TOLLGATE_CHECK(counts(increment));
    TOLLGATE_CHECK(durations(increment));
    batch_.increments.push_back(increment);
    return {};
  }

 private:
  Result<std::string_view> text(std::string_view name, size_t size_max) {
    const doc::Node* value = node_.find(name);
    if (value == nullptr || value->is_null()) return std::string_view{};
    if (!value->is_text() || value->as_text().size() > size_max) {
      return bad(codes::bad_value, index_,
                 fmt::format("\"{}\" must be a text of at most {} bytes", name, size_max));
    }
    return batch_.arena.keep(value->as_text());
  }

  Result<int64_t> time() {
    const doc::Node* value = node_.find("time");
    if (value == nullptr || value->is_null()) return arrived_ms_;
    int64_t ms = 0;
    if (value->is_integer()) {
      ms = value->as_integer();
    } else if (value->is_text()) {
      TOLLGATE_TRY(const Time parsed, parse_time(value->as_text()));
      ms = parsed.ms;
    } else {
      return bad(codes::bad_value, index_, "\"time\" must be RFC 3339 or milliseconds since 1970");
    }
    if (ms < 0 || ms > kTimeMax.ms)
      return bad(codes::bad_value, index_, "\"time\" lies outside the years 1970 to 9999");
    return ms;
  }

  Result<std::optional<int64_t>> count(std::string_view name) {
    const doc::Node* value = node_.find(name);
    if (value == nullptr || value->is_null()) return std::optional<int64_t>{};
    if (!value->is_integer() || value->as_integer() < 0 || value->as_integer() > kEventsMax) {
      return bad(codes::bad_value, index_,
                 fmt::format("\"{}\" must be a whole number of events, not below 0", name));
    }
    return std::optional(value->as_integer());
  }

  Result<void> counts(Increment& increment) {
    TOLLGATE_TRY(const std::optional<int64_t> good, count("good"));
    TOLLGATE_TRY(const std::optional<int64_t> failed, count("bad"));
    TOLLGATE_TRY(const std::optional<int64_t> total, count("total"));
    if (!good && !failed) {
      return bad(codes::missing_field, index_,
                 total ? "beside \"total\" either \"good\" or \"bad\" is needed"
                       : "one of \"good\", \"bad\" and \"total\" is needed");
    }
    if (total && (good.value_or(0) > *total || failed.value_or(0) > *total ||
                  (good && failed && *good + *failed != *total))) {
      return bad(codes::field_conflict, index_, "\"good\" and \"bad\" do not add up to \"total\"");
    }
    increment.good = good ? *good : total ? *total - *failed : 0;
    increment.bad = failed ? *failed : total ? *total - *good : 0;
    return {};
  }

  Result<void> durations(Increment& increment) {
    const doc::Node* list = node_.find("durations");
    if (list == nullptr || list->is_null()) return {};
    if (!list->is_array() || list->items().size() > kBucketsMax) {
      return bad(codes::bad_value, index_,
                 fmt::format("\"durations\" must be a list of at most {}", kBucketsMax));
    }
    increment.first_duration = static_cast<uint32_t>(batch_.durations.size());
    for (const doc::Node& item : list->items()) {
      const doc::Node* seconds = item.find("seconds");
      const int64_t count = item.integer_or("count", 1);
      if (seconds == nullptr || !seconds->is_number() || seconds->as_number() < 0 || count < 0 ||
          count > kEventsMax) {
        return bad(codes::bad_value, index_,
                   "each of \"durations\" has \"seconds\" not below 0, and perhaps \"count\"");
      }
      batch_.durations.push_back({seconds->as_number(), count});
      ++increment.duration_count;
    }
    return {};
  }

  const doc::Node& node_;
  size_t index_;
  int64_t arrived_ms_;
  Batch& batch_;
};

}  // namespace

std::string counters_envelope(std::string_view body, std::string_view key, int64_t arrived_ms) {
  return fmt::format("{} {}\n{}", arrived_ms, key, body);
}

Result<void> decode_counters(std::string_view envelope, Batch& batch) {
  const size_t line = envelope.find('\n');
  const size_t blank = envelope.find(' ');
  int64_t arrived_ms = 0;
  const bool is_framed =
      line != std::string_view::npos && blank < line &&
      std::from_chars(envelope.data(), envelope.data() + blank, arrived_ms).ec == std::errc{};
  if (!is_framed) return fail(codes::bad_request, "the counters come without their envelope");
  batch.idempotency_key = envelope.substr(blank + 1, line - blank - 1);
  TOLLGATE_TRY(const doc::Node body, doc::parse_json(envelope.substr(line + 1)));
  const doc::Node* list = body.find("counters");
  if (list == nullptr) return Reader(body, 0, arrived_ms, batch).read();
  if (!list->is_array()) return fail(codes::wrong_type, "\"counters\" must be a list");
  if (body.members().size() > 1)
    return fail(codes::unknown_field, "beside \"counters\" no other field is known");
  if (list->items().size() > kIncrementsMax) {
    return fail(codes::too_large, "the request has more than {} counters", kIncrementsMax);
  }
  for (size_t i = 0; i < list->items().size(); ++i) {
    TOLLGATE_CHECK(Reader(list->items()[i], i, arrived_ms, batch).read());
  }
  return {};
}

}  // namespace tollgate::intake
