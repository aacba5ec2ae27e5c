#include "engine/replay/replay.hpp"

#include "engine/decide/decide.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::engine {

Result<void> Replay::take(std::string_view leaf) {
  TOLLGATE_TRY(const model::Event event, model::decode_event(leaf));
  if (std::holds_alternative<model::VerdictGiven>(event.data)) compare(event, leaf);
  ++report_.events;
  return state_.evolve(event);
}

void Replay::compare(const model::Event& event, std::string_view leaf) {
  const auto& given = std::get<model::VerdictGiven>(event.data);
  ++report_.verdicts;
  const auto differs = [&](std::string derived) {
    if (report_.different.size() >= kDifferencesMax) return;
    report_.different.push_back({.position = event.position,
                                 .decision = given.decision,
                                 .recorded = std::string(leaf),
                                 .derived = std::move(derived)});
  };
  const Result<Plan> planned = plan(state_.policy(), given.verdict.request);
  if (!planned) return differs(planned.error().text());
  const auto readings_needed =
      std::count_if(planned->gate->needs.begin(), planned->gate->needs.end(),
                    [](const gate::Need& need) { return need.kind == gate::Need::Kind::reading; });
  if (static_cast<size_t>(readings_needed) != given.verdict.readings.size()) {
    return differs(fmt::format("{} readings are recorded where {} are needed",
                               given.verdict.readings.size(), readings_needed));
  }
  model::Event again = event;
  again.data = model::VerdictGiven{
      .decision = decision_id(event.time, event.position),
      .verdict =
          decide_gate(state_, *planned, given.verdict.request, given.verdict.readings, event.time,
                      given.verdict.calendar ? &*given.verdict.calendar : nullptr)};
  std::string derived = model::encode_event(again);
  if (derived != leaf) return differs(std::move(derived));
  ++report_.identical;
}

Result<void> Backtest::take(std::string_view leaf) {
  TOLLGATE_TRY(const model::Event event, model::decode_event(leaf));
  if (const auto* given = std::get_if<model::VerdictGiven>(&event.data)) judge_again(event, *given);
  return state_.evolve(event);
}

namespace {

/// The check that decided, for the reader of a flip.
std::string deciding_check(const model::Verdict& verdict, const model::TreeRecord& node) {
  if (node.check) {
    const model::CheckRecord& check = verdict.checks[static_cast<size_t>(*node.check)];
    return fmt::format("{} {}", check.check, check.reason);
  }
  for (const model::TreeRecord& child : node.children) {
    if (child.decided) return deciding_check(verdict, child);
  }
  return verdict.because;
}

/// Whether the reading came from the source that the indicator names: "prometheus:eu" from "eu".
bool is_from(const model::Reading& reading, const slo::Indicator& indicator) {
  const std::string_view source = reading.source;
  return source.ends_with(indicator.source) && indicator.source.empty() == (source == "cells");
}

/// What was read then for the same question; of the same source, if there is a choice. Null if it
/// was not asked.
const model::Reading* recorded_reading(const model::Verdict& verdict, const gate::Need& need) {
  const model::Reading* found = nullptr;
  for (const model::Reading& reading : verdict.readings) {
    if (reading.slo != need.objective.slo || reading.window != gate::need_window(need)) continue;
    if (is_from(reading, need.indicator)) return &reading;
    if (found == nullptr) found = &reading;
  }
  return found;
}

}  // namespace

void Backtest::judge_again(const model::Event& event, const model::VerdictGiven& given) {
  ++report_.verdicts;
  const model::GateRequest& request = given.verdict.request;
  Flip flip{.position = event.position,
            .time = event.time,
            .decision = given.decision,
            .request = request,
            .before = given.verdict.outcome};
  const Result<Plan> planned = plan(candidate_, request);
  if (!planned) {
    flip.because = planned.error().message;
  } else {
    std::vector<model::Reading> readings;
    for (const gate::Need& need : planned->gate->needs) {
      if (need.kind != gate::Need::Kind::reading) continue;
      const model::Reading* const same = recorded_reading(given.verdict, need);
      readings.push_back(same != nullptr ? *same
                                         : read_past_(need, request.environment, event.time));
    }
    std::optional<model::CalendarReading> calendar;
    if (needs_calendar(*planned)) {
      calendar = read_calendar_(*candidate_, state_.calendar_book(), request, event.time);
    }
    const model::Verdict verdict = decide_gate(state_, *planned, request, readings, event.time,
                                               calendar ? &*calendar : nullptr);
    flip.after = verdict.outcome;
    flip.because = deciding_check(verdict, verdict.tree);
  }
  if (flip.after == flip.before) {
    ++report_.unchanged;
    return;
  }
  ++report_.flipped;
  report_.flips.push_back(std::move(flip));
  if (report_.flips.size() > kFlipsMax) report_.flips.erase(report_.flips.begin());
}

}  // namespace tollgate::engine
