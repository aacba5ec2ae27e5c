// Between steps of an alert and what the ledger keeps of them, and the words for both. Words come
// from the record alone.
#pragma once

#include "domain/model/alert_events.hpp"
#include "domain/slo/alert.hpp"

#include <string>

namespace tollgate::slo {

/// What makes the alert of a rule itself.
model::AlertIdentity identity_of(const AlertRule& rule);
/// The finding whose figures tell of a step: the one that decided a burn, else the first pair's;
/// null without pairs. Borrowed from the step.
const BurnFinding* shown_finding(const AlertStep& step);
/// The record of an alert by that finding; `identity` is that of the rule. The rest as below.
model::AlertRaised raised_record(const AlertRule& rule, const model::AlertIdentity& identity,
                                 AlertReason reason, const BurnFinding* finding,
                                 std::optional<Ppm> left, std::optional<Time> newest);
/// The record of a step that raised. `left` is what is left of the budget, if known; incident is
/// the alert itself until somebody knows better.
model::AlertRaised raised_record(const AlertRule& rule, const AlertStep& step,
                                 std::optional<Ppm> left, std::optional<Time> newest);

/// "Critical, burns 16.2x, limit 14.4x", "errors jumped to 40x", "no data for more than 10 min".
std::string raised_title(const model::AlertRaised& raised);
/// "2.3 % of the budget in the last 1 h; empty in 1 d 19 h; 14 bad of 3,120".
std::string raised_words(const model::AlertRaised& raised);
/// "calm again after 42 min".
std::string cleared_words(const model::AlertCleared& cleared, Time at);

}  // namespace tollgate::slo
