// The first page: plain HTML that shows what the server has decided and computes nothing of its
// own. Needs no script. Everything from outside is escaped; styles live in one file, so that the
// content policy can forbid all else.
#pragma once

#include "foundation/base/error.hpp"
#include "foundation/base/time.hpp"
#include "foundation/doc/node.hpp"

#include <string>
#include <string_view>

namespace tollgate::render {

struct HomeView {
  doc::Node status;     // status_json
  doc::Node decisions;  // decisions_json
  Time now;
  bool is_open = false;     // everybody who reaches the server may use it
  doc::Node bypasses = {};  // bypasses_json of late; null: not shown
  doc::Node sources = {};   // sources_json; null: not shown
};
/// Services, budgets worst first, latest verdicts. Asks again every kRefreshSeconds.
std::string home_page(const HomeView& view);
inline constexpr int kRefreshSeconds = 15;

/// The section about sources that are late, broken or quarantined; empty if there are none.
std::string source_rows(const doc::Node& sources, std::string_view now);

struct DecisionView {
  doc::Node verdict;  // gate_json of a recorded decision
  Time now;
};
/// One decision: the tree with what was observed and needed, what would change it, how to verify
/// it.
std::string decision_page(const DecisionView& view);

/// What an error code means and what to do about it.
std::string problem_page(const CodeInfo& row);
/// An error where a page was asked for.
std::string error_page(const Error& error);

/// The style sheet of all pages, served as /page.css.
std::string_view page_style();
/// The sign of the house as SVG, served as /icon.svg: a gate, half open.
std::string_view page_icon();

}  // namespace tollgate::render
