#include "app/api/stream_hub.hpp"

#include "domain/model/events.hpp"
#include "foundation/base/log.hpp"
#include "foundation/doc/json.hpp"

#include <algorithm>

namespace tollgate::api {

std::string StreamHub::messages(int64_t from, int64_t to) {
  std::string out;
  const auto read =
      ledger_.read(from, to - from, [&](const engine::StoredLeaf& stored) -> Result<void> {
        TOLLGATE_TRY(const model::Event event, model::decode_event(stored.leaf));
        const std::string_view type = model::event_type(event.data);
        doc::Node data = doc::Node::object({{"position", event.position},
                                            {"time", time_text(event.time)},
                                            {"type", type},
                                            {"subject", event.subject}});
        if (const auto* given = std::get_if<model::VerdictGiven>(&event.data))
          data.set("decision", given->decision);
        out += fmt::format("id: {}\nevent: {}\ndata: {}\n\n", event.position, type,
                           doc::compact_json(data));
        return {};
      });
  if (!read) log::error("an event stream cannot read the ledger: {}", read.error().text());
  return out;
}

void StreamHub::join(net::Stream stream, int64_t from) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return stream.close();
  // First the flag, then the size: what is committed behind that size finds the flag set.
  if (!has_streams_.exchange(true)) sent_to_ = ledger_.head().size;
  if (from >= 0 && from < sent_to_)
    stream.write(messages(std::max(from, sent_to_ - kCatchUpMax), sent_to_));
  streams_.push_back(std::move(stream));
}

void StreamHub::pump() {
  const std::lock_guard lock(mutex_);
  std::erase_if(streams_, [](const net::Stream& stream) { return !stream.is_open(); });
  if (streams_.empty()) {
    has_streams_.store(false);
    return;
  }
  const int64_t size = ledger_.head().size;
  if (size == sent_to_) return;
  const std::string text = messages(sent_to_, size);
  for (const net::Stream& stream : streams_) stream.write(text);
  sent_to_ = size;
}

void StreamHub::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  for (const net::Stream& stream : streams_) stream.close();
  streams_.clear();
}

}  // namespace tollgate::api
