// The part of the first page about sources that are not to be trusted at the moment.
#include "app/render/html.hpp"
#include "app/render/page.hpp"

#include <fmt/core.h>

namespace tollgate::render {

using doc::Node;

std::string source_rows(const Node& sources, std::string_view now) {
  const Node* list = sources.find("sources");
  if (list == nullptr || !list->is_array()) return {};
  std::string rows;
  for (const Node& source : list->items()) {
    const std::string_view state = source.text_or("state");
    if (state == "fresh" || state == "never seen") continue;
    std::string feeds;
    const Node* slos = source.find("slos");
    for (const Node& slo : slos == nullptr ? Node::Array() : slos->items())
      feeds += (feeds.empty() ? "" : ", ") + slo.as_text();
    rows += fmt::format(
        "<tr><td data-label=\"State\">{}</td><td data-label=\"Source\"><span "
        "class=\"name\">{}</span> <span class=\"dim\">{}</span><span class=\"dim "
        "detail\">{}</span></td><td data-label=\"Feeds\">{}</td><td data-label=\"Data up "
        "to\">{}</td></tr>\n",
        state_tag(state, state), escaped(source.text_or("source")), escaped(source.text_or("kind")),
        escaped(source.text_or("message")), feeds.empty() ? "no SLO" : escaped(feeds),
        time_tag(source.text_or("watermark"), now));
  }
  if (rows.empty()) return {};
  return "<section aria-labelledby=\"sources\"><h2 id=\"sources\">Sources that prove little</h2>\n"
         "<table class=\"stack\"><thead><tr><th>State</th><th>Source</th><th>Feeds</th><th>Data "
         "up to</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody></table></section>\n";
}

}  // namespace tollgate::render
