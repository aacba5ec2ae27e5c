// Prometheus rules out of SLOs: for those who want Prometheus to do the counting and alerting. Two
// styles: Sloth's own, rule for rule, and one that keeps totals and does not weigh a quiet minute
// like a busy one. Pure: documents in, documents out.
#pragma once

#include "domain/model/foreign/sloth.hpp"
#include "domain/model/load.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::rules {

/// A pair of windows and the share of the budget that it may spend.
struct AlertWindow {
  double budget_percent = 0;
  Duration short_window = {};
  Duration long_window = {};
};

/// The windows of a budget's period: page quick, page slow, ticket quick, ticket slow.
struct AlertWindows {
  Duration period = days(30);
  std::array<AlertWindow, 4> windows = {};
};

/// The windows of the SRE Workbook for a period of 30 or 28 days.
Result<AlertWindows> usual_windows(Duration period);
/// A document of kind AlertWindows. Errors: bad_value, missing_field.
Result<AlertWindows> read_windows(const doc::Node& node);
/// How many times as fast as allowed the budget burns when the pair alerts. Source: Sloth,
/// errorBudgetPercent * period / 100 / longWindow, in hours.
double burn_factor(const AlertWindows& windows, const AlertWindow& window);

enum class Style { sloth, tollgate };

struct RuleOptions {
  Style style = Style::sloth;
  AlertWindows windows = {};
  model::TextMap labels = {};           // on every recorded series
  std::string version = "v0.16.0";      // label sloth_version: whose rules these are
  model::TextMap resource_labels = {};  // of PrometheusRule resources
};

/// What is written, and what was noticed on the way.
struct Generated {
  std::vector<doc::Node> documents;  // one for each document with SLOs
  Problems problems;                 // nothing is written if there are any
  Problems warnings;
};

/// The rules of files of Sloth (both formats), OpenSLO (v1, v1alpha; ratio metrics in PromQL) and
/// Pyrra. Documents of other kinds in the same files are read past. An AlertWindows document among
/// them replaces `options.windows`.
Generated generate(std::span<const model::SourceText> texts, const RuleOptions& options);

/// The groups of one specification. Public for tests.
doc::Node sloth_groups(const model::SlothSpec& spec, const RuleOptions& options);
doc::Node tollgate_groups(const model::SlothSpec& spec, const RuleOptions& options);

}  // namespace tollgate::rules
