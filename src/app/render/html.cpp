#include "app/render/html.hpp"

#include "foundation/base/time.hpp"

namespace tollgate::render {
namespace {

std::string_view class_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "good";
    case Tone::bad:
      return "bad";
    case Tone::warning:
      return "warn";
    default:
      return "plain";
  }
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out.push_back(c);
    }
  }
  return out;
}

std::string page(const PageFrame& frame) {
  std::string out = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
)";
  if (frame.refresh_s > 0) {
    out += fmt::format(
        "<noscript><meta http-equiv=\"refresh\" content=\"{}\"></noscript>\n"
        "<script src=\"/live.js\" defer></script>\n",
        frame.refresh_s);
  }
  out += "<title>" + escaped(frame.title) + "</title>\n";
  out += R"(<link rel="stylesheet" href="/page.css">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header><a class="brand" href="/">
<img src="/icon.svg" alt="" width="22" height="22">Tollgate</a>
<nav aria-label="Pages"><ul>
)";
  for (const PageLink& link : kPageLinks) {
    out += fmt::format("<li><a href=\"{}\"{}>{}</a></li>\n", link.address,
                       link.address == frame.here ? " aria-current=\"page\"" : "", link.words);
  }
  out += "</ul></nav></header>\n<main id=\"main\">\n";
  out += frame.main;
  out += "</main>\n<footer>" + frame.foot + "</footer>\n</body>\n</html>\n";
  return out;
}

std::string state_tag(std::string_view state, std::string_view word) {
  const Glyph glyph = glyph_of(state);
  return fmt::format(
      "<span class=\"state {}\"><span class=\"glyph\" aria-hidden=\"true\">{}</span> {}</span>",
      class_of(glyph.tone), glyph.sign, escaped(word));
}

std::string ago_words(std::string_view time, std::string_view now) {
  const auto then = parse_time(time);
  const auto here = parse_time(now);
  if (!then || !here) return {};
  const int64_t seconds_ago = (*here - *then).ms / 1000;
  if (seconds_ago < 1) return "just now";
  return duration_words(seconds(seconds_ago)) + " ago";
}

std::string time_tag(std::string_view time, std::string_view now) {
  const auto value = parse_time(time);
  if (!value) return "<span class=\"dim\">-</span>";
  const std::string text = time_text(*value);
  const std::string shown = text.substr(0, 10) + " " + text.substr(11, 8) + " UTC";
  const std::string ago = ago_words(time, now);
  return fmt::format("<time datetime=\"{}\" title=\"{}\">{}</time>", text, shown,
                     ago.empty() ? shown : ago);
}

}  // namespace tollgate::render
