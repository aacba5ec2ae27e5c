// Slack, incoming webhooks: one message when an alert is raised, one when it is cleared.
// Source: api.slack.com, "Sending messages using incoming webhooks", "Formatting text".
#include "edge/deliver/message.hpp"
#include "edge/deliver/target.hpp"
#include "foundation/doc/json.hpp"

#include <algorithm>

namespace tollgate::deliver {
namespace {

using doc::Node;

constexpr size_t kTextMax = 3000;  // of one block
constexpr size_t kFieldsMax = 10;  // of one section

/// Slack reads &, < and > as markup.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kTextMax)) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string_view sign_of(const Message& message) {
  if (message.kind == Message::Kind::resolved) return ":white_check_mark:";
  if (message.kind == Message::Kind::notice) return ":information_source:";
  return is_urgent(message.severity) ? ":rotating_light:" : ":warning:";
}

Node markdown(std::string text) {
  return Node::object({{"type", "mrkdwn"}, {"text", std::move(text)}});
}

std::string body_of(const Message& message) {
  const std::string title = escaped(message.title);
  std::string first = fmt::format("{} *{}*", sign_of(message), title);
  if (!message.text.empty()) first += "\n" + escaped(message.text);
  Node blocks = Node::array();
  blocks.push(Node::object({{"type", "section"}, {"text", markdown(std::move(first))}}));
  Node fields = Node::array();
  for (const auto& [name, value] : message.details) {
    if (fields.items().size() >= kFieldsMax) break;
    fields.push(markdown(fmt::format("*{}*\n{}", escaped(name), escaped(value))));
  }
  if (!fields.items().empty())
    blocks.push(Node::object({{"type", "section"}, {"fields", std::move(fields)}}));
  return doc::compact_json(Node::object(
      {{"text", fmt::format("{} {}", sign_of(message), title)}, {"blocks", std::move(blocks)}}));
}

Result<void> deliver_message(const engine::Notification& notification, const Outside& outside) {
  TOLLGATE_TRY(std::string url, setting(notification, kUrlAnnotation));
  TOLLGATE_TRY(const Message message, message_of(notification));
  return post(notification, outside,
              {.url = std::move(url),
               .headers = {{"content-type", "application/json"}},
               .body = body_of(message)});
}

}  // namespace

extern const TargetDef slack_target = {
    .name = "slack",
    .doc = "A Slack channel, by its incoming webhook.",
    .settings = {{.name = kUrlAnnotation,
                  .doc = "Address of the webhook. Whoever has it can post, so write a reference: "
                         "env:NAME or file:PATH.",
                  .is_required = true}},
    .deliver = deliver_message,
};

}  // namespace tollgate::deliver
