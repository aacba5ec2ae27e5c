// The page at "/queues": whose turn it is, and who waits why.
#include "app/render/html.hpp"
#include "app/render/page.hpp"
#include "app/render/page_parts.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::render {
namespace {

using doc::Node;

std::string release_cell(const Node& ticket) {
  return fmt::format(
      "<td data-label=\"Release\"><span class=\"name\">{}</span> {} <span class=\"dim\">→ "
      "{}</span></td>",
      escaped(ticket.text_or("service")), escaped(ticket.text_or("version")),
      escaped(ticket.text_or("environment")));
}

std::string holder_rows(const Node& queue, std::string_view now) {
  const auto& leases = list_of(queue, "leases");
  if (leases.empty()) return "<p class=\"empty\">Nobody holds a lease.</p>\n";
  std::string out =
      "<table class=\"stack\"><caption>Holds a lease</caption><thead><tr><th>Release</th>"
      "<th>Ticket</th><th>Fencing token</th><th>Since</th><th>Ends without a "
      "heartbeat</th></tr></thead>\n<tbody>\n";
  for (const Node& lease : leases) {
    out += fmt::format(
        "<tr>{}<td data-label=\"Ticket\"><code>{}</code></td><td data-label=\"Fencing token\" "
        "class=\"number\">{}</td><td data-label=\"Since\">{}</td><td data-label=\"Ends without a "
        "heartbeat\">{}</td></tr>\n",
        release_cell(lease), escaped(lease.text_or("ticket")), member_text(lease, "token"),
        time_tag(lease.text_or("granted_at"), now), moment_tag(lease.text_or("until")));
  }
  return out + "</tbody></table>\n";
}

std::string waiting_rows(const Node& queue, std::string_view now) {
  const auto& waiting = list_of(queue, "waiting");
  if (waiting.empty()) return {};
  std::string out =
      "<table class=\"stack\"><caption>Waits</caption><thead><tr><th>Release</th><th>Place</th>"
      "<th>Ticket</th><th>Why</th><th>Since</th></tr></thead>\n<tbody>\n";
  for (const Node& ticket : waiting) {
    std::string facts(ticket.text_or("change_class"));
    if (const int64_t priority = ticket.integer_or("priority", 0); priority != 0)
      facts += fmt::format(", priority {}", priority);
    if (!ticket.boolean_or("ready", true)) facts += ", not ready";
    out += fmt::format(
        "<tr>{}<td data-label=\"Place\" class=\"number\">{}</td><td "
        "data-label=\"Ticket\"><code>{}</code></td><td data-label=\"Why\"><span>{}<span "
        "class=\"dim "
        "detail\">{}</span></span></td><td data-label=\"Since\">{}</td></tr>\n",
        release_cell(ticket), member_text(ticket, "place"), escaped(ticket.text_or("ticket")),
        escaped(ticket.text_or("message")), escaped(facts),
        time_tag(ticket.text_or("joined_at"), now));
  }
  out += "</tbody></table>\n";
  const int64_t more = queue.integer_or("waiting_total", 0) - static_cast<int64_t>(waiting.size());
  if (more > 0) out += fmt::format("<p class=\"dim\">and {} more</p>\n", number_text(more));
  return out;
}

std::string deadlock_note(const Node& queues) {
  const auto& ring = list_of(queues, "deadlock");
  if (ring.empty()) return {};
  std::string names;
  for (const Node& ticket : ring) names += (names.empty() ? "" : ", ") + escaped(ticket.as_text());
  return fmt::format(
      "<p class=\"alarm\" role=\"alert\">{} {} wait for each other for ever; one of them must "
      "leave: <code>tollgate queue leave TICKET</code></p>\n",
      state_tag("fail", "Deadlock:"), names);
}

}  // namespace

std::string queues_page(const QueuesView& view) {
  const std::string now = time_text(view.now);
  std::string main = "<h1>Queues</h1>\n" + deadlock_note(view.queues);
  const auto& queues = list_of(view.queues, "queues");
  if (queues.empty()) {
    main +=
        "<p class=\"empty\">No Queue is declared: releases take no turns. docs/QUEUES.md says how "
        "one is made.</p>\n";
  }
  for (const Node& queue : queues) {
    std::string mode(queue.text_or("mode"));
    std::replace(mode.begin(), mode.end(), '_', ' ');
    main += page_section(
        escaped(queue.text_or("queue")),
        fmt::format("{} <span class=\"dim\">{}, {} of {} leases, {} waiting</span>",
                    escaped(queue.text_or("queue")), mode, list_of(queue, "leases").size(),
                    member_text(queue, "capacity"), member_text(queue, "waiting_total")),
        holder_rows(queue, now) + waiting_rows(queue, now));
  }
  return page({.title = "Queues",
               .main = std::move(main),
               .refresh_s = kRefreshSeconds,
               .foot = "<p>A fencing token only grows; one whose lease has ended is refused. "
                       "docs/QUEUES.md</p>",
               .here = "/queues"});
}

}  // namespace tollgate::render
