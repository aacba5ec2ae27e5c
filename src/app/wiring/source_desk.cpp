#include "app/wiring/source_desk.hpp"

#include "app/wiring/source_settings.hpp"
#include "domain/slo/resolve.hpp"
#include "edge/intake/route_spec.hpp"
#include "edge/scrape/scraper.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <chrono>
#include <set>

namespace tollgate::wiring {
namespace {

using render::SourceReport;
using slo::SourceState;

constexpr std::string_view kImportKind = "import";
constexpr std::string_view kPushKind = "push";
/// A reading of this length is asked for by a test.
constexpr Duration kTestSpan = hours(1);

constexpr std::string_view kBadSpecRemedy =
    "correct the DataSource; docs/SIGNALS.md and docs/SOURCES.md say what is understood";
constexpr std::string_view kUnopenedRemedy =
    "repair it and restart the server; a policy that is put in force tries again, too";

std::string span_words(Duration span) { return duration_words({span.ms / 1000 * 1000}); }

/// The DataSources whose queries an SLO asks, its parts' included.
std::set<std::string> sources_of(const slo::Resolved& resolved) {
  std::set<std::string> names;
  if (!resolved.indicator.source.empty()) names.insert(resolved.indicator.source);
  for (const slo::ObjectivePart& part : resolved.objective.parts) {
    if (!part.indicator.source.empty()) names.insert(part.indicator.source);
  }
  return names;
}

render::SourceCounts counts_of(const intake::SourceStatus& status) {
  const intake::RouterCounts& counts = status.counts;
  return {.requests = status.requests,
          .samples = counts.samples + counts.events,
          .counted = counts.counted + counts.events_counted,
          .resets = counts.resets,
          .repeats = counts.repeats,
          .conflicts = counts.conflicts,
          .duplicates = status.duplicates,
          .late = counts.late,
          .too_old = status.too_old,
          .revised = status.revised,
          .rejected = counts.invalid + counts.future + counts.refused + status.malformed};
}

/// Nothing if no budget saw events of it in the last hour.
std::optional<render::SourceSampling> sampling_of(const intake::SourceStatus& status, Time now) {
  const stats::SampleTally recent = status.sampling.watch.recent(now);
  if (recent.offered == 0) return std::nullopt;
  return render::SourceSampling{.probability_good = status.sampling.probability_good,
                                .probability_bad = status.sampling.probability_bad,
                                .offered = recent.offered,
                                .kept = recent.kept,
                                .effective = recent.effective()};
}

render::TargetReport target_of(const scrape::TargetHealth& health) {
  return {.url = health.url,
          .is_up = health.is_up,
          .visited = health.visited,
          .took = health.took,
          .samples = health.samples,
          .error = health.error};
}

/// What an operator does about an error of a source; empty if nothing better can be said.
std::string advice_for(std::string_view error) {
  const auto has = [error](std::string_view part) { return error.find(part) != std::string::npos; };
  if (has("401") || has("403") || has("credentials"))
    return "check the credentials in its connectionDetails: token, username and password, headers";
  if (has("429") || has("left alone"))
    return "the server limits how often it is asked: ask less often, or raise its limit";
  if (has("partial"))
    return "some of its stores or replicas do not answer: repair them; half an answer is never "
           "used";
  if (has("certificate") || has("TLS") || has("tls"))
    return "check its certificate, or name the authority in connectionDetails.caFile";
  if (has("longer than") || has("timed out"))
    return "make the query cheaper (a recording rule), or raise connectionDetails.timeout up to "
           "10s";
  if (has("connect") || has("resolve") || has("unreachable") || has("refused"))
    return "check connectionDetails.url, and that the server runs and can be reached from here";
  if (has("variable") || has("secret"))
    return "set the variable or file that its connectionDetails name for the secret";
  if (has("query"))
    return "correct the query of the SLI; docs/SOURCES.md says which are understood";
  return {};
}

}  // namespace

void HouseSources::add_declared(const model::Bundle& bundle, Table& table) const {
  for (const model::Resource* resource : bundle.of_kind("DataSource")) {
    const auto* source = resource->as<model::DataSource>();
    if (source == nullptr) continue;
    Known& known = table[source->name];
    known.declared = source;
    known.report.kind = lower_case(source->type);
    known.report.is_asked = !intake::is_counted_here(source->type);
    if (const Problems problems = check_data_source(*source); !problems.empty()) {
      known.report.last_error = known.dead = problems.front().message;
      known.remedy = kBadSpecRemedy;
    }
    const std::string_view interval = source->connection_details.text_or("interval");
    const Result<Duration> declared = parse_duration(interval);
    const bool is_scraped = known.report.kind == intake::kScrapeType;
    if (is_scraped) known.report.interval = scrape::Target{.source = {}, .url = {}}.interval;
    if (!interval.empty() && declared) known.report.interval = *declared;
    known.report.is_interval_declared = known.report.interval.has_value();
  }
}

void HouseSources::add_uses(const model::Bundle& bundle, Table& table) const {
  for (const model::Resource* resource : bundle.of_kind("SLO")) {
    const auto* written = resource->as<model::Slo>();
    if (written == nullptr) continue;
    const Result<slo::Resolved> resolved = slo::resolve(bundle, *written, nullptr);
    if (!resolved) continue;
    for (const std::string& name : sources_of(*resolved)) {
      const auto known = table.find(name);
      if (known != table.end()) known->second.add_slo(written->address());
    }
  }
  for (const cells::SourceUse& use : parts_.cells.sources("", {})) {
    Known& known = table[use.source];
    known.add_slo(use.slo);
    known.is_import |= !use.is_pushed && known.declared == nullptr;
    known.report.watermark = std::max(known.report.watermark.value_or(Time{}), use.watermark);
  }
}

void HouseSources::add_pushed(Table& table, Time now) const {
  for (const intake::SourceStatus& status : parts_.intake.service().status().sources) {
    Known& known = table[status.source];
    SourceReport& report = known.report;
    known.is_import = false;
    report.counts = counts_of(status);
    report.sampling = sampling_of(status, now);
    if (status.watermark.ms > 0)
      report.watermark = std::max(report.watermark.value_or(Time{}), status.watermark);
    if (status.last_arrival.ms > 0) report.last_seen = status.last_arrival;
    if (status.last_arrival.ms > 0) report.ahead = status.ahead;
    if (!status.last_refusal.empty()) {
      report.last_error = status.last_refusal;
      report.last_error_at = status.last_refused;
    }
    if (!report.interval) report.interval = slo::usual_interval(status.arrivals);
    const Duration step = std::max(minutes(1), report.interval.value_or(minutes(1)));
    if (report.interval) report.steadiness = slo::steadiness(status.arrivals, step, now);
    for (intake::FaultBook::Named& each : parts_.intake.service().doubts_of(status.source, now))
      report.doubts.push_back({std::move(each.slo), std::move(each.doubt)});
  }
}

void HouseSources::add_targets(Table& table) const {
  for (const scrape::TargetHealth& health : parts_.intake.targets()) {
    SourceReport& report = table[health.source].report;
    report.targets.push_back(target_of(health));
    if (health.visited.ms > 0)
      report.last_seen = std::max(report.last_seen.value_or(Time{}), health.visited);
    if (!health.error.empty()) report.last_error = health.url + ": " + health.error;
  }
  for (const follow::FollowerStatus& log : parts_.intake.logs()) {
    if (log.problem.empty()) continue;
    Known& known = table[log.source];
    known.report.last_error = log.problem;
    if (log.is_open || !known.dead.empty()) continue;
    known.dead = log.problem;
    known.remedy = kUnopenedRemedy;
  }
}

void HouseSources::add_answers(Table& table) const {
  for (auto& [name, known] : table) {
    if (known.declared == nullptr || !known.report.is_asked) continue;
    SourceReport& report = known.report;
    if (std::string broken = parts_.signals.broken(name); !broken.empty())
      report.last_error = std::move(broken);
    const std::optional<LastAnswer> last = parts_.signals.last_answer(name);
    if (!last) continue;
    report.last_seen = last->asked;
    if (last->watermark.ms > 0) report.watermark = last->watermark;
    if (last->error.empty()) continue;
    report.last_error = last->error;
    report.last_error_at = last->asked;
  }
}

/// The state, and one sentence why.
void HouseSources::judge(Known& known, Time now) const {
  SourceReport& report = known.report;
  if (report.watermark) report.lag = std::max(Duration{0}, now - *report.watermark);
  const auto book = parts_.engine.views().quarantines();
  if (const engine::Quarantine* quarantine = book->find(report.name, now)) {
    report.quarantine = *quarantine;
    report.state = SourceState::quarantined;
    report.why = engine::doubt_of(*quarantine).detail;
    return;
  }
  const auto down =
      std::count_if(report.targets.begin(), report.targets.end(),
                    [](const auto& target) { return target.visited.ms > 0 && !target.is_up; });
  const bool is_failing = !known.dead.empty() || (report.is_asked && !report.last_error.empty());
  const bool has_wrong_clock = report.ahead && *report.ahead > slo::kSkewMax;
  if (is_failing || down > 0 || has_wrong_clock || !report.doubts.empty()) {
    report.state = SourceState::broken;
    report.why =
        is_failing        ? report.last_error
        : has_wrong_clock ? fmt::format("its clock is {} ahead of ours", span_words(*report.ahead))
        : !report.doubts.empty()
            ? report.doubts.front().doubt.detail
            : fmt::format(
                  "{} of {} do not answer: {}", down,
                  count_text(static_cast<int64_t>(report.targets.size()), "target", "targets"),
                  report.last_error);
    return;
  }
  if (!report.watermark) {
    report.state = SourceState::never_seen;
    report.why =
        report.is_asked
            ? "nobody has asked it yet; ask it with: tollgate source test " + report.name
        : report.last_seen
            ? fmt::format(
                  "nothing that it brought counts for an SLO; it last brought something {} ago",
                  span_words(std::max(Duration{0}, now - *report.last_seen)))
            : "nothing ever came from it";
    if (!report.last_error.empty()) report.why += "; last refused: " + report.last_error;
    return;
  }
  const Duration fresh = slo::fresh_for(report.interval);
  report.state = *report.lag <= fresh ? SourceState::fresh : SourceState::late;
  report.why = fmt::format("its newest data is {} old", span_words(*report.lag));
  if (report.state == SourceState::late) {
    report.why += report.interval ? fmt::format(", although it usually comes every {}",
                                                span_words(*report.interval))
                                  : fmt::format(", more than {}", span_words(fresh));
  }
  if (known.is_import) report.why += "; files come when they come";
}

HouseSources::Table HouseSources::gather(const model::Bundle& bundle, Time now) const {
  Table table;
  add_declared(bundle, table);
  add_uses(bundle, table);
  add_pushed(table, now);
  add_targets(table);
  for (const engine::Quarantine& quarantine : parts_.engine.views().quarantines()->in_force(now))
    table.try_emplace(quarantine.source);
  add_answers(table);
  for (auto& [name, known] : table) {
    known.report.name = name;
    if (known.report.kind.empty()) known.report.kind = known.is_import ? kImportKind : kPushKind;
    judge(known, now);
  }
  return table;
}

std::vector<render::SourceReport> HouseSources::list() {
  const auto policy = parts_.engine.policy();
  std::vector<render::SourceReport> reports;
  for (auto& [name, known] : gather(policy->bundle(), parts_.engine.now()))
    reports.push_back(std::move(known.report));
  return reports;
}

namespace {

template <class Table>
Error unknown_source(const std::string& name, const Table& table) {
  std::vector<std::string> names;
  for (const auto& [known, unused] : table) names.push_back(known);
  return Error{
      .code = codes::not_found,
      .message = fmt::format("there is no source \"{}\"{}", name, did_you_mean(name, names)),
      .help = "List them with `tollgate source list`."};
}

}  // namespace

Result<render::SourceReport> HouseSources::find(const std::string& name) {
  const auto policy = parts_.engine.policy();
  Table table = gather(policy->bundle(), parts_.engine.now());
  const auto found = table.find(name);
  if (found == table.end()) return fail(unknown_source(name, table));
  render::SourceReport report = std::move(found->second.report);
  for (engine::Agreement& agreement : parts_.engine.agreements()) {
    const auto feeds = [&report](const std::string& slo) {
      return std::find(report.slos.begin(), report.slos.end(), slo) != report.slos.end();
    };
    const std::string pulled = concat({":", name});  // as in "datadog:eu"
    const bool concerns = feeds(agreement.slo) || feeds(agreement.other_slo) ||
                          agreement.source.ends_with(pulled) || agreement.other.ends_with(pulled);
    if (concerns) report.agreements.push_back(std::move(agreement));
  }
  report.history = parts_.engine.views().quarantines()->of(name);
  std::erase_if(report.history, [&report](const engine::Quarantine& each) {
    return report.quarantine && each.position == report.quarantine->position;
  });
  return report;
}

/// The question of the first SLO that asks the source, over the last hour.
render::SourceTest HouseSources::test_pulled(const Known& known,
                                             const model::Bundle& bundle) const {
  render::SourceTest test{.name = known.report.name, .kind = known.report.kind};
  slo::Resolved asked;
  for (const std::string& address : known.report.slos) {
    const Result<const model::Slo*> slo = bundle.find_slo(address);
    if (!slo) continue;
    Result<slo::Resolved> resolved = slo::resolve(bundle, **slo, nullptr);
    if (!resolved || resolved->indicator.source != test.name) continue;
    asked = std::move(*resolved);
    test.slo = address;
    break;
  }
  if (test.slo.empty()) {
    // Nobody uses it yet: what every server of this kind should know.
    constexpr const char* kAnything = "sum(count_over_time(up[{{.window}}]))";
    asked.indicator = {
        .source = test.name, .good = kAnything, .bad = {}, .total = kAnything, .raw = {}, .up = {}};
  }
  const Time now = parts_.engine.now();
  const auto began = std::chrono::steady_clock::now();
  model::Reading reading = parts_.signals.read({.objective = &asked.objective,
                                                .indicator = &asked.indicator,
                                                .environment = {},
                                                .span = {now - kTestSpan, now},
                                                .as_of = now});
  test.took = {std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::steady_clock::now() - began)
                   .count()};
  test.is_ok = reading.error.empty() && !reading.doubt;
  if (!reading.error.empty()) {
    test.message = reading.error;
    test.advice = advice_for(reading.error);
  } else if (reading.doubt) {
    test.message = "it answers, but its data is not trusted: " + reading.doubt->detail;
  } else if (reading.total == 0) {
    test.message = "it answers, and has no data for the last hour";
    test.advice = "check that the query of the SLI finds series: it may be misspelt";
  } else {
    test.message = fmt::format(
        "it answers: {} good of {} in the last hour, complete until {}", number_text(reading.good),
        count_text(reading.total, "event", "events"), time_text(reading.watermark));
  }
  test.reading = std::move(reading);
  return test;
}

/// A visit of each of its targets, whose samples are not counted.
render::SourceTest HouseSources::test_targets(const Known& known) const {
  render::SourceTest test{.name = known.report.name, .kind = known.report.kind};
  const Result<std::vector<scrape::Target>> targets = scrape_targets(*known.declared);
  if (!targets) {
    test.message = targets.error().message;
    test.advice = advice_for(test.message);
    return test;
  }
  int64_t up = 0;
  for (const scrape::Target& target : *targets) {
    const scrape::Found found = scrape::visit(target, parts_.http, parts_.engine.now());
    test.took = test.took + found.health.took;
    up += found.health.is_up;
    if (!found.health.is_up && test.advice.empty()) test.advice = advice_for(found.health.error);
    test.targets.push_back(target_of(found.health));
  }
  const auto all = static_cast<int64_t>(test.targets.size());
  test.is_ok = up == all;
  test.message = fmt::format("{} of {} answer", up, count_text(all, "target", "targets"));
  return test;
}

Result<render::SourceTest> HouseSources::test(const std::string& name) {
  const auto policy = parts_.engine.policy();
  Table table = gather(policy->bundle(), parts_.engine.now());
  const auto found = table.find(name);
  if (found == table.end()) return fail(unknown_source(name, table));
  const Known& known = found->second;
  if (known.report.is_asked) return test_pulled(known, policy->bundle());
  if (known.declared != nullptr && known.report.kind == intake::kScrapeType)
    return test_targets(known);
  render::SourceTest test{.name = name, .kind = known.report.kind, .is_asked = false};
  test.is_ok = known.report.state == SourceState::fresh;
  test.message = fmt::format("it cannot be asked, it brings by itself: {}", known.report.why);
  if (!known.dead.empty()) {
    test.advice = known.remedy;
  } else if (!test.is_ok && known.report.state != SourceState::quarantined) {
    test.advice = "look at the sender: whether it runs, and what this server answers it";
  }
  return test;
}

Result<void> HouseSources::check_known(const std::string& name) const {
  const auto policy = parts_.engine.policy();
  const Table table = gather(policy->bundle(), parts_.engine.now());
  if (!table.contains(name)) return fail(unknown_source(name, table));
  return {};
}

Result<engine::QuarantineAnswer> HouseSources::quarantine(
    const model::SourceQuarantined& quarantined, const engine::Caller& caller) {
  TOLLGATE_CHECK(check_known(quarantined.source));
  return parts_.engine.quarantine_source(quarantined, caller);
}

Result<engine::QuarantineAnswer> HouseSources::release(const model::SourceReleased& released,
                                                       const engine::Caller& caller) {
  return parts_.engine.release_source(released, caller);
}

Problems HouseSources::check(const model::Bundle& bundle) {
  Problems problems;
  for (model::Finding& finding : lint_data_sources(bundle)) {
    if (finding.severity == model::Severity::error) problems.push_back(std::move(finding.problem));
  }
  return problems;
}

Result<render::SloRevisions> HouseSources::revisions(const std::string& slo) {
  const auto policy = parts_.engine.policy();
  TOLLGATE_TRY(const model::Slo* const known, policy->bundle().find_slo(slo));
  render::SloRevisions answer{.slo = known->address(), .late = {}, .decisions = {}};
  for (const cells::Revision& revision : parts_.cells.revisions(answer.slo)) {
    answer.late.push_back({.environment = revision.key.environment,
                           .track = revision.key.track,
                           .version = revision.key.version,
                           .group = revision.key.group,
                           .source = revision.source,
                           .additions = revision.count,
                           .oldest = revision.oldest,
                           .last = revision.last});
  }
  TOLLGATE_TRY(answer.decisions, parts_.engine.revised_decisions(answer.slo));
  return answer;
}

}  // namespace tollgate::wiring
