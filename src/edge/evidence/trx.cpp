// TRX of Visual Studio and `dotnet test` (MSTest, NUnit, xUnit adapters). The counters of the
// summary leave out skipped tests, so the results are counted; rows of a data-driven test
// (<InnerResults>) belong to their test.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::evidence {

namespace {

constexpr int64_t kHoursMax = 100'000;

Outcome outcome_of(std::string_view outcome) {
  if (outcome == "Error") return Outcome::error;
  if (outcome == "Failed" || outcome == "Timeout") return Outcome::failed;
  for (const auto word : {"Passed", "PassedButRunAborted", "Completed", "Warning"}) {
    if (outcome == word) return Outcome::passed;
  }
  return Outcome::skipped;  // NotExecuted, NotRunnable, Aborted, Inconclusive, Disconnected,
                            // Pending
}

/// "00:01:02.5000000" in milliseconds; 0 if it is anything else.
int64_t clock_ms(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 3) return 0;
  const auto hours = parse_integer(parts[0]), minutes = parse_integer(parts[1]);
  const auto seconds = parse_number(parts[2]);
  const bool is_clock = hours && minutes && seconds && *hours >= 0 && *hours <= kHoursMax &&
                        *minutes >= 0 && *minutes < 60 && *seconds >= 0 && *seconds < 61;
  if (!is_clock) return 0;
  return (*hours * 60 + *minutes) * 60'000 + static_cast<int64_t>(*seconds * 1000);
}

/// Results are named <UnitTestResult>, <GenericTestResult>, <ManualTestResult>, ...
bool is_result(const XmlElement& element) {
  return element.name.ends_with("TestResult") && element.parent() == "Results";
}

bool sniff(const Input& input) { return input.xml_name() == "TestRun"; }

Result<model::Report> read(const Input& input) {
  TestTally tally;
  const auto start = [&](const XmlElement& element) -> Result<> {
    if (element.ancestors.empty() && element.name != "TestRun") {
      return fail(codes::bad_report, "the root is not <TestRun>");
    }
    if (!is_result(element)) return {};
    const std::string name = fmt::format("{}#{}", element.text("testName"), element.text("testId"));
    tally.add({}, name, outcome_of(element.text("outcome")));
    tally.add_duration(clock_ms(element.text("duration")));
    return {};
  };
  TOLLGATE_CHECK(read_xml(input.bytes, {.start = start}));
  model::Report report = tally.report();
  for (auto& failure : report.failures)
    failure.resize(std::min(failure.rfind('#'), failure.size()));
  return report;
}

}  // namespace

extern const FormatDef kTrx = {
    .name = "trx",
    .kind = model::ReportKind::tests,
    .title = "TRX (Visual Studio, dotnet test: MSTest, NUnit, xUnit)",
    .doc = "Results by outcome; not executed, not runnable and aborted ones are skipped.",
    .sniff = sniff,
    .read = read};

}  // namespace tollgate::evidence
