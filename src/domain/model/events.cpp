#include "domain/model/events.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/doc/canonical.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/reflect/reflect.hpp"

#include <array>

namespace tollgate::model {
namespace {

constexpr int64_t kEventVersion = 1;

/// One alternative of EventData: its wire name and how to read it.
struct EventKind {
  std::string_view type;
  Result<EventData> (*decode)(const doc::Node& data);
};

template <class T>
constexpr EventKind event_kind() {
  return {reflect::Reflect<T>::name, [](const doc::Node& data) -> Result<EventData> {
            TOLLGATE_TRY(T value, reflect::decode<T>(data, {.ignore_unknown = true}));
            return EventData(std::move(value));
          }};
}

template <class... T>
constexpr std::array<EventKind, sizeof...(T)> event_kinds(const std::variant<T...>*) {
  return {event_kind<T>()...};
}
constexpr auto kEventKinds = event_kinds(static_cast<const EventData*>(nullptr));

void append_data(std::string& out, const EventData& data) {
  std::visit(
      [&out](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        reflect::append_canonical(out, reflect::type_of<T>(), &value);
      },
      data);
}

}  // namespace

std::string_view event_type(const EventData& data) { return kEventKinds[data.index()].type; }

// Members are written in canonical order (a < d < i < p < s < t < v), so no sorting is needed.
std::string encode_event(const Event& event) {
  std::string leaf;
  leaf.reserve(1024);
  leaf += "{\"actor\":";
  reflect::append_canonical(leaf, reflect::type_of<Actor>(), &event.actor);
  leaf += ",\"data\":";
  append_data(leaf, event.data);
  if (!event.idempotency_key.empty()) {
    leaf += ",\"idempotency_key\":";
    doc::append_quoted(leaf, event.idempotency_key);
  }
  leaf += fmt::format(",\"position\":{}", event.position);
  leaf += ",\"subject\":";
  doc::append_quoted(leaf, event.subject);
  leaf += ",\"time\":\"";
  leaf += time_text(event.time);
  leaf += "\",\"type\":\"";
  leaf += event_type(event.data);
  leaf += fmt::format("\",\"version\":{}}}", kEventVersion);
  return leaf;
}

Result<Event> decode_event(std::string_view leaf, EventParts parts) {
  static constexpr std::array<std::string_view, 3> kInnerParts = {"checks", "tree", "readings"};
  // Only the end of a leaf is surely its own type: policies hold free text of the same form.
  const bool is_outline =
      parts == EventParts::outline && leaf.ends_with(",\"type\":\"verdict.given\",\"version\":1}");
  doc::JsonLimits limits;
  if (is_outline) limits.skipped_members = kInnerParts;
  TOLLGATE_TRY(const doc::Node node, doc::parse_json(leaf, limits));
  Event event;
  event.position = node.integer_or("position", -1);
  if (event.position < 0) return fail(codes::bad_ledger_file, "the record has no position");
  TOLLGATE_TRY(event.time, parse_time(node.text_or("time")));
  event.subject = node.text_or("subject");
  event.idempotency_key = node.text_or("idempotency_key");
  const std::string_view type = node.text_or("type");
  const int64_t version = node.integer_or("version", 0);
  const doc::Node* actor = node.find("actor");
  const doc::Node* data = node.find("data");
  if (actor == nullptr || data == nullptr) {
    return fail(codes::bad_ledger_file, "record {} has no actor or no data", event.position);
  }
  TOLLGATE_TRY(event.actor, reflect::decode<Actor>(*actor, {.ignore_unknown = true}));
  for (const EventKind& kind : kEventKinds) {
    if (kind.type != type || version != kEventVersion) continue;
    TOLLGATE_TRY(event.data, kind.decode(*data));
    return event;
  }
  return fail(codes::unknown_event, "record {} has type {}@{}, which this version does not know",
              event.position, type, version);
}

}  // namespace tollgate::model
