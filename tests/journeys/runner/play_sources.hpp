// Steps about sources of signals, revisions and alerts.
#pragma once

#include "runner/journey.hpp"
#include "runner/world.hpp"

namespace tollgate::journeys {

/// source NAME => fresh|late|broken|quarantined|never_seen ["words"]...
/// Words behind may be NAME:VALUE, a member of the answer.
Result<void> play_source(const Step& step, World& world);
/// source-test NAME => ok|not_ok ["words"]...
Result<void> play_source_test(const Step& step, World& world);
/// series NAME VALUE LABEL=TEXT... [gauge] [time TIME] => taken
/// One sample of one series by OTLP, at the moment or at TIME; a counter unless it is a gauge.
Result<void> play_series(const Step& step, World& world, Time now);
/// quarantine NAME reason "R" [until TIME] => recorded ["words"]... | error ["words"]...
Result<void> play_quarantine(const Step& step, World& world);
/// unquarantine NAME [reason "R"] => recorded | error ["words"]...
Result<void> play_release_source(const Step& step, World& world);
/// revisions SERVICE/SLO => late N decisions N ["words"]...
Result<void> play_revisions(const Step& step, World& world);
/// revised => OUTCOME ["words"]...      what the decision would be now
Result<void> play_revised(const Step& step, World& world, const std::string& decision);

/// A figure of a budget that has the maintenance in it; empty if there was none.
Result<std::string> raw_figure(const doc::Node& budget, std::string_view name);

/// alert SERVICE/SLO [policy NAME] => STATE ["words"]...
Result<void> play_alert(const Step& step, World& world);
/// watch SERVICE/SLO... => on|off ["words"]...
/// A round of the alert watch, and what is on then. Not asked where nobody watches (local mode).
Result<void> play_watch(const Step& step, World& world);

}  // namespace tollgate::journeys
