// tollgate source list, test, lag, quarantine and release: who brings the signals, and how far that
// is to be trusted.
#include "app/cli/ask/sources.hpp"

#include "app/cli/exit_codes.hpp"
#include "app/cli/invocation.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <cmath>

namespace tollgate::cli {
namespace {

using doc::Node;
using render::member_text;

std::string age_of(const Node& source, std::string_view key) {
  return render::age_words(source.find(key));
}

std::string slos_text(const Node& source) {
  const Node* slos = source.find("slos");
  std::string text;
  if (slos == nullptr || !slos->is_array()) return text;
  for (const Node& slo : slos->items()) text += (text.empty() ? "" : ", ") + slo.as_text();
  return text;
}

std::string completeness_text(const Node& source) {
  const int64_t expected = source.integer_or("slices_expected", 0);
  if (expected == 0) return "-";
  return fmt::format("{} ({} of {})", render::percent_of(source.find("completeness")),
                     number_text(source.integer_or("slices_seen", 0)), number_text(expected));
}

/// "12.5 % now, 40 % of the last hour"; "-" without a budget of sampling.
std::string sampling_text(const Node& source) {
  const Node* sampling = source.find("sampling");
  if (sampling == nullptr || sampling->is_null()) return "-";
  return fmt::format("{} now, {} of the last hour",
                     render::percent_of(sampling->find("probability_good")),
                     render::percent_of(sampling->find("kept_share")));
}

std::string sampled_words(const Node& sampling) {
  const auto percent = [&](std::string_view key) { return render::percent_of(sampling.find(key)); };
  const Node* worth = sampling.find("effective_events");
  return fmt::format(
      "{} kept of what is good now, {} of what is bad; in the last hour {} of {} ({}), worth {} "
      "unsampled events",
      percent("probability_good"), percent("probability_bad"),
      number_text(sampling.integer_or("kept", 0)), number_text(sampling.integer_or("offered", 0)),
      percent("kept_share"),
      number_text(worth == nullptr ? 0 : static_cast<int64_t>(worth->as_number())));
}

/// How far its newest sample lay from its arrival.
std::string clock_words(const Node& source) {
  const Node* ahead = source.find("clock_ahead_s");
  if (ahead == nullptr || ahead->is_null()) return "-";
  const double seconds_ahead = ahead->as_number();
  return fmt::format("{:.1f} s {}", std::abs(seconds_ahead),
                     seconds_ahead < 0 ? "behind" : "ahead");
}

render::Table list_table(const Node& answer) {
  render::Table table{
      .header = {"SOURCE", "KIND", "STATE", "LAG", "COMPLETE", "KEPT", "FEEDS", "WHY"}, .rows = {}};
  for (const Node& source : answer.find("sources")->items()) {
    table.rows.push_back({member_text(source, "source"), member_text(source, "kind"),
                          member_text(source, "state"), age_of(source, "lag_s"),
                          completeness_text(source), sampling_text(source), slos_text(source),
                          member_text(source, "message")});
  }
  return table;
}

/// Every figure of a source, one a line.
std::string source_words(const Node& source, const render::Palette& palette) {
  const std::string_view state = source.text_or("state");
  const render::Glyph glyph = render::glyph_of(state);
  std::string text = palette.paint(glyph.tone, fmt::format("{} {}", glyph.sign, state));
  text += fmt::format("   {} ({})   {}\n", source.text_or("source"), source.text_or("kind"),
                      source.text_or("message"));
  const auto line = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("  {}{}\n", render::padded(name, 14), value);
  };
  line("feeds", slos_text(source).empty() ? "no SLO" : slos_text(source));
  line("watermark",
       fmt::format("{}, {} behind", member_text(source, "watermark"), age_of(source, "lag_s")));
  line("interval", fmt::format("{}{}", age_of(source, "interval_s"),
                               source.boolean_or("interval_declared", false) ? " (declared)" : ""));
  line("complete", completeness_text(source) + " of the last hour");
  line("clock", clock_words(source));
  if (const Node* counts = source.find("counts"); counts != nullptr) {
    const auto number = [counts](std::string_view key) {
      return number_text(counts->integer_or(key, 0));
    };
    line("brought", fmt::format("{} samples in {} requests, {} count for an SLO", number("samples"),
                                number("requests"), number("counted")));
    line("troubles",
         fmt::format("{} counter resets, {} repeats ({} with another value), {} late, {} too old, "
                     "{} rejected, {} requests twice",
                     number("counter_resets"), number("repeats"), number("conflicts"),
                     number("late"), number("too_old"), number("rejected"), number("duplicates")));
    line("revised",
         fmt::format("{} additions to cells that may have been judged", number("revised")));
  }
  if (const Node* sampling = source.find("sampling"); sampling != nullptr && !sampling->is_null())
    line("sampled", sampled_words(*sampling));
  line("last error", fmt::format("{}{}", member_text(source, "last_error"),
                                 source.find("last_error_at")->is_null()
                                     ? ""
                                     : " (" + member_text(source, "last_error_at") + ")"));
  const auto each = [&](std::string_view key, std::string_view name, const auto& words) {
    const Node* list = source.find(key);
    if (list == nullptr || !list->is_array()) return;
    for (const Node& item : list->items()) line(name, words(item));
  };
  each("targets", "target", [](const Node& target) {
    return fmt::format("{} {}{}", target.text_or("url"),
                       target.boolean_or("up", false) ? "answers" : "does not answer",
                       target.find("error") == nullptr ? "" : ": " + member_text(target, "error"));
  });
  each("doubts", "doubt", [](const Node& doubt) {
    return fmt::format("{}: {}", doubt.text_or("slo"), doubt.text_or("detail"));
  });
  each("agreements", "compared", [](const Node& agreement) {
    const std::string_view slo = agreement.text_or("slo");
    const std::string_view other = agreement.text_or("other_slo", slo);
    return fmt::format("{}{} in {}: {}", slo, slo == other ? "" : concat({" with ", other}),
                       agreement.text_or("environment"), agreement.text_or("message"));
  });
  each("quarantines_before", "quarantined", [](const Node& held) {
    return fmt::format("{} by {}: {}", held.text_or("since"), held.text_or("by"),
                       held.text_or("reason"));
  });
  return text;
}

Result<int> run_list(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  if (!call.values().empty()) {
    TOLLGATE_TRY(const Node source, ask::source(*backend, call.value(0)));
    call.print(source, [&] { return source_words(source, call.palette()); });
    return kExitDone;
  }
  TOLLGATE_TRY(const Node answer, ask::sources(*backend));
  if (answer.find("sources")->items().empty()) {
    call.print(answer, [] {
      return std::string(
          "No source yet: the policy names no DataSource and nobody has brought anything.\n"
          "Try: tollgate signal push --slo SERVICE/SLO --good 1\n");
    });
    return kExitDone;
  }
  call.print_table(answer, list_table(answer));
  return kExitDone;
}

render::Table lag_table(const Node& answer) {
  render::Table table{.header = {"SOURCE", "STATE", "LAG", "WATERMARK", "INTERVAL", "COMPLETE",
                                 "KEPT", "CLOCK"},
                      .rows = {}};
  std::vector<const Node*> sources;
  for (const Node& source : answer.find("sources")->items()) sources.push_back(&source);
  const auto lag = [](const Node* source) {
    const Node* found = source->find("lag_s");
    return found != nullptr && found->is_number() ? found->as_number() : -1;
  };
  std::stable_sort(sources.begin(), sources.end(),
                   [&](const Node* a, const Node* b) { return lag(a) > lag(b); });
  for (const Node* source : sources) {
    table.rows.push_back({member_text(*source, "source"), member_text(*source, "state"),
                          age_of(*source, "lag_s"), member_text(*source, "watermark"),
                          age_of(*source, "interval_s"), completeness_text(*source),
                          sampling_text(*source), clock_words(*source)});
  }
  return table;
}

Result<int> run_lag(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::sources(*backend));
  call.print_table(answer, lag_table(answer));
  return kExitDone;
}

std::string test_words(const Node& test, const render::Palette& palette) {
  const bool is_ok = test.boolean_or("ok", false);
  std::string text =
      palette.paint(is_ok ? render::Tone::good : render::Tone::bad, is_ok ? "ok" : "not ok");
  text += fmt::format("   {} ({})   {}\n", test.text_or("source"), test.text_or("kind"),
                      test.text_or("message"));
  if (test.boolean_or("asked", true))
    text += fmt::format("  {}{} ms\n", render::padded("took", 14), member_text(test, "took_ms"));
  if (!test.text_or("slo").empty())
    text += fmt::format("  {}{}\n", render::padded("asked for", 14), test.text_or("slo"));
  if (const Node* targets = test.find("targets"); targets != nullptr) {
    for (const Node& target : targets->items()) {
      text += fmt::format("  {}{} {}\n", render::padded("target", 14), target.text_or("url"),
                          target.boolean_or("up", false)
                              ? fmt::format("answers: {} samples in {} ms",
                                            number_text(target.integer_or("samples", 0)),
                                            member_text(target, "took_ms"))
                              : "does not answer: " + member_text(target, "error"));
    }
  }
  if (!test.text_or("advice").empty())
    text += fmt::format("  {}{}\n", render::padded("to do", 14), test.text_or("advice"));
  return text;
}

Result<int> run_test(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node test, ask::test_source(*backend, call.value(0)));
  call.print(test, [&] { return test_words(test, call.palette()); });
  return test.boolean_or("ok", false) ? kExitDone : kExitProblems;
}

Result<int> run_quarantine(Invocation& call) {
  model::SourceQuarantined quarantined{.source = call.value(0), .reason = call.text("reason")};
  TOLLGATE_TRY(quarantined.until, call.time("until"));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer,
               ask::quarantine(*backend, quarantined, call.text("idempotency-key")));
  call.print(answer, [&answer] {
    return fmt::format(
        "{}\nRecorded at ledger position {}; end it with: tollgate source release "
        "{}\n",
        answer.text_or("message"), member_text(answer, "position"), answer.text_or("source"));
  });
  return kExitDone;
}

Result<int> run_release(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(
      const Node answer,
      ask::release_source(*backend, {.source = call.value(0), .reason = call.text("reason")},
                          call.text("idempotency-key")));
  call.print(answer, [&answer] {
    return fmt::format("{} Recorded at ledger position {}.\n", answer.text_or("message"),
                       member_text(answer, "position"));
  });
  return kExitDone;
}

constexpr OptionDef kReleaseReason = {
    .name = "reason", .value = "TEXT", .doc = "Why it is trusted again."};

}  // namespace

extern const CommandDef source_list_command = {
    .name = "source list",
    .group = Group::signals,
    .summary = "Show who brings the signals of the SLOs, and how far each is to be trusted.",
    .doc =
        "Fresh: its newest data is younger than three of its usual intervals. Late: it is not. "
        "Broken: it does not answer, its clock is wrong, or its counters contradict each other. "
        "Quarantined: somebody said that it proves nothing. With NAME every figure of one source, "
        "compared with others of the same SLI where a gate does so (agreement@2).",
    .examples =
        "tollgate source list\n"
        "tollgate source list prometheus-eu\n"
        "tollgate source list -o json",
    .arguments = {{.name = "NAME",
                   .doc = "Only this source, with all of it.",
                   .is_required = false}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_list,
};

extern const CommandDef source_lag_command = {
    .name = "source lag",
    .group = Group::signals,
    .summary = "Show how far each source lags behind, the slowest first.",
    .doc =
        "Lag is the age of the watermark: everything before it has arrived. Complete is how many "
        "of the usual intervals of the last hour have data.",
    .examples = "tollgate source lag",
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_lag,
};

extern const CommandDef source_test_command = {
    .name = "source test",
    .group = Group::signals,
    .summary = "Ask a source once and show what came; nothing is recorded.",
    .doc =
        "A metrics server is asked for the last hour of the first SLO that it feeds; each target "
        "of a scrape source is visited; of who pushes, what came last is shown. Ends with 3 if the "
        "source is not well.",
    .examples = "tollgate source test prometheus-eu",
    .arguments = {{.name = "NAME", .doc = "The source."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_test,
};

extern const CommandDef source_quarantine_command = {
    .name = "source quarantine",
    .group = Group::signals,
    .summary = "Say that a source proves nothing, until a time or until it is released.",
    .doc =
        "Recorded with who said it and why. Readings that it feeds are unknown to every check, "
        "never a breach; alerts that it feeds neither go on nor off; budgets say that they are "
        "untrusted.",
    .examples =
        "tollgate source quarantine edge-agent --reason \"counts retries twice\" --until "
        "2026-03-02T18:00:00Z",
    .arguments = {{.name = "NAME", .doc = "The source, as `source list` names it."}},
    .options = {{.name = "reason",
                 .value = "TEXT",
                 .doc = "Why, for those who meet it.",
                 .is_required = true},
                {.name = "until", .value = "TIME", .doc = "Ends by itself at this time."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_quarantine,
};

extern const CommandDef source_release_command = {
    .name = "source release",
    .group = Group::signals,
    .summary = "End the quarantine of a source.",
    .examples = "tollgate source release edge-agent --reason \"1.4.2 counts once\"",
    .arguments = {{.name = "NAME", .doc = "The source."}},
    .options = {kReleaseReason},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_release,
};

}  // namespace tollgate::cli
