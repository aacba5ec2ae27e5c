#include "app/render/page_parts.hpp"

#include "app/render/html.hpp"
#include "foundation/base/time.hpp"

#include <algorithm>

namespace tollgate::render {

using doc::Node;

const Node::Array& list_of(const Node& node, std::string_view key) {
  static const Node::Array none;
  const Node* list = node.find(key);
  return list != nullptr && list->is_array() ? list->items() : none;
}

std::string page_section(std::string_view id, std::string_view heading, std::string_view html) {
  return fmt::format("<section aria-labelledby=\"{0}\"><h2 id=\"{0}\">{1}</h2>\n{2}</section>\n",
                     id, heading, html);
}

std::string bypass_section(const Node& bypasses, std::string_view now) {
  const auto& rows = list_of(bypasses, "bypasses");
  if (rows.empty()) return {};
  std::string out =
      "<section aria-labelledby=\"bypasses\"><h2 id=\"bypasses\">Past the gate, last 30 days</h2>"
      "\n<table class=\"stack\"><thead><tr><th>Service</th><th>Environment</th><th>What</th>"
      "<th>Owner</th><th>When</th></tr></thead>\n<tbody>\n";
  for (const Node& row : rows) {
    const Node& deployment = *row.find("deployment");
    const std::string_view owner = row.text_or("owner");
    out += fmt::format(
        "<tr><td data-label=\"Service\">{}</td><td data-label=\"Environment\">{}</td><td "
        "data-label=\"What\">{}</td><td data-label=\"Owner\">{}</td><td "
        "data-label=\"When\">{}</td></tr>\n",
        escaped(deployment.text_or("service")), escaped(deployment.text_or("environment")),
        escaped(row.text_or("message")), escaped(owner.empty() ? "nobody" : owner),
        time_tag(deployment.text_or("begin"), now));
  }
  return out + "</tbody></table></section>\n";
}

std::string sparkline(const std::vector<std::optional<double>>& values, std::string_view words) {
  if (values.size() < 2) return {};
  constexpr double kHeight = 28;
  constexpr double kStep = 6;
  double largest = 0;
  for (const std::optional<double>& value : values) largest = std::max(largest, value.value_or(0));
  std::string bars;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) continue;
    const double height = largest > 0 ? std::max(*values[i] / largest * kHeight, 1.0) : 1.0;
    bars += fmt::format("<rect x=\"{:.0f}\" y=\"{:.1f}\" width=\"4\" height=\"{:.1f}\"/>",
                        static_cast<double>(i) * kStep, kHeight - height, height);
  }
  return fmt::format(
      "<svg class=\"spark\" viewBox=\"0 0 {:.0f} {:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\" "
      "role=\"img\" "
      "aria-label=\"{}\"><title>{}</title>{}</svg>",
      static_cast<double>(values.size()) * kStep, kHeight,
      static_cast<double>(values.size()) * kStep, kHeight, escaped(words), escaped(words), bars);
}

std::string moment_tag(std::string_view time) {
  const auto value = parse_time(time);
  if (!value) return "<span class=\"dim\">-</span>";
  const std::string text = time_text(*value);
  return fmt::format("<time datetime=\"{}\">{} {} UTC</time>", text, text.substr(0, 10),
                     text.substr(11, 5));
}

}  // namespace tollgate::render
