// xUnit.net v1 and v2 XML (<assemblies> or <assembly>), also written by Fixie. The rows of a theory
// are runs of one test, its method.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::evidence {

namespace {

Outcome outcome_of(const XmlElement& test) {
  const std::string result = lower_case(test.text("result"));
  if (result == "fail") return Outcome::failed;
  return result == "skip" || result == "notrun" ? Outcome::skipped : Outcome::passed;
}

bool sniff(const Input& input) {
  return input.xml_name() == "assemblies" || input.xml_name() == "assembly";
}

Result<model::Report> read(const Input& input) {
  TestTally tally;
  const auto start = [&](const XmlElement& element) -> Result<> {
    const bool is_root = element.ancestors.empty();
    if (is_root && element.name != "assemblies" && element.name != "assembly") {
      return fail(codes::bad_report, "the root is not <assemblies>");
    }
    if (element.name == "error" && element.parent() == "errors") {
      tally.add(element.text("type"), element.text("name"), Outcome::error);
    }
    if (element.name != "test") return {};
    const std::string_view method = element.text("method");
    tally.add(element.text("type"), method.empty() ? element.text("name") : method,
              outcome_of(element));
    tally.add_duration(element.seconds_ms("time"));
    return {};
  };
  TOLLGATE_CHECK(read_xml(input.bytes, {.start = start}));
  return tally.report();
}

}  // namespace

extern const FormatDef kXunit = {
    .name = "xunit",
    .kind = model::ReportKind::tests,
    .title = "xUnit.net XML (also Fixie)",
    .doc = "Tests by type and method; errors outside tests count as failed tests.",
    .sniff = sniff,
    .read = read};

}  // namespace tollgate::evidence
