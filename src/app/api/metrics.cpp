// Figures for a metrics server, in the OpenMetrics text format.
#include "app/api/delivery_metrics.hpp"
#include "app/api/metrics_feeds.hpp"
#include "app/api/route.hpp"
#include "app/render/metrics_text.hpp"
#include "app/render/sources.hpp"
#include "edge/intake/service.hpp"
#include "edge/spans/span_book.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::api {
namespace {

using render::family;
using render::label;

void decisions(std::string& out, const engine::DecisionTotals& totals) {
  family(out, "tollgate_gate_decisions", "counter", "Recorded verdicts.");
  for (const auto& [place, count] : totals.by_environment) {
    out += fmt::format("tollgate_gate_decisions_total{{environment=\"{}\",verdict=\"{}\"}} {}\n",
                       label(place.first), reflect::enum_name(place.second), count);
  }
  family(out, "tollgate_evidence_records", "counter", "Recorded reports of builds.");
  out += fmt::format("tollgate_evidence_records_total {}\n", totals.evidence);
  family(out, "tollgate_policy_changes", "counter", "Recorded changes of the policy.");
  out += fmt::format("tollgate_policy_changes_total {}\n", totals.policies);
}

void durations(std::string& out, const ApiCounters& counters) {
  family(out, "tollgate_gate_duration_seconds", "histogram",
         "Time from a gate request to its durable answer.");
  uint64_t sum = 0;
  for (size_t i = 0; i < counters.gate_seconds.size(); ++i) {
    sum += counters.gate_seconds[i].load(std::memory_order_relaxed);
    const bool is_last = i == ApiCounters::kBucketSeconds.size();
    out += fmt::format("tollgate_gate_duration_seconds_bucket{{le=\"{}\"}} {}\n",
                       is_last ? "+Inf" : fmt::format("{}", ApiCounters::kBucketSeconds[i]), sum);
  }
  out += fmt::format(
      "tollgate_gate_duration_seconds_count {}\ntollgate_gate_duration_seconds_sum {:.6f}\n", sum,
      static_cast<double>(counters.gate_microseconds.load(std::memory_order_relaxed)) / 1e6);
}

/// What looking at alert rules costs.
void alert_rounds(std::string& out, const engine::AlertRounds& rounds) {
  family(out, "tollgate_alert_rounds", "counter", "Looks at the alert rules of SLOs counted here.");
  out += fmt::format("tollgate_alert_rounds_total {}\n", rounds.rounds);
  family(out, "tollgate_alert_whole_rounds", "counter", "Of these, looks at all alert rules.");
  out += fmt::format("tollgate_alert_whole_rounds_total {}\n", rounds.whole_rounds);
  family(out, "tollgate_alert_rounds_seconds", "counter", "Time that they took.");
  out += fmt::format("tollgate_alert_rounds_seconds_total {:.6f}\n", rounds.seconds);
  family(out, "tollgate_alert_looks", "counter", "SLOs whose alert rules were judged.");
  out += fmt::format("tollgate_alert_looks_total {}\n", rounds.looks);
  family(out, "tollgate_alert_held", "counter",
         "SLOs whose alert rules were not, because nothing could have changed.");
  out += fmt::format("tollgate_alert_held_total {}\n", rounds.held);
}

void server(std::string& out, const Api& api) {
  family(out, "tollgate_queue_commands", "gauge", "Commands that wait for the writer.");
  out += fmt::format("tollgate_queue_commands {}\n", api.parts().engine.queue_size());
  if (api.server() == nullptr) return;
  const net::ServerCounters& counters = api.server()->counters();
  family(out, "tollgate_http_requests", "counter", "Requests read.");
  out += fmt::format("tollgate_http_requests_total {}\n", counters.requests.load());
  family(out, "tollgate_http_refused", "counter",
         "Requests and connections refused for limits, time or form.");
  out += fmt::format("tollgate_http_refused_total {}\n", counters.refused.load());
  family(out, "tollgate_http_connections", "gauge", "Connections open.");
  out += fmt::format("tollgate_http_connections {}\n", counters.open.load());
}

/// What the intake of pushed signals took, by source.
void intake_figures(std::string& out, const intake::ServiceStatus& status, Time now) {
  using Source = intake::SourceStatus;
  const auto each = [&](std::string_view name, std::string_view type, std::string_view help,
                        const std::function<std::string(const Source&)>& value) {
    family(out, name, type, help);
    for (const Source& source : status.sources) {
      out += fmt::format("{}{}{{source=\"{}\"}} {}\n", name, type == "counter" ? "_total" : "",
                         label(source.source), value(source));
    }
  };
  const auto counter = [&](std::string_view name, std::string_view help,
                           int64_t (*value)(const Source&)) {
    each(name, "counter", help,
         [value](const Source& source) { return fmt::format("{}", value(source)); });
  };
  counter("tollgate_intake_requests", "Requests that brought signals.",
          [](const Source& source) { return source.requests; });
  counter("tollgate_intake_malformed", "Requests refused whole: they could not be read.",
          [](const Source& source) { return source.malformed; });
  counter("tollgate_intake_samples", "Samples and events seen.",
          [](const Source& source) { return source.counts.samples + source.counts.events; });
  counter("tollgate_intake_counted", "Samples and events that count for an SLO.",
          [](const Source& s) { return s.counts.counted + s.counts.events_counted; });
  counter("tollgate_intake_sampled_out", "Log records and spans that a budget left out.",
          [](const Source& source) { return source.counts.sampled_out; });
  counter("tollgate_intake_refused", "Samples refused for a limit.",
          [](const Source& source) { return source.counts.refused; });
  counter("tollgate_intake_invalid", "Samples that are no counts, or from the future.",
          [](const Source& source) { return source.counts.invalid + source.counts.future; });
  counter("tollgate_intake_late", "Samples that came behind a newer one of their series.",
          [](const Source& source) { return source.counts.late; });
  counter("tollgate_intake_repeats", "Samples that came again.",
          [](const Source& source) { return source.counts.repeats; });
  counter("tollgate_intake_counter_resets", "Counters that began anew.",
          [](const Source& source) { return source.counts.resets; });
  counter("tollgate_intake_revisions", "Late additions to cells that may have been judged.",
          [](const Source& source) { return source.revised; });
  each("tollgate_intake_lag_seconds", "gauge", "Age of the newest sample of a source.",
       [now](const Source& source) {
         return fmt::format("{:.3f}", static_cast<double>(source.lag(now).ms) / 1000);
       });
}

/// What the budgets of sampling keep of log records and spans at the moment.
void sampling_figures(std::string& out, const std::vector<intake::SamplingStatus>& budgets) {
  if (budgets.empty()) return;
  using Budget = intake::SamplingStatus;
  const auto each = [&](std::string_view name, std::string_view type, std::string_view help,
                        const std::function<std::string(const Budget&)>& value) {
    bool is_first = true;
    for (const Budget& budget : budgets) {
      const std::string figure = value(budget);
      if (figure.empty()) continue;  // a budget of the other resource
      if (std::exchange(is_first, false)) family(out, name, type, help);
      out += fmt::format("{}{}{{budget=\"{}\",resource=\"{}\"}} {}\n", name,
                         type == "counter" ? "_total" : "",
                         label(budget.source.empty() ? "all" : budget.source),
                         budget.cpu.value > 0 ? "cpu" : "bytes", figure);
    }
  };
  each("tollgate_sampling_budget_bytes_per_second", "gauge", "Log records and spans to be kept.",
       [](const Budget& budget) {
         return budget.cpu.value > 0 ? "" : fmt::format("{}", budget.bytes_per_second);
       });
  each("tollgate_sampling_budget_cpu_ratio", "gauge", "CPU time to be used, as a share of a core.",
       [](const Budget& budget) {
         return budget.cpu.value > 0
                    ? fmt::format("{}", static_cast<double>(budget.cpu.value) / 1e6)
                    : "";
       });
  each("tollgate_sampling_cpu_seconds", "counter", "CPU time that the intake used.",
       [](const Budget& budget) {
         return budget.cpu.value > 0
                    ? fmt::format("{:.6f}", static_cast<double>(budget.cpu_used_ns) / 1e9)
                    : "";
       });
  each("tollgate_sampling_share_good_ratio", "gauge",
       "Share that was last kept of what is good; 1 keeps all.",
       [](const Budget& budget) { return fmt::format("{:.6g}", budget.share_good); });
  each("tollgate_sampling_share_bad_ratio", "gauge",
       "Share that was last kept of what is bad for an SLO.",
       [](const Budget& budget) { return fmt::format("{:.6g}", budget.share_bad); });
  each("tollgate_sampling_kept", "counter", "Log records and spans kept.",
       [](const Budget& budget) { return fmt::format("{}", budget.kept); });
  each("tollgate_sampling_left_out", "counter",
       "Log records and spans left out; others stand for them.",
       [](const Budget& budget) { return fmt::format("{}", budget.left_out); });
}

/// What became of the spans that OTLP brought.
void trace_figures(std::string& out, const traces::TraceCounts& counts) {
  const auto line = [&out](std::string_view name, std::string_view help, int64_t value) {
    family(out, name, "counter", help);
    out += fmt::format("{}_total {}\n", name, value);
  };
  line("tollgate_traces_spans", "Spans with a trace that were taken.", counts.spans);
  line("tollgate_traces_whole", "Traces that were taken apart.", counts.traces);
  line("tollgate_traces_rootless", "Of these, those without their root.", counts.rootless);
  line("tollgate_traces_orphans", "Spans whose parent never came.", counts.orphans);
  line("tollgate_traces_late", "Spans that came after their trace was taken apart.", counts.late);
  line("tollgate_traces_skewed", "Spans outside their parents by a clock's error.", counts.skewed);
  line("tollgate_traces_shed", "Spans beyond a limit: in no visit.", counts.shed);
}

void intake_totals(std::string& out, const intake::ServiceStatus& status) {
  const auto line = [&](std::string_view name, std::string_view type, std::string_view help,
                        uint64_t value) {
    family(out, name, type, help);
    out += fmt::format("{}{} {}\n", name, type == "counter" ? "_total" : "", value);
  };
  line("tollgate_intake_shed", "counter", "Requests refused because the queue was full.",
       static_cast<uint64_t>(status.shed));
  line("tollgate_intake_failed_commits", "counter", "Journal writes that failed.",
       static_cast<uint64_t>(status.failed_commits));
  line("tollgate_intake_queue_requests", "gauge", "Requests that wait.", status.queued_requests);
  line("tollgate_intake_queue_bytes", "gauge", "Bytes that wait.", status.queued_bytes);
  line("tollgate_intake_series", "gauge", "Series that count for an SLO.", status.series);
  line("tollgate_intake_journal_bytes", "gauge", "Journal that is not in cells on disk yet.",
       status.journal_bytes);
  line("tollgate_signal_series", "gauge", "Series of cells: SLO, environment, track and so on.",
       status.cell_series);
  line("tollgate_signal_memory_bytes", "gauge", "Memory that cells take; see --signal-memory.",
       status.cell_bytes);
}

/// Deliveries of webhooks, by integration.
void hooks_in(std::string& out, const Api& api) {
  const std::map<std::string, HookHealth> health = api.hook_desk().health();
  const auto counter = [&](std::string_view name, std::string_view help,
                           int64_t HookHealth::*value) {
    family(out, name, "counter", help);
    for (const auto& [integration, one] : health) {
      out +=
          fmt::format("{}_total{{integration=\"{}\"}} {}\n", name, label(integration), one.*value);
    }
  };
  counter("tollgate_hooks_received", "Deliveries that came.", &HookHealth::received);
  counter("tollgate_hooks_refused", "Deliveries that were malformed or not believed.",
          &HookHealth::refused);
  counter("tollgate_hooks_ignored", "Deliveries with nothing to record.", &HookHealth::ignored);
  counter("tollgate_hooks_recorded", "Facts that were recorded.", &HookHealth::recorded);
  counter("tollgate_hooks_known", "Facts that were no news.", &HookHealth::known);
  family(out, "tollgate_hooks_unconfirmed", "gauge", "Facts that wait for their sender's API.");
  out += fmt::format("tollgate_hooks_unconfirmed {}\n",
                     api.parts().engine.views().waiting_facts().size());
}

/// Those who are told, by target.
void hooks_out(std::string& out, const engine::Engine& engine) {
  using Health = engine::TargetHealth;
  const std::vector<Health> targets = engine.target_health();
  const Time now = engine.now();
  const auto each = [&](std::string_view name, std::string_view type, std::string_view help,
                        auto value) {
    family(out, name, type, help);
    for (const Health& health : targets) {
      out += fmt::format("{}{}{{target=\"{}\"}} {}\n", name, type == "counter" ? "_total" : "",
                         label(health.target), value(health));
    }
  };
  each("tollgate_target_delivered", "counter", "Messages that were delivered.",
       [](const Health& health) { return health.done; });
  each("tollgate_target_dead_letters", "counter", "Messages that were given up.",
       [](const Health& health) { return health.gave_up; });
  each("tollgate_target_pending", "gauge", "Messages that are due.",
       [](const Health& health) { return health.pending; });
  each("tollgate_target_failures", "gauge", "Attempts in a row that failed.",
       [](const Health& health) { return health.failures; });
  each("tollgate_target_held_back", "gauge", "1 while nothing is sent to it.",
       [now](const Health& health) { return health.held_until > now ? 1 : 0; });
  each("tollgate_target_last_success_timestamp_seconds", "gauge",
       "When a message was delivered last; 0: never.",
       [](const Health& health) { return health.last_done.ms / 1000; });
}

/// The newest audit of each scope.
void audits(std::string& out, const engine::Engine& engine) {
  std::map<std::string_view, engine::RecordedAudit> newest;
  for (const engine::RecordedAudit& recorded : engine.views().audits())
    newest.try_emplace(reflect::enum_name(recorded.audit.scope), recorded);
  family(out, "tollgate_audit_last_timestamp_seconds", "gauge", "When the last audit was made.");
  for (const auto& [scope, recorded] : newest) {
    out += fmt::format("tollgate_audit_last_timestamp_seconds{{scope=\"{}\"}} {}\n", scope,
                       recorded.time.ms / 1000);
  }
  family(out, "tollgate_audit_findings", "gauge", "Findings of the last audit.");
  for (const auto& [scope, recorded] : newest)
    out +=
        fmt::format("tollgate_audit_findings{{scope=\"{}\"}} {}\n", scope, recorded.audit.findings);
}

/// How far each source is to be trusted.
void source_figures(std::string& out, const std::vector<render::SourceReport>& sources) {
  const auto each = [&](std::string_view name, std::string_view help, const auto& value) {
    family(out, name, "gauge", help);
    for (const render::SourceReport& source : sources) {
      const std::optional<double> figure = value(source);
      if (!figure) continue;
      out += fmt::format("{}{{source=\"{}\",kind=\"{}\"}} {}\n", name, label(source.name),
                         label(source.kind), *figure);
    }
  };
  using Figure = std::optional<double>;
  const auto seconds = [](const std::optional<Duration>& span) {
    return span ? Figure(static_cast<double>(span->ms) / 1000) : Figure();
  };
  each("tollgate_source_lag_seconds", "Age of the source's watermark.",
       [&](const auto& source) { return seconds(source.lag); });
  each("tollgate_source_clock_ahead_seconds",
       "How far the newest sample lay ahead of its arrival; negative behind.",
       [&](const auto& source) { return seconds(source.ahead); });
  each("tollgate_source_completeness_ratio", "Share of the last hour's intervals with data.",
       [](const auto& source) {
         const auto& steady = source.steadiness;
         return steady.expected == 0 ? Figure()
                                     : Figure(static_cast<double>(steady.seen) /
                                              static_cast<double>(steady.expected));
       });
  each("tollgate_source_doubts", "SLOs whose counts the source makes doubtful.",
       [](const auto& source) { return Figure(static_cast<double>(source.doubts.size())); });
  family(out, "tollgate_source_state", "stateset", "How far the source is to be trusted.");
  static constexpr std::array states = {slo::SourceState::never_seen, slo::SourceState::fresh,
                                        slo::SourceState::late, slo::SourceState::broken,
                                        slo::SourceState::quarantined};
  for (const render::SourceReport& source : sources) {
    for (const slo::SourceState state : states) {
      out += fmt::format(
          "tollgate_source_state{{source=\"{}\",kind=\"{}\",tollgate_source_state=\"{}\"}} {}\n",
          label(source.name), label(source.kind), slo::source_state_name(state),
          source.state == state ? 1 : 0);
    }
  }
}

Result<net::Response> metrics(Call& call) {
  std::string out;
  family(out, "tollgate_build", "info", "Version of the program.");
  out +=
      fmt::format("tollgate_build_info{{version=\"{}\"}} 1\n", label(call.api.options().version));
  decisions(out, call.engine().views().totals());
  durations(out, call.api.counters());
  render::slo_figures(out, call.engine());
  alert_rounds(out, call.engine().alert_rounds());
  delivery_metrics(out, call.engine());
  place_metrics(out, call.engine());
  if (CalendarImportDesk* imports = call.api.parts().imports; imports != nullptr)
    import_metrics(out, *imports);
  family(out, "tollgate_ledger_entries", "counter", "Events in the ledger.");
  out += fmt::format("tollgate_ledger_entries_total {}\n", call.engine().ledger().head().size);
  family(out, "tollgate_http_responses", "counter", "Answers of the API by class of status.");
  for (size_t i = 1; i < call.api.counters().responses_by_class.size(); ++i) {
    out += fmt::format("tollgate_http_responses_total{{class=\"{}xx\"}} {}\n", i,
                       call.api.counters().responses_by_class[i].load(std::memory_order_relaxed));
  }
  if (const intake::Service* intake = call.api.parts().intake; intake != nullptr) {
    const intake::ServiceStatus taken = intake->status();
    intake_totals(out, taken);
    intake_figures(out, taken, call.engine().now());
    sampling_figures(out, taken.sampling);
  }
  if (SourceDesk* const sources = call.api.parts().sources; sources != nullptr)
    source_figures(out, sources->list());
  if (call.api.parts().feeds) feed_figures(out, call.api.parts().feeds(), call.engine().now());
  if (const spans::SpanBook* spans = call.api.parts().spans; spans != nullptr)
    trace_figures(out, spans->counts());
  hooks_in(out, call.api);
  hooks_out(out, call.engine());
  audits(out, call.engine());
  server(out, call.api);
  out += "# EOF\n";
  return net::Response{.content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8",
                       .body = std::move(out)};
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/metrics", .answer = metrics},
};

}  // namespace

const std::span<const RouteDef> kMetricsRoutes = kRoutes;

}  // namespace tollgate::api
