#include "domain/model/events.hpp"

#include "domain/model/compact_verdict.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/doc/canonical.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <type_traits>

namespace tollgate::model {
namespace {

/// The version that new records of a type have.
template <class T>
constexpr int64_t kNewest = 1;
template <>
constexpr int64_t kNewest<VerdictGiven> = 2;

/// One alternative of EventData: its wire name, and how to read its versions from 1 to newest.
struct EventKind {
  std::string_view type;
  int64_t newest;
  Result<EventData> (*decode)(const doc::Node& data, int64_t version, EventParts parts);
};

template <class T>
constexpr EventKind event_kind() {
  return {reflect::Reflect<T>::name, kNewest<T>,
          [](const doc::Node& data, int64_t version, EventParts parts) -> Result<EventData> {
            if constexpr (std::is_same_v<T, VerdictGiven>) {
              if (version == 2) return read_compact_verdict(data, parts);
            }
            TOLLGATE_TRY(T value, reflect::decode<T>(data, {.ignore_unknown = true}));
            return EventData(std::move(value));
          }};
}

template <class... T>
constexpr std::array<EventKind, sizeof...(T)> event_kinds(const std::variant<T...>*) {
  return {event_kind<T>()...};
}
constexpr auto kEventKinds = event_kinds(static_cast<const EventData*>(nullptr));

void append_integer(std::string& out, int64_t value) {
  std::array<char, 24> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

void append_data(std::string& out, const EventData& data, int64_t version) {
  std::visit(
      [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, VerdictGiven>) {
          if (version == 2) return append_compact_verdict(out, value);
        }
        reflect::append_canonical(out, reflect::type_of<T>(), &value);
      },
      data);
}

/// Only the end of a leaf is surely its own type: policies hold free text of the same form.
bool is_verdict(std::string_view leaf) {
  return leaf.ends_with(",\"type\":\"verdict.given\",\"version\":2}") ||
         leaf.ends_with(",\"type\":\"verdict.given\",\"version\":1}");
}

}  // namespace

std::string_view event_type(const EventData& data) { return kEventKinds[data.index()].type; }

// Members are written in canonical order (a < d < i < p < s < t < v), so no sorting is needed.
std::string encode_event(const Event& event) {
  constexpr size_t kUsualBytes = 2048;
  const int64_t version =
      event.version > 0 ? event.version : kEventKinds[event.data.index()].newest;
  std::string leaf;
  leaf.reserve(kUsualBytes);
  leaf += "{\"actor\":";
  reflect::append_canonical(leaf, reflect::type_of<Actor>(), &event.actor);
  leaf += ",\"data\":";
  append_data(leaf, event.data, version);
  if (!event.idempotency_key.empty()) {
    leaf += ",\"idempotency_key\":";
    doc::append_quoted(leaf, event.idempotency_key);
  }
  leaf += ",\"position\":";
  append_integer(leaf, event.position);
  leaf += ",\"subject\":";
  doc::append_quoted(leaf, event.subject);
  leaf += ",\"time\":\"";
  append_time(leaf, event.time);
  leaf += "\",\"type\":\"";
  leaf += event_type(event.data);
  leaf += "\",\"version\":";
  append_integer(leaf, version);
  leaf += '}';
  return leaf;
}

Result<Event> decode_event(std::string_view leaf, EventParts parts) {
  static constexpr std::array<std::string_view, 5> kInnerParts = {"calendar", "checks", "readings",
                                                                  "sources", "tree"};
  doc::JsonLimits limits;
  limits.bytes_max = std::max(limits.bytes_max, leaf.size());  // the ledger has its own limit
  if (parts == EventParts::outline && is_verdict(leaf)) limits.skipped_members = kInnerParts;
  TOLLGATE_TRY(const doc::Node node, doc::parse_json(leaf, limits));
  Event event;
  event.position = node.integer_or("position", -1);
  if (event.position < 0) return fail(codes::bad_ledger_file, "the record has no position");
  TOLLGATE_TRY(event.time, parse_time(node.text_or("time")));
  event.subject = node.text_or("subject");
  event.idempotency_key = node.text_or("idempotency_key");
  const std::string_view type = node.text_or("type");
  event.version = node.integer_or("version", 0);
  const doc::Node* actor = node.find("actor");
  const doc::Node* data = node.find("data");
  if (actor == nullptr || data == nullptr) {
    return fail(codes::bad_ledger_file, "record {} has no actor or no data", event.position);
  }
  TOLLGATE_TRY(event.actor, reflect::decode<Actor>(*actor, {.ignore_unknown = true}));
  for (const EventKind& kind : kEventKinds) {
    if (kind.type != type || event.version < 1 || event.version > kind.newest) continue;
    TOLLGATE_TRY(event.data, kind.decode(*data, event.version, parts));
    return event;
  }
  return fail(codes::unknown_event, "record {} has type {}@{}, which this version does not know",
              event.position, type, event.version);
}

}  // namespace tollgate::model
