// The events of alerts: when one went on, with the figures that said so, and when it was over.
#pragma once

#include "foundation/reflect/type_info.hpp"

#include <optional>
#include <string>

namespace tollgate::model {

/// Why an alert is on: two windows burn, a chart found a sudden change, or data stopped.
enum class AlertReason { none, burn, fast, no_data };
/// Why it is over: it calmed down, or the policy has no such alert any more.
enum class AlertEnd { calm, withdrawn };

/// Which alert it is; the same over restarts and changes of limits.
struct AlertIdentity {
  std::string alert = {};        // fingerprint
  std::string slo = {};          // SERVICE/SLO
  std::string environment = {};  // empty: none in particular
  std::string policy = {};       // AlertPolicy
  std::string severity = {};     // page, ticket, ...
  std::string cause = {};        // what it is filed under: "service/checkout", "dependency/db"
};

/// alert.raised@1. Burn rates are in thousandths: 14'400 is 14.4x.
struct AlertRaised {
  AlertIdentity identity = {};
  /// The alert that opened the incident; alerts of one environment, cause and severity share one.
  AlertIdentity incident = {};
  AlertReason reason = AlertReason::none;
  Ppm objective = {};
  Duration window = {};  // the long one; for no_data the silence that alerts
  Duration short_window = {};
  int64_t burn = 0;
  int64_t short_burn = 0;
  int64_t limit = 0;
  int64_t bad = 0;  // in `window`
  int64_t total = 0;
  Ppm budget_spent = {};  // of the whole budget, in `window`
  std::optional<Ppm> budget_left = {};
  std::optional<Duration> empty_in = {};  // at this pace
  std::optional<Time> newest = {};        // data
  std::optional<int64_t> burn_low = {};   // 95 % interval of the true burn rate in `window`
  std::optional<int64_t> burn_high = {};
  std::optional<int64_t> effective = {};  // what `total` is worth; absent: nothing was estimated
};

/// alert.cleared@1.
struct AlertCleared {
  AlertIdentity identity = {};
  AlertIdentity incident = {};
  AlertEnd end = AlertEnd::calm;
  int64_t raised = 0;   // position of its alert.raised
  Time since = {};      // when it was raised
  bool is_last = true;  // of its incident
};

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct EnumNames<model::AlertReason> {
  static constexpr std::array<std::string_view, 4> names = {"none", "burn", "fast", "no_data"};
};
template <>
struct EnumNames<model::AlertEnd> {
  static constexpr std::array<std::string_view, 2> names = {"calm", "withdrawn"};
};
template <>
struct Reflect<model::AlertIdentity> {
  static constexpr std::string_view name = "AlertIdentity";
  static constexpr std::array fields = {
      field<&model::AlertIdentity::alert>("alert", "Fingerprint.", {.is_required = true}),
      field<&model::AlertIdentity::slo>("slo", "SERVICE/SLO."),
      field<&model::AlertIdentity::environment>("environment", "Environment."),
      field<&model::AlertIdentity::policy>("policy", "Alert policy."),
      field<&model::AlertIdentity::severity>("severity", "How urgent."),
      field<&model::AlertIdentity::cause>("cause", "What it is filed under.")};
};
template <>
struct Reflect<model::AlertRaised> {
  static constexpr std::string_view name = "alert.raised";
  static constexpr std::array fields = {
      field<&model::AlertRaised::identity>("identity", "Which alert.", {.is_required = true}),
      field<&model::AlertRaised::incident>("incident", "The alert that opened its incident."),
      field<&model::AlertRaised::reason>("reason", "Why."),
      field<&model::AlertRaised::objective>("objective", "Target of the SLO."),
      field<&model::AlertRaised::window>("window", "The long window, or the silence."),
      field<&model::AlertRaised::short_window>("short_window", "The short window."),
      field<&model::AlertRaised::burn>("burn", "Burn rate in window, thousandths."),
      field<&model::AlertRaised::short_burn>("short_burn", "Burn rate in short_window."),
      field<&model::AlertRaised::limit>("limit", "Burn rate that alerts, thousandths."),
      field<&model::AlertRaised::bad>("bad", "Bad events in window.", {.min = 0}),
      field<&model::AlertRaised::total>("total", "All events in window.", {.min = 0}),
      field<&model::AlertRaised::budget_spent>("budget_spent",
                                               "Share of the budget that went in window."),
      field<&model::AlertRaised::budget_left>("budget_left", "Share of the budget that is left."),
      field<&model::AlertRaised::empty_in>("empty_in", "How long the rest lasts at this pace."),
      field<&model::AlertRaised::newest>("newest", "Time of the newest data."),
      field<&model::AlertRaised::burn_low>("burn_low",
                                           "Lower end of the 95 % interval of burn, thousandths."),
      field<&model::AlertRaised::burn_high>("burn_high", "Its upper end."),
      field<&model::AlertRaised::effective>(
          "effective", "Unsampled events that total is worth; absent: nothing was sampled.",
          {.min = 0})};
};
template <>
struct Reflect<model::AlertCleared> {
  static constexpr std::string_view name = "alert.cleared";
  static constexpr std::array fields = {
      field<&model::AlertCleared::identity>("identity", "Which alert.", {.is_required = true}),
      field<&model::AlertCleared::incident>("incident", "The alert that opened its incident."),
      field<&model::AlertCleared::end>("end", "Why it is over."),
      field<&model::AlertCleared::raised>("raised", "Position of its alert.raised.", {.min = 0}),
      field<&model::AlertCleared::since>("since", "When it was raised."),
      field<&model::AlertCleared::is_last>("is_last", "Nothing of the incident is on any more.")};
};

}  // namespace tollgate::reflect
