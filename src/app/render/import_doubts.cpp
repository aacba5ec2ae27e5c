#include "app/render/import_doubts.hpp"

#include "app/render/output.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::render {

using doc::Node;

std::string doubt_words(const model::ImportDoubt& doubt, Time at) {
  std::string text = fmt::format("import {} of calendar {} ", doubt.source, doubt.calendar);
  text += doubt.failures > 0
              ? fmt::format("fails ({} in a row: {})", number_text(doubt.failures), doubt.error)
          : doubt.is_stale ? "is stale"
                           : "has not been asked for yet";
  if (!doubt.good) return text + "; nothing of it is known, so its freezes may be missing";
  return text + fmt::format("; its last good copy, of {} ({} old), counts on",
                            time_text(*doubt.good), duration_words(at - *doubt.good));
}

Node doubts_json(const std::vector<model::ImportDoubt>& doubts, Time at) {
  Node list = Node::array();
  for (const model::ImportDoubt& doubt : doubts) {
    list.push(Node::object({{"calendar", doubt.calendar},
                            {"source", doubt.source},
                            {"good", doubt.good ? Node(time_text(*doubt.good)) : Node()},
                            {"stale", doubt.is_stale},
                            {"failures", doubt.failures},
                            {"error", doubt.error},
                            {"message", doubt_words(doubt, at)}}));
  }
  return list;
}

std::string doubt_lines(const Node& answer) {
  std::string text;
  const Node* doubts = answer.find("import_doubts");
  if (doubts == nullptr) return text;
  for (const Node& doubt : doubts->items())
    text += fmt::format("  ! {}\n", printable(doubt.text_or("message")));
  return text;
}

}  // namespace tollgate::render
