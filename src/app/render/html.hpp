// HTML made by hand: escaping, and the frame around every page.
#pragma once

#include "app/render/output.hpp"

#include <array>
#include <string>
#include <string_view>

namespace tollgate::render {

/// Text as HTML content or a double-quoted attribute value. Control characters are left out.
std::string escaped(std::string_view text);

struct PageFrame {
  std::string title;      // plain text
  std::string main;       // HTML
  int refresh_s = 0;      // the page renews itself; without scripts after so many seconds; 0: never
  std::string foot = {};  // HTML
  std::string_view here = {};  // address of the entry of the navigation that this page is
};

/// The pages of the navigation, in its order.
struct PageLink {
  std::string_view address;
  std::string_view words;
};
inline constexpr std::array kPageLinks = {
    PageLink{"/", "Now"}, PageLink{"/deliveries", "Deliveries"}, PageLink{"/calendar", "Calendar"},
    PageLink{"/queues", "Queues"}};
/// A whole document around `main`, with skip link, header and style sheet.
std::string page(const PageFrame& frame);

/// `<span class="state good"><span aria-hidden="true">✔</span> word</span>`: never colour alone.
std::string state_tag(std::string_view state, std::string_view word);
/// `<time>` with the moment as text and, in the tooltip, how long ago it was at `now`.
std::string time_tag(std::string_view time, std::string_view now);
/// "12 s ago"; empty if one of the two is no time.
std::string ago_words(std::string_view time, std::string_view now);

}  // namespace tollgate::render
