// NUnit 2 (<test-results>) and NUnit 3 (<test-run>): nested <test-suite> with <test-case> leaves.
// The totals of the root leave out tests that did not run, so the cases are counted.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::evidence {

namespace {

struct Counting {
  TestTally tally;
  std::string group, name;
  Outcome outcome = Outcome::passed;
  bool is_open = false;
};

Outcome outcome_of(const XmlElement& test) {
  const std::string result = lower_case(test.text("result"));
  if (result == "error") return Outcome::error;
  if (result == "failed" || result == "failure") return Outcome::failed;
  for (const auto word : {"skipped", "ignored", "inconclusive", "notrunnable", "explicit"}) {
    if (result == word) return Outcome::skipped;
  }
  if (lower_case(test.text("executed")) == "false") return Outcome::skipped;
  if (result.empty() && lower_case(test.text("success")) == "false") return Outcome::failed;
  return Outcome::passed;
}

void open_case(Counting& counting, const XmlElement& test) {
  counting.is_open = true;
  counting.group = test.text("classname");
  counting.name = test.find("fullname").value_or(test.text("name"));
  counting.outcome = outcome_of(test);
  const std::string_view seconds = test.find("duration") ? "duration" : "time";
  counting.tally.add_duration(test.seconds_ms(seconds));
}

Result<model::Report> read_cases(const Input& input, std::string_view root) {
  Counting counting;
  const auto start = [&](const XmlElement& element) -> Result<> {
    const bool is_root = element.ancestors.empty();
    if (is_root && element.name != root && element.name != "test-suite") {
      return fail(codes::bad_report, "the root is not <{}>", root);
    }
    if (element.name == "test-case") open_case(counting, element);
    if (counting.is_open && element.name == "failure" && element.parent() == "test-case") {
      counting.outcome = std::max(counting.outcome, Outcome::failed);
    }
    return {};
  };
  const auto end = [&](std::string_view name) -> Result<> {
    if (name != "test-case" || !counting.is_open) return {};
    counting.tally.add(counting.group, counting.name, counting.outcome);
    counting.is_open = false;
    return {};
  };
  TOLLGATE_CHECK(read_xml(input.bytes, {.start = start, .end = end}));
  return counting.tally.report();
}

}  // namespace

extern const FormatDef kNunit2 = {
    .name = "nunit2",
    .kind = model::ReportKind::tests,
    .title = "NUnit 2 XML",
    .doc = "Test cases; ignored, not runnable and inconclusive ones are skipped.",
    .sniff = [](const Input& input) { return input.xml_name() == "test-results"; },
    .read = [](const Input& input) { return read_cases(input, "test-results"); }};

extern const FormatDef kNunit3 = {
    .name = "nunit3",
    .kind = model::ReportKind::tests,
    .title = "NUnit 3 XML",
    .doc = "Test cases; skipped and inconclusive ones are skipped.",
    .sniff =
        [](const Input& input) {
          return input.xml_name() == "test-run" || input.xml_name() == "test-suite";
        },
    .read = [](const Input& input) { return read_cases(input, "test-run"); }};

}  // namespace tollgate::evidence
