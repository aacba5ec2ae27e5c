// window@1: the calendars let the release go now.
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

}  // namespace tollgate::gate
