#include "app/demo/demo.hpp"

#include "app/demo/chance.hpp"
#include "app/demo/deliveries.hpp"
#include "app/demo/reports.hpp"
#include "app/demo/traces.hpp"
#include "app/demo/traffic.hpp"
#include "app/wiring/signal_intake.hpp"
#include "edge/evidence/read_report.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace tollgate::demo {
namespace {

constexpr int64_t kDays = 28;         // of releases
constexpr int64_t kTrafficDays = 45;  // of traffic, so that every window is full
constexpr int64_t kBuilds = 22;       // of each service
constexpr std::array<std::string_view, 2> kEnvironments = {"staging", "production"};
constexpr uint64_t kBuild = 11;  // what chance is asked about
constexpr uint64_t kMinute = 12;

/// Something that happens at a moment of the story.
struct Happening {
  enum class Kind { build, staging, production } kind;
  Time time;
  size_t service;
  int64_t number;
};

BuildFact build_fact(const Happening& happening) {
  const auto which = static_cast<uint64_t>(happening.service);
  const auto at = static_cast<uint64_t>(happening.number);
  const double luck = chance(kBuild, which, at);
  const double drift = chance(kBuild + 100, which, at);
  BuildFact fact{.service = std::string(services()[happening.service].name),
                 .number = happening.number};
  fact.tests = 120 + happening.number;
  fact.failed = luck < 0.10 ? 1 + happening.number % 3 : 0;
  fact.lines = 400;
  fact.covered = luck > 0.93 ? 288 : 332 + static_cast<int64_t>(drift * 8);
  fact.new_errors = luck > 0.10 && luck < 0.15 ? 1 : 0;
  return fact;
}

std::string version_of(int64_t number) { return fmt::format("1.{}.0", number); }

std::string commit_of(const Happening& happening) {
  return fmt::format("{:010x}",
                     mixed(static_cast<uint64_t>(happening.number) * 64 + happening.service) >> 24);
}

std::vector<Happening> story(Time end) {
  std::vector<Happening> list;
  const Duration pace{days(kDays).ms / kBuilds};
  for (size_t service = 0; service < services().size(); ++service) {
    for (int64_t number = 1; number <= kBuilds; ++number) {
      const double shift = chance(kMinute, service, static_cast<uint64_t>(number));
      const Time built = end - days(kDays) + pace * (number - 1) +
                         Duration{static_cast<int64_t>(shift * 0.5 * static_cast<double>(pace.ms))};
      list.push_back({Happening::Kind::build, built, service, number});
      list.push_back({Happening::Kind::staging, built + minutes(20), service, number});
      list.push_back({Happening::Kind::production, built + hours(3), service, number});
    }
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const Happening& a, const Happening& b) { return a.time < b.time; });
  return list;
}

/// Tells the story to a house.
class Teller {
 public:
  Teller(wiring::House& house, Clock& clock, Time end) : house_(house), clock_(clock), end_(end) {
    for (auto& row : counted_) row.fill(end - days(kTrafficDays));
  }

  Result<Summary> tell() {
    summary_ = {.services = static_cast<int64_t>(services().size()), .days = kDays};
    clock_.set(end_ - days(kDays) - hours(1));
    TOLLGATE_CHECK(apply_policy());
    for (const Happening& happening : story(end_)) {
      if (happening.time >= end_) continue;
      TOLLGATE_CHECK(tell_until(happening.time));
      clock_.set(happening.time);
      TOLLGATE_CHECK(happening.kind == Happening::Kind::build ? record_build(happening)
                                                              : release(happening));
    }
    TOLLGATE_CHECK(tell_until(end_));
    clock_.set(end_);
    TOLLGATE_CHECK(join_queue());
    for (size_t service = 0; service < services().size(); ++service) {
      for (size_t place = 0; place < kEnvironments.size(); ++place)
        TOLLGATE_CHECK(count_until(service, place, end_));
    }
    TOLLGATE_CHECK(record_next_checkout());
    TOLLGATE_CHECK(trace_checkout());
    clock_.follow_real();
    return summary_;
  }

 private:
  static engine::Caller robot(std::string_view name) {
    return {.actor = {.subject = fmt::format("ci@{}", name),
                      .issuer = "demo",
                      .roles = {"ci"},
                      .on_behalf_of = {}},
            .idempotency_key = {}};
  }

  Result<void> apply_policy() {
    const std::array<model::SourceText, 1> texts = {
        {{.file = "demo.yaml", .text = world_policy() + calendar_policy(end_)}}};
    model::Loaded loaded = model::load(texts);
    Problems problems = std::move(loaded.problems);
    const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
    if (!problems.empty()) return fail(problems.front());
    const engine::Caller caller{
        .actor = {.subject = "ada", .issuer = "demo", .roles = {"admin"}, .on_behalf_of = {}},
        .idempotency_key = {}};
    TOLLGATE_CHECK(house_.engine().apply(bundle, "the first policy", std::nullopt, caller));
    return {};
  }

  /// Counts the traffic of a service up to `time` that is not counted yet.
  Result<void> count_until(size_t service, size_t place, Time time) {
    const ServiceFact& fact = services()[service];
    Time& from = counted_[service][place];
    const Time to{time.ms / kStep.ms * kStep.ms};
    if (to <= from) return {};
    const slo::CellSeries cells = traffic(fact, kEnvironments[place], from, to, end_);
    TOLLGATE_CHECK(house_.add_cells(fmt::format("{}/{}", fact.name, fact.slo),
                                    std::string(kEnvironments[place]), cells));
    from = to;
    return {};
  }

  Result<void> record_reports(const BuildFact& fact, const std::string& version,
                              const std::string& commit, size_t count) {
    std::vector<ReportFile> files = reports_of(fact);
    files.resize(std::min(files.size(), count));
    for (ReportFile& file : files) {
      TOLLGATE_TRY(model::Report report, evidence::read_report(file.bytes, "", file.name));
      TOLLGATE_CHECK(house_.engine().record_evidence({.service = fact.service,
                                                      .version = version,
                                                      .commit = commit,
                                                      .file = std::move(file.name),
                                                      .bytes = std::move(file.bytes),
                                                      .report = std::move(report)},
                                                     robot(fact.service)));
    }
    return {};
  }

  Result<void> record_build(const Happening& happening) {
    ++summary_.releases;
    const bool has_all =
        chance(kBuild + 200, happening.service, static_cast<uint64_t>(happening.number)) > 0.05;
    return record_reports(build_fact(happening), version_of(happening.number), commit_of(happening),
                          has_all ? 3 : 2);
  }

  Result<void> release(const Happening& happening) {
    const size_t place = happening.kind == Happening::Kind::staging ? 0 : 1;
    const std::string service(services()[happening.service].name);
    TOLLGATE_CHECK(count_until(happening.service, place, happening.time));
    const model::GateRequest request{.service = service,
                                     .environment = std::string(kEnvironments[place]),
                                     .version = version_of(happening.number),
                                     .commit = commit_of(happening)};
    TOLLGATE_TRY(const engine::GateAnswer answer, house_.engine().gate(request, robot(service)));
    ++summary_.verdicts;
    if (answer.verdict.outcome != model::Outcome::allow) return {};
    const bool is_bad = place == 1 && chance(kBuild + 300, happening.service,
                                             static_cast<uint64_t>(happening.number)) < 0.06;
    std::string& before = running_[{service, request.environment}];
    for (auto& [at, observation] : told_of({.service = service,
                                   .environment = request.environment,
                                   .version = request.version,
                                   .before = before,
                                   .commit = request.commit,
                                   .at = happening.time,
                                   .number = static_cast<uint64_t>(happening.number),
                                   .is_bad = is_bad})) {
      told_.emplace(at, std::move(observation));
    }
    if (!is_bad) before = request.version;
    clock_.set(happening.time + minutes(7));
    TOLLGATE_CHECK(house_.engine().record_release(
        {.service = service,
         .environment = request.environment,
         .version = request.version,
         .commit = request.commit,
         .result = is_bad ? model::ReleaseResult::rolled_back : model::ReleaseResult::succeeded},
        robot(service)));
    return {};
  }

  /// Records what the world's senders tell up to `time`.
  Result<void> tell_until(Time time) {
    while (!told_.empty() && told_.begin()->first <= time) {
      const auto next = told_.begin();
      clock_.set(next->first);
      TOLLGATE_CHECK(house_.engine().observe({std::move(next->second)}, {}, robot("webhooks")));
      told_.erase(next);
    }
    return {};
  }

  /// Two releases go, two wait.
  Result<void> join_queue() {
    for (const auto& [service, version, is_ready] :
         {std::tuple("search", "1.23.0", true), std::tuple("shipping", "1.23.0", true),
          std::tuple("catalog", "1.23.0", true), std::tuple("inventory", "1.24.0", false)}) {
      TOLLGATE_CHECK(house_.engine().join_queue({.queue = "production",
                                                 .service = service,
                                                 .environment = "production",
                                                 .version = version,
                                                 .is_ready = is_ready},
                                                robot(service)));
    }
    return {};
  }

  /// A build that nobody has asked about yet: the first question of a visitor.
  Result<void> record_next_checkout() {
    const BuildFact fact{
        .service = "checkout", .number = 200, .tests = 148, .lines = 400, .covered = 344};
    return record_reports(fact, "2.0.0", "5f0c2d9a71", 3);
  }

  /// The last two releases of a service by their traces, of yesterday and of now.
  Result<void> trace_checkout() {
    const std::string before = version_of(kBuilds - 1);
    const std::string after = version_of(kBuilds);
    for (const TraceFact& fact :
         {TraceFact{.version = before, .end = end_ - days(1), .query_ms = 30},
          TraceFact{.version = after, .end = end_ - minutes(2), .query_ms = 55}}) {
      clock_.set(fact.end);  // so that these traces are whole when the story ends
      TOLLGATE_CHECK(
          house_.intake().service().submit_and_wait({.encoding = intake::Encoding::otlp_traces_json,
                                                     .source = "demo",
                                                     .bytes = trace_export(fact)}));
    }
    clock_.set(end_);
    return {};
  }

  wiring::House& house_;
  Clock& clock_;
  Time end_;
  Summary summary_;
  std::multimap<Time, model::Observation> told_;  // what will be told, by time
  std::map<std::pair<std::string, std::string>, std::string> running_;  // version by place
  std::array<std::array<Time, 2>, 8>
      counted_{};  // by service and environment: traffic before it is counted
};

}  // namespace

Result<Summary> fill(wiring::House& house, Clock& clock, Time end) {
  Result<Summary> summary = Teller(house, clock, end).tell();
  clock.follow_real();
  return summary;
}

Result<void> keep_alive(wiring::House& house, Time now) {
  for (const ServiceFact& service : services()) {
    const std::string slo = fmt::format("{}/{}", service.name, service.slo);
    for (const std::string_view environment : kEnvironments) {
      TOLLGATE_TRY(const engine::BudgetAnswer answer, house.engine().budget(slo, environment, now));
      const Time from = std::max(answer.reading.watermark, now - days(kTrafficDays));
      const Time to{now.ms / kStep.ms * kStep.ms};
      if (from >= to) continue;
      // Incidents belong to the story and lie behind it.
      const slo::CellSeries cells =
          traffic(service, environment, from, to, now + days(kTrafficDays));
      TOLLGATE_CHECK(house.add_cells(slo, std::string(environment), cells));
    }
  }
  return {};
}

}  // namespace tollgate::demo
