// window@1: the calendars let the release go now. window@2: or it was under way when they came in
// its way, and they let such releases go on.
#include "domain/gate/checks/support.hpp"

namespace tollgate::gate {
namespace {

struct Window {
  Duration stay_open_for;
};

}  // namespace
}  // namespace tollgate::gate

template <>
struct tollgate::reflect::Reflect<tollgate::gate::Window> {
  using Window = tollgate::gate::Window;
  static constexpr std::string_view name = "window@1";
  static constexpr std::array fields = {
      field<&Window::stay_open_for>("stayOpenFor",
                                    "How long it must stay open, so that a release that begins "
                                    "can also end.",
                                    {.min = 0, .max = 86'400'000 * 30LL, .example = "30m"})};
};

namespace tollgate::gate {
namespace {

Result<CompiledCheck> compile(const doc::Node& with, const CheckPlace& place) {
  TOLLGATE_TRY(auto parameters, read_parameters<Window>(with));
  return CompiledCheck{.subject = place.environment.name,
                       .parameters = std::move(parameters),
                       .needs = {{.kind = Need::Kind::calendar}}};
}

std::string_view reason_code(model::EntryType type) {
  return type == model::EntryType::blackout ? "blackout"
         : type == model::EntryType::freeze ? "freeze"
                                            : "outside_windows";
}

// Figures: end of the entry that blocks (or when it closes), next opening, entries that block;
// moments as milliseconds since 1970, 0: none within the horizon.
Finding evaluate(const void* erased, const CheckInput& input) {
  const auto& parameters = *static_cast<const Window*>(erased);
  const model::CalendarReading* reading = input.fact(0).calendar;
  if (reading == nullptr) return unknown("no_calendar");
  if (!reading->error.empty()) return broken("calendar_failed", reading->error);
  Finding finding;
  if (reading->is_open) {
    const bool is_short = reading->closes && parameters.stay_open_for.ms > 0 &&
                          *reading->closes < input.now + parameters.stay_open_for;
    finding.state = is_short ? model::CheckState::fail : model::CheckState::pass;
    finding.holds = is_short;
    finding.reason = is_short ? "closes_soon" : "open";
    finding.with_figures({reading->closes ? reading->closes->ms : 0, 0, 0});
    if (!is_short) return finding;
    finding.observed = {(*reading->closes - input.now).ms, model::Unit::milliseconds};
    finding.needed = {parameters.stay_open_for.ms, model::Unit::milliseconds};
    return finding;
  }
  finding.state = model::CheckState::fail;
  finding.holds = true;
  finding.reason = "outside_windows";
  int64_t blockers = 0;
  for (const model::CalendarReason& reason : reading->reasons) blockers += reason.blocks;
  int64_t until = 0;
  if (!reading->reasons.empty()) {
    const model::CalendarReason& first = reading->reasons.front();
    finding.reason = reason_code(first.type);
    finding.detail = first.entry;
    until = first.type == model::EntryType::window ? 0 : first.to.ms;
  }
  if (reading->opens) finding.retry_at_ms = reading->opens->ms;
  return finding.with_figures({until, reading->opens ? reading->opens->ms : 0, blockers});
}

/// What the entries in the way do with releases that are under way: the strictest counts.
model::InFlight in_flight_of(const model::CalendarReading& reading) {
  model::InFlight strictest = model::InFlight::finish;
  for (const model::CalendarReason& reason : reading.reasons) {
    if (reason.blocks) strictest = std::max(strictest, reason.in_flight);
  }
  return strictest;
}

// Further figures of window@2, for a release that is under way: since when, and what says so
// (UnderWayFact::By).
Finding evaluate_v2(const void* erased, const CheckInput& input) {
  Finding finding = evaluate(erased, input);
  const UnderWayFact* under_way = input.fact(1).under_way;
  const model::CalendarReading* reading = input.fact(0).calendar;
  const bool is_blocked = reading != nullptr && reading->error.empty() && !reading->is_open;
  if (!is_blocked || under_way == nullptr || under_way->by == UnderWayFact::By::nothing)
    return finding;
  finding.need = 1;
  finding.with_figures({under_way->since.ms, static_cast<int64_t>(under_way->by)});
  if (!reading->reasons.empty()) finding.detail = reading->reasons.front().entry;
  switch (in_flight_of(*reading)) {
    case model::InFlight::finish:
      finding.state = model::CheckState::pass;
      finding.holds = false;
      finding.retry_at_ms = -1;
      finding.reason = "finishes";
      break;
    case model::InFlight::finish_stage:
      finding.reason = "stage_finishes";
      break;
    case model::InFlight::roll_back:
      finding.holds = false;
      finding.retry_at_ms = -1;
      finding.reason = "rolls_back";
      break;
  }
  return finding;
}

std::string moment_text(int64_t ms) {
  const std::string text = time_text(Time{ms});
  return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 5));
}

std::string words(const model::CheckRecord& record) {
  if (record.reason == "no_calendar") return "the calendars were not asked";
  if (record.reason == "calendar_failed") {
    return fmt::format("the calendars cannot be read: {}", record.detail);
  }
  if (record.figures.size() < 3) return {};
  const int64_t until = record.figures[0];
  const int64_t opens = record.figures[1];
  const int64_t blockers = record.figures[2];
  if (record.reason == "open") {
    return until > 0 ? fmt::format("open until {}", moment_text(until))
                     : "open, nothing ahead within 90 days";
  }
  if (record.reason == "closes_soon" && record.observed && record.needed) {
    return fmt::format("closes in {}, must stay open for {}", quantity_text(*record.observed),
                       quantity_text(*record.needed));
  }
  std::string text =
      record.reason == "outside_windows"
          ? fmt::format("outside every window ({})", record.detail)
          : fmt::format("{} {} until {}", record.reason, record.detail, moment_text(until));
  if (blockers > 1) text += fmt::format(" and {} more", blockers - 1);
  return text + (opens > 0 ? fmt::format("; opens {}", moment_text(opens))
                           : "; does not open within 90 days");
}

std::string_view sign_text(int64_t by) {
  switch (static_cast<UnderWayFact::By>(by)) {
    case UnderWayFact::By::deployment:
      return "its deployment runs";
    case UnderWayFact::By::lease:
      return "it has had its turn in the queue";
    case UnderWayFact::By::verdict:
      return "it was allowed";
    case UnderWayFact::By::nothing:
      break;
  }
  return "it has been under way";
}

std::string words_v2(const model::CheckRecord& record) {
  if (record.figures.size() < 5) return words(record);
  const std::string since =
      fmt::format("{} since {}, before {} began", sign_text(record.figures[4]),
                  moment_text(record.figures[3]), record.detail);
  if (record.reason == "finishes") return since + "; what is under way may finish";
  const std::string opens =
      record.figures[1] > 0 ? fmt::format("; opens {}", moment_text(record.figures[1])) : "";
  if (record.reason == "stage_finishes")
    return since + "; the stage under way may finish, the next one waits" + opens;
  if (record.reason == "rolls_back") return since + "; what is under way is to be rolled back";
  return words(record);
}

std::vector<std::string> remedies(const model::CheckRecord& record) {
  if (record.reason == "calendar_failed") return {"repair the calendar, then ask again"};
  if (record.reason == "no_calendar") return {"ask again"};
  std::vector<std::string> found;
  if (record.figures.size() >= 3 && record.figures[1] > 0) {
    found.push_back(fmt::format("wait until {}", moment_text(record.figures[1])));
  }
  if (record.reason == "closes_soon") found.emplace_back("wait for a longer opening");
  if (record.reason == "freeze" || record.reason == "outside_windows") {
    found.emplace_back(
        "have someone in an override role add an opening: tollgate calendar add --type opening");
  }
  return found;
}

std::vector<std::string> remedies_v2(const model::CheckRecord& record) {
  if (record.reason == "finishes") return {};
  if (record.reason == "rolls_back") return {"roll the release back: tollgate release --help"};
  if (record.reason != "stage_finishes") return remedies(record);
  std::vector<std::string> found = {"let the stage that runs come to its end"};
  if (record.figures.size() >= 2 && record.figures[1] > 0)
    found.push_back(fmt::format("go on from {}", moment_text(record.figures[1])));
  return found;
}

Result<CompiledCheck> compile_v2(const doc::Node& with, const CheckPlace& place) {
  TOLLGATE_TRY(CompiledCheck check, compile(with, place));
  check.needs.push_back({.kind = Need::Kind::under_way});
  return check;
}

}  // namespace

extern const CheckDef window_v1 = {
    .name = "window@1",
    .title = "The calendars let the release go now",
    .doc =
        "Asks every calendar that selects the release. Passes while it is open; holds, with the "
        "next opening, during blackouts and freezes and outside the declared windows; unknown if a "
        "calendar cannot be read. The answer that was used is recorded with the verdict.",
    .introduced_in = "0.2.0",
    .controls = {"change-windows"},
    .parameters = &reflect::type_of<Window>,
    .example = "{stayOpenFor: 30m}",
    .validate = validate_parameters<Window>,
    .compile = compile,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

extern const CheckDef window_v2 = {
    .name = "window@2",
    .title = "The calendars let the release go now, or let it go on",
    .doc =
        "As window@1, and for a release that was under way when the calendars came in its way "
        "(its deployment runs, it holds a lease, or a gate let it go within the day before) the "
        "strictest inFlight of the entries in the way counts: finish passes, finish_stage holds "
        "until the next opening, roll_back fails.",
    .introduced_in = "0.2.0",
    .controls = {"change-windows"},
    .parameters = &reflect::type_of<Window>,
    .example = "{stayOpenFor: 30m}",
    .validate = validate_parameters<Window>,
    .compile = compile_v2,
    .evaluate = evaluate_v2,
    .words = words_v2,
    .remedies = remedies_v2,
};

}  // namespace tollgate::gate
