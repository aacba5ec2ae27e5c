// Figures of services from their records: what counts as a deployment, a failure and its remedy.
#include "domain/delivery/service_figures.hpp"

#include "domain/delivery/record_index.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tollgate::delivery {
namespace {

using model::DeploymentKind;
using model::DeploymentStatus;

constexpr int64_t kHour = 3600;
Time at(int64_t hour) { return {hour * kHour * 1000}; }

Deployment deployment(const std::string& version, int64_t hour,
                      DeploymentKind kind = DeploymentKind::planned,
                      DeploymentStatus status = DeploymentStatus::succeeded) {
  return {.service = "a",
          .environment = "production",
          .id = "x:" + version + "@" + std::to_string(hour),
          .version = version,
          .status = status,
          .kind = kind,
          .begin = at(hour),
          .end = at(hour + 1)};
}

ServiceFigures figures(const Place& place, RecordRules rules = {}) {
  if (rules.now.ms == 0) rules.now = at(10'000);
  return service_figures({&place, 1}, rules);
}

TEST(ServiceFigures, RollbacksAndRedeploysAreNoDeploymentsAndWhatNobodyMetIsNothing) {
  Place place{.service = "a", .environment = "production"};
  Deployment before_traffic =
      deployment("3", 30, DeploymentKind::planned, DeploymentStatus::failed);
  Deployment aborted = deployment("4", 40, DeploymentKind::planned, DeploymentStatus::failed);
  aborted.took_traffic = true;
  place.deployments = {deployment("1", 0),
                       deployment("2", 10),
                       deployment("1", 20, DeploymentKind::rollback),
                       before_traffic,
                       aborted,
                       deployment("1", 50, DeploymentKind::redeploy)};
  const ServiceFigures result = figures(place);
  EXPECT_EQ(result.deployments, 3) << "1, 2 and the canary that users met";
  EXPECT_EQ(result.by_kind.at(DeploymentKind::rollback), 1);
  EXPECT_EQ(result.failures.hits, 2);
  EXPECT_EQ(result.failures.of, 3);
  EXPECT_EQ(result.failed[0].evidence, FailureEvidence::rolled_back);
  EXPECT_EQ(result.failed[1].evidence, FailureEvidence::aborted);
  EXPECT_EQ(result.gap.n, 2);
  EXPECT_EQ(result.rework.hits, 1);
  EXPECT_EQ(result.rework.of, 4) << "a redeploy counts in neither";
  EXPECT_EQ(result.rollbacks.hits, 1);
}

TEST(ServiceFigures, ADeploymentFailsOnceHoweverManyIncidentsAndOnlyANamedCauseCounts) {
  Place place{.service = "a", .environment = "production"};
  place.deployments = {deployment("1", 0), deployment("2", 10), deployment("3", 20)};
  const auto incident = [](const std::string& id, int64_t hour, const std::string& cause) {
    return Incident{.id = id, .service = "a", .opened = at(hour), .caused_by = cause};
  };
  place.incidents = {incident("I1", 12, "2"), incident("I2", 13, "2"), incident("I3", 22, "")};
  RecordRules rules{.now = at(10'000), .has_incident_source = true};
  const ServiceFigures result = figures(place, rules);
  EXPECT_EQ(result.failures.hits, 1);
  EXPECT_EQ(result.failures.of, 3);
  EXPECT_EQ(result.failed[0].by, "I1");
  ASSERT_EQ(result.proposals.size(), 1u);
  EXPECT_EQ(result.proposals[0].incident, "I3");
  EXPECT_EQ(result.restore.open, 1) << "nobody said that it was over";
  ASSERT_TRUE(result.restore.at_least_s);
  EXPECT_EQ(*result.restore.at_least_s, (10'000 - 11) * kHour);
}

TEST(ServiceFigures, YoungDeploymentsAreUndeterminedAndWithoutIncidentsThereIsNoData) {
  Place place{.service = "a", .environment = "production"};
  place.deployments = {deployment("1", 0), deployment("2", 900)};
  const ServiceFigures result = figures(place, {.now = at(1000)});
  EXPECT_EQ(result.undetermined, 1);
  EXPECT_EQ(result.failures.of, 1);
  EXPECT_FALSE(result.has_failure_data);
  EXPECT_TRUE(figures(place, {.now = at(1000), .has_incident_source = true}).has_failure_data);
}

TEST(ServiceFigures, ChangesAreShippedByTheFirstDeploymentThatNamesThemOrALaterOne) {
  Place place{.service = "a", .environment = "production"};
  const auto change = [](const std::string& commit, int64_t hour) {
    return Change{.id = commit, .at = at(hour), .commit = commit};
  };
  place.changes = {change("c1", 0), change("c2", 10), change("c3", 12), change("c4", 30)};
  Deployment first = deployment("1", 4);
  first.commit = "c1";
  Deployment second = deployment("2", 19);
  second.commit = "c3";
  Deployment again = deployment("3", 24);
  again.commit = "c3";
  Deployment stranger = deployment("4", 40);
  stranger.commit = "zz";
  place.deployments = {first, second, again, stranger};
  const ServiceFigures result = figures(place);
  EXPECT_EQ(result.lead_time.no_predecessor, 1);
  EXPECT_EQ(result.lead_time.n, 2);
  EXPECT_EQ(result.lead_time.median->value, 9 * kHour) << "10 and 8 hours until hour 20";
  EXPECT_EQ(result.unknown_changes, 1);
}

TEST(ServiceFigures, OpenFailuresPushTheMedianAwayInsteadOfBeingDropped) {
  EXPECT_EQ(open_spans({10, 20, 30}, {}).median->value, 20);
  EXPECT_EQ(open_spans({10, 20, 30}, {100, 100}).median->value, 30);
  const OpenSpans mostly_open = open_spans({10}, {100, 200});
  EXPECT_FALSE(mostly_open.median);
  EXPECT_EQ(*mostly_open.at_least_s, 200);
  EXPECT_EQ(open_spans({10, 20}, {5}).median->value, 10) << "a young one says little";
}

TEST(ServiceFigures, TheLedgerUpToAPositionIsWhatWasKnownThen) {
  model::DeploymentObserved observed{.service = "a",
                                     .environment = "production",
                                     .id = "7",
                                     .status = DeploymentStatus::succeeded,
                                     .at = at(5),
                                     .started = at(4),
                                     .version = "1"};
  model::IncidentObserved incident{.service = "a", .id = "I", .at = at(6), .caused_by = "1"};
  DeliveryRecords records;
  records.take({.position = 0, .data = observed});
  EXPECT_FALSE(records.has_incident_source());
  const DeploymentBook::Place name{.service = "a", .environment = "production"};
  EXPECT_EQ(figures(*records.place(name)).failures.hits, 0);
  records.take({.position = 1, .data = incident});
  EXPECT_TRUE(records.has_incident_source());
  EXPECT_EQ(figures(*records.place(name)).failures.hits, 1);
}

TEST(ServiceFigures, TheKindThatFollowsFromAVerdictCountsAsItShows) {
  model::VerdictGiven given{.decision = "d", .verdict = {.outcome = model::Outcome::allow}};
  given.verdict.request = {.service = "a",
                           .environment = "production",
                           .version = "1",
                           .change_class = model::ChangeClass::fix};
  DeliveryRecords records;
  const DeploymentBook::Place name{.service = "a", .environment = "production"};
  records.take({.position = 0,
                .data = model::DeploymentObserved{.service = "a",
                                                  .environment = "production",
                                                  .id = "7",
                                                  .status = DeploymentStatus::succeeded,
                                                  .at = at(5),
                                                  .started = at(4),
                                                  .version = "1"}});
  EXPECT_EQ(records.place(name)->deployments.at(0).kind, model::DeploymentKind::planned);
  const PlaceRevision before = records.revision(name);
  EXPECT_TRUE(records.take({.position = 1, .time = at(3), .data = given}));
  EXPECT_LT(before, records.revision(name)) << "what was merged before is out of date";
  EXPECT_EQ(records.place(name)->deployments.at(0).kind, model::DeploymentKind::hotfix);
  EXPECT_EQ(figures(*records.place(name)).rework.hits, 1);

  given.verdict.request.change_class = model::ChangeClass::normal;
  given.verdict.request.environment = "staging";
  const DeploymentBook::Place staging{.service = "a", .environment = "staging"};
  const PlaceRevision quiet = records.revision(staging);
  EXPECT_TRUE(records.take({.position = 2, .time = at(3), .data = given}));
  EXPECT_EQ(records.revision(staging), quiet) << "usual verdicts change no kind";
}

TEST(ServiceFigures, AnIndexFindsWhatLookingAtEverythingWouldFind) {
  std::mt19937 random(7);
  const auto pick = [&random](uint32_t count) {
    return std::to_string(static_cast<uint32_t>(random()) % count);
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<Change> changes(random() % 12);
    for (Change& change : changes) {
      if (random() % 3 != 0) change.commit = pick(8);
      if (random() % 3 == 0) change.version = pick(8);
      for (auto i = random() % 3; i > 0; --i) change.commits.push_back({.commit = pick(8)});
    }
    std::vector<Incident> incidents(random() % 8);
    for (Incident& incident : incidents) {
      if (random() % 4 != 0) incident.caused_by = random() % 5 == 0 ? "b:" + pick(8) : pick(8);
    }
    Deployment asked = deployment(random() % 4 == 0 ? "" : pick(8), 0);
    if (random() % 2 == 0) asked.commit = pick(8);
    asked.id = "a:b:" + pick(8);

    size_t shipped = 0;
    for (size_t i = 0; i < changes.size(); ++i) {
      const Change& change = changes[i];
      bool is_named = (!asked.commit.empty() && change.commit == asked.commit) ||
                      (!asked.version.empty() && change.version == asked.version);
      for (const model::ChangeCommit& commit : change.commits)
        is_named = is_named || (!asked.commit.empty() && commit.commit == asked.commit);
      if (is_named) shipped = i + 1;
    }
    EXPECT_EQ(ChangeIndex(changes).shipped_until(asked), shipped) << round;

    std::set<size_t> naming;
    for (size_t i = 0; i < incidents.size(); ++i) {
      const std::string& cause = incidents[i].caused_by;
      if (!cause.empty() && (cause == asked.version || cause == asked.commit || cause == asked.id ||
                             asked.id.ends_with(":" + cause)))
        naming.insert(i);
    }
    EXPECT_EQ(CauseIndex(incidents).naming(asked), naming) << round;
  }
}

/// 09:00 in New York, on Monday to Friday of the week that begins on 2026-03-02, and late on the
/// Sunday before: 23:30 there, Monday in UTC.
TEST(ServiceFigures, DaysAndWeeksAreThoseOfTheServicesZone) {
  const Time monday{1'772'427'600'000};  // 2026-03-02T00:00-05:00
  const calendar::Zone new_york{
      .name = "America/New_York",
      .transitions = {{Time{0}, hours(-5)}, {Time{1'772'953'200'000}, hours(-4)}}};
  Place place{.service = "a", .environment = "production"};
  const auto add = [&place](const std::string& version, Time end) {
    Deployment one = deployment(version, 0);
    one.begin = end - minutes(1);
    one.end = end;
    place.deployments.push_back(one);
  };
  add("0", monday - minutes(30));
  for (int64_t day = 0; day < 5; ++day) add(std::to_string(day + 1), monday + days(day) + hours(9));
  add("5b", monday + days(4) + hours(10));
  // The clock goes forward in the second week, so that the third one ends an hour early.
  RecordRules rules{.since = monday - days(7), .until = monday + days(14) - hours(1)};
  rules.now = *rules.until;
  rules.zone = new_york;
  EXPECT_EQ(figures(place, rules).days.weeks, 3);
  EXPECT_EQ(*figures(place, rules).days.median, 1) << "one day, five days, and none";
  rules.until = *rules.until - milliseconds(1);
  EXPECT_EQ(figures(place, rules).days.weeks, 2) << "the last week is not over";
  EXPECT_EQ(*figures(place, rules).days.median, 3) << "two deployments on one day are one day";
  rules.zone = {};
  EXPECT_EQ(figures(place, rules).days.weeks, 2) << "in UTC the Sunday is a Monday";
  EXPECT_EQ(*figures(place, rules).days.median, 2.5) << "five days and none";
  rules.since = monday - days(70);
  EXPECT_EQ(figures(place, rules).days.weeks, 2) << "nothing is known of the weeks before";
}

}  // namespace
}  // namespace tollgate::delivery
