// JUnit XML in its many dialects (surefire, gradle, pytest, jest, mocha, bazel, gtest, ctest, go).
// Suites nest, totals of suites are often wrong or missing: test cases are counted. Only a file
// without any case is believed its suites' totals.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::evidence {

namespace {

/// Sums of the outermost suites; nested suites are part of them.
struct SuiteTotals {
  int64_t tests = 0, failed = 0, skipped = 0, duration_ms = 0;
};

struct Counting {
  TestTally tally;
  SuiteTotals totals;
  bool has_suite = false, has_case = false;
  std::optional<Error> problem;     // of the totals
  std::vector<std::string> suites;  // names of the open ones, outermost first
  // the case that is open
  std::string group, name;
  Outcome outcome = Outcome::passed;
  bool is_open = false;
};

/// What gtest, tst and others write into attributes instead of elements.
Outcome outcome_of_attributes(const XmlElement& test) {
  constexpr std::string_view kSkipped[] = {"disabled", "notrun", "skipped", "ignored",
                                           "suppressed"};
  for (const std::string_view key : {"status", "result"}) {
    const std::string value = lower_case(test.text(key));
    for (const auto word : kSkipped) {
      if (value == word) return Outcome::skipped;
    }
  }
  return Outcome::passed;
}

Result<> add_totals(SuiteTotals& totals, const XmlElement& suite) {
  TOLLGATE_TRY(const int64_t tests, suite.count_or("tests", 0));
  TOLLGATE_TRY(const int64_t failures, suite.count_or("failures", 0));
  TOLLGATE_TRY(const int64_t errors, suite.count_or("errors", 0));
  TOLLGATE_TRY(const int64_t skipped, suite.count_or("skipped", 0));
  TOLLGATE_TRY(const int64_t disabled, suite.count_or("disabled", 0));
  totals.tests += tests;
  totals.failed += failures + errors;
  totals.skipped += skipped + disabled;
  return {};
}

/// Totals that make no sense matter only if there is no case to count.
void open_suite(Counting& counting, const XmlElement& suite) {
  counting.has_suite = true;
  counting.suites.emplace_back(suite.text("name"));
  if (suite.parent() == "testsuite") return;
  counting.totals.duration_ms += suite.seconds_ms("time");
  auto added = add_totals(counting.totals, suite);
  if (!added) counting.problem = std::move(added).error();
}

void open_case(Counting& counting, const XmlElement& test) {
  counting.has_case = counting.is_open = true;
  counting.group = test.text("classname");
  if (counting.group.empty() && !counting.suites.empty()) counting.group = counting.suites.back();
  counting.name = test.text("name");
  counting.outcome = outcome_of_attributes(test);
  counting.tally.add_duration(test.seconds_ms("time"));
}

void close_case(Counting& counting) {
  if (!counting.is_open) return;
  counting.tally.add(counting.group, counting.name, counting.outcome);
  counting.is_open = false;
}

/// <failure> and <error> outdo <skipped>, which outdoes passing; in any order.
void judge(Counting& counting, std::string_view child) {
  if (child == "error") {
    counting.outcome = Outcome::error;
  } else if (child == "failure") {
    counting.outcome = std::max(counting.outcome, Outcome::failed);
  } else if (child == "skipped" && counting.outcome == Outcome::passed) {
    counting.outcome = Outcome::skipped;
  }
}

bool sniff(const Input& input) {
  return input.xml_name() == "testsuites" || input.xml_name() == "testsuite";
}

Result<model::Report> read(const Input& input) {
  Counting counting;
  const auto start = [&](const XmlElement& element) -> Result<> {
    if (element.name == "testsuite") open_suite(counting, element);
    if (element.name == "testcase") open_case(counting, element);
    if (counting.is_open && element.parent() == "testcase") judge(counting, element.name);
    return {};
  };
  const auto end = [&](std::string_view name) -> Result<> {
    if (name == "testsuite") counting.suites.pop_back();
    if (name == "testcase") close_case(counting);
    return {};
  };
  TOLLGATE_CHECK(read_xml(input.bytes, {.start = start, .end = end}));
  const SuiteTotals& totals = counting.totals;
  if (!counting.has_case && !counting.has_suite && !sniff(input)) {
    return fail(codes::bad_report, "there is no <testsuite>");
  }
  if (!counting.has_case && counting.problem) return fail(std::move(*counting.problem));
  if (!counting.has_case) {
    return tests_report(totals.tests, totals.failed, totals.skipped, totals.duration_ms);
  }
  model::Report report = counting.tally.report();
  if (totals.duration_ms > 0) report.duration_ms = totals.duration_ms;
  return report;
}

}  // namespace

extern const FormatDef kJunit = {
    .name = "junit",
    .kind = model::ReportKind::tests,
    .title = "JUnit XML (surefire, gradle, pytest, jest, mocha, bazel, gtest, ctest)",
    .doc = "Test cases by class (else suite) and name; totals of suites if there are no cases.",
    .sniff = sniff,
    .read = read};

}  // namespace tollgate::evidence
