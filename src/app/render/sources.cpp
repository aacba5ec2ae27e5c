#include "app/render/sources.hpp"

#include "app/render/answers.hpp"
#include "domain/gate/check.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::render {
namespace {

using doc::Node;

Node seconds_of(Duration span) { return static_cast<double>(span.ms) / 1000; }
template <class T>
Node time_or_null(const std::optional<T>& time) {
  return time ? Node(time_text(*time)) : Node();
}

Node target_json(const TargetReport& target) {
  Node node =
      Node::object({{"url", target.url}, {"up", target.is_up}, {"samples", target.samples}});
  if (target.visited.ms > 0) node.set("visited", time_text(target.visited));
  node.set("took_ms", target.took.ms);
  if (!target.error.empty()) node.set("error", target.error);
  return node;
}

Node counts_json(const SourceCounts& counts) {
  return Node::object({{"requests", counts.requests},
                       {"samples", counts.samples},
                       {"counted", counts.counted},
                       {"counter_resets", counts.resets},
                       {"repeats", counts.repeats},
                       {"conflicts", counts.conflicts},
                       {"duplicates", counts.duplicates},
                       {"late", counts.late},
                       {"too_old", counts.too_old},
                       {"revised", counts.revised},
                       {"rejected", counts.rejected}});
}

Node sampling_json(const SourceSampling& sampling) {
  return Node::object(
      {{"probability_good", sampling.probability_good},
       {"probability_bad", sampling.probability_bad},
       {"offered", sampling.offered},
       {"kept", sampling.kept},
       {"kept_share", static_cast<double>(sampling.kept) / static_cast<double>(sampling.offered)},
       {"effective_events", sampling.effective}});
}

Node held_json(const engine::Quarantine& quarantine) {
  Node node = Node::object({{"reason", quarantine.reason},
                            {"by", quarantine.by},
                            {"since", time_text(quarantine.since)},
                            {"until", time_or_null(quarantine.until)},
                            {"position", quarantine.position}});
  if (quarantine.released) {
    node.set("released", time_text(*quarantine.released));
    node.set("released_by", quarantine.released_by);
  }
  return node;
}

Node doubt_json(const SourceDoubt& doubt) {
  return Node::object({{"slo", doubt.slo},
                       {"reason", reflect::enum_name(doubt.doubt.reason)},
                       {"detail", doubt.doubt.detail}});
}

Node agreement_json(const engine::Agreement& agreement) {
  return Node::object({{"slo", agreement.slo},
                       {"other_slo", agreement.other_slo},
                       {"environment", agreement.environment},
                       {"source", agreement.source},
                       {"other", agreement.other},
                       {"state", reflect::enum_name(agreement.state)},
                       {"message", agreement.words}});
}

template <class T, class F>
Node list_of(const std::vector<T>& items, const F& json) {
  Node list = Node::array();
  for (const T& item : items) list.push(json(item));
  return list;
}

/// The counts that a reading says, and what was left out.
Node figures_json(const model::Reading& reading) {
  Node node =
      Node::object({{"good", reading.good}, {"bad", reading.bad}, {"total", reading.total}});
  if (reading.slices) node.set("slices", reflect::encode(*reading.slices));
  if (reading.excluded) node.set("excluded", reflect::encode(*reading.excluded));
  return node;
}

Node change_json(const engine::ReadingChange& change) {
  return Node::object({{"slo", change.then.slo},
                       {"environment", change.then.environment},
                       {"source", change.then.source},
                       {"from", time_text(change.then.from)},
                       {"to", time_text(change.then.to)},
                       {"then", figures_json(change.then)},
                       {"now", figures_json(change.now)}});
}

Node revised_json(const engine::RevisedDecision& revised) {
  Node node = Node::object({{"decision", revised.decision},
                            {"position", revised.position},
                            {"at", time_text(revised.at)},
                            {"service", revised.request.service},
                            {"environment", revised.request.environment},
                            {"version", revised.request.version},
                            {"verdict", reflect::enum_name(revised.outcome)},
                            {"readings", list_of(revised.changes, change_json)}});
  if (!revised.error.empty()) node.set("error", revised.error);
  return node;
}

std::string revision_words(const engine::RevisionAnswer& answer) {
  const auto& changes = answer.decision.changes;
  if (changes.empty()) {
    return answer.decision.error.empty()
               ? "Nothing that it read was revised; it would be the same."
               : "What it read cannot all be asked again: " + answer.decision.error;
  }
  const std::string revised =
      count_text(static_cast<int64_t>(changes.size()), "reading", "readings");
  const std::string_view then = reflect::enum_name(answer.decision.outcome);
  const std::string_view now = reflect::enum_name(answer.again);
  if (then == now) return fmt::format("{} changed since; it would still be {}.", revised, then);
  return fmt::format("{} changed since; it was {} and would be {}.", revised, then, now);
}

}  // namespace

Node source_json(const SourceReport& source, Time) {
  Node slos = Node::array();
  for (const std::string& slo : source.slos) slos.push(slo);
  Node node =
      Node::object({{"source", source.name},
                    {"kind", source.kind},
                    {"asked", source.is_asked},
                    {"state", slo::source_state_name(source.state)},
                    {"message", source.why},
                    {"slos", std::move(slos)},
                    {"watermark", time_or_null(source.watermark)},
                    {"lag_s", source.lag ? seconds_of(*source.lag) : Node()},
                    {"interval_s", source.interval ? seconds_of(*source.interval) : Node()}});
  if (source.interval) node.set("interval_declared", source.is_interval_declared);
  node.set("slices_seen", source.steadiness.seen);
  node.set("slices_expected", source.steadiness.expected);
  node.set("completeness", source.steadiness.expected > 0
                               ? Node(static_cast<double>(source.steadiness.seen) /
                                      static_cast<double>(source.steadiness.expected))
                               : Node());
  node.set("clock_ahead_s", source.ahead ? seconds_of(*source.ahead) : Node());
  node.set("last_seen", time_or_null(source.last_seen));
  node.set("last_error", source.last_error.empty() ? Node() : Node(source.last_error));
  node.set("last_error_at", time_or_null(source.last_error_at));
  if (source.counts) node.set("counts", counts_json(*source.counts));
  node.set("sampling", source.sampling ? sampling_json(*source.sampling) : Node());
  if (!source.targets.empty()) node.set("targets", list_of(source.targets, target_json));
  node.set("doubts", list_of(source.doubts, doubt_json));
  if (!source.agreements.empty())
    node.set("agreements", list_of(source.agreements, agreement_json));
  node.set("quarantine", source.quarantine ? held_json(*source.quarantine) : Node());
  if (!source.history.empty()) node.set("quarantines_before", list_of(source.history, held_json));
  return node;
}

Node sources_json(const std::vector<SourceReport>& sources, Time now) {
  return Node::object(
      {{"sources",
        list_of(sources, [now](const SourceReport& source) { return source_json(source, now); })},
       {"at", time_text(now)}});
}

Node source_test_json(const SourceTest& test) {
  Node node = Node::object({{"source", test.name},
                            {"kind", test.kind},
                            {"ok", test.is_ok},
                            {"asked", test.is_asked},
                            {"took_ms", test.took.ms}});
  if (!test.slo.empty()) node.set("slo", test.slo);
  if (test.reading) {
    node.set("reading", figures_json(*test.reading));
    node.set("from", time_text(test.reading->from));
    node.set("to", time_text(test.reading->to));
    node.set("watermark",
             test.reading->watermark.ms > 0 ? Node(time_text(test.reading->watermark)) : Node());
    node.set("completeness", ratio(test.reading->completeness));
    if (!test.reading->error.empty()) node.set("error", test.reading->error);
  }
  if (!test.targets.empty()) node.set("targets", list_of(test.targets, target_json));
  node.set("message", test.message);
  if (!test.advice.empty()) node.set("advice", test.advice);
  return node;
}

Node quarantine_json(const engine::QuarantineAnswer& answer, Time now) {
  const engine::Quarantine& quarantine = answer.quarantine;
  Node node = held_json(quarantine);
  node.set("source", quarantine.source);
  node.set("position", answer.position);
  const bool is_in_force = quarantine.is_in_force(now) && !quarantine.released;
  node.set("quarantined", is_in_force);
  if (is_in_force) {
    node.set("message",
             fmt::format("{} proves nothing {}: gates that read it do not know, its alerts neither "
                         "go on nor off.",
                         quarantine.source,
                         quarantine.until ? "until " + time_text(*quarantine.until)
                                          : "until it is released"));
  } else {
    node.set("message", fmt::format("{} is trusted again.", quarantine.source));
  }
  return node;
}

Node slo_revisions_json(const SloRevisions& revisions) {
  const auto late = [](const SloRevisions::Late& each) {
    return Node::object({{"environment", each.environment},
                         {"track", each.track},
                         {"version", each.version},
                         {"group", each.group},
                         {"source", each.source},
                         {"late_additions", each.additions},
                         {"oldest_cell", time_text(each.oldest)},
                         {"known_until", time_text(each.last)}});
  };
  return Node::object({{"slo", revisions.slo},
                       {"revisions", list_of(revisions.late, late)},
                       {"decisions", list_of(revisions.decisions, revised_json)}});
}

Node decision_revisions_json(const engine::RevisionAnswer& answer) {
  Node node = revised_json(answer.decision);
  node.set("would_be", reflect::enum_name(answer.again));
  node.set("differs", answer.again != answer.decision.outcome);
  Node checks = Node::array();
  for (const model::CheckRecord& check : answer.checks) {
    const gate::CheckDef* const def = gate::find_check(check.check);
    checks.push(Node::object({{"check", check.check},
                              {"subject", check.subject},
                              {"state", reflect::enum_name(check.state)},
                              {"reason", check.reason},
                              {"message", def == nullptr ? "" : def->words(check)}}));
  }
  node.set("checks", std::move(checks));
  node.set("message", revision_words(answer));
  return node;
}

}  // namespace tollgate::render
