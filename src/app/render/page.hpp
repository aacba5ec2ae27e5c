// The pages: plain HTML that shows what the server has decided and computes nothing of its own.
// They need no script; live.js renews them when something happens. Everything from outside is
// escaped; styles live in one file, so that the content policy can forbid all else.
#pragma once

#include "foundation/base/error.hpp"
#include "foundation/base/time.hpp"
#include "foundation/doc/node.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::render {

struct HomeView {
  doc::Node status;     // status_json
  doc::Node decisions;  // decisions_json
  Time now;
  bool is_open = false;     // everybody who reaches the server may use it
  doc::Node bypasses = {};  // bypasses_json of late; null: not shown
  doc::Node sources = {};   // sources_json; null: not shown
};
/// Services, budgets worst first, latest verdicts. Renews itself.
std::string home_page(const HomeView& view);
inline constexpr int kRefreshSeconds = 15;

/// The section about sources that are late, broken or quarantined; empty if there are none.
std::string source_rows(const doc::Node& sources, std::string_view now);
struct DeliveriesView {
  std::string service = {};               // empty: all
  std::string environment = {};           // empty: those of production
  int64_t days = 90;                      // the figures look back on
  doc::Node dora = {};                    // dora_json by week
  doc::Node deployments = {};             // deployments_json
  doc::Node bypasses = {};                // bypasses_json of the same time
  std::vector<doc::Node> latencies = {};  // latency_json of services with traces of two releases
  Time now = {};
};
/// Delivery figures with intervals, course and clusters; failures with their evidence; latency by
/// release; deployments; bypasses.
std::string deliveries_page(const DeliveriesView& view);

struct CalendarView {
  std::vector<doc::Node> places = {};  // calendar_check_json of each environment, now
  std::string environment = {};        // whose days are shown
  doc::Node days = {};                 // calendar_days_json; null: none are
  doc::Node list = {};                 // calendar_list_json
  doc::Node imports = {};              // CalendarImportDesk::status; null: there are none
  Time now = {};
};
/// What blocks now and until when, the next 90 days as a sheet, entries to come, imports.
std::string calendar_page(const CalendarView& view);

struct QueuesView {
  doc::Node queues;  // queues_json
  Time now;
};
/// Who holds a lease with which fencing token, who waits and why, rings.
std::string queues_page(const QueuesView& view);

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
/// What renews the pages, served as /live.js.
std::string_view page_script();
/// The sign of the house as SVG, served as /icon.svg: a gate, half open.
std::string_view page_icon();

}  // namespace tollgate::render
