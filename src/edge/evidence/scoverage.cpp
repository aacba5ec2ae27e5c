// scoverage XML (Scala). It counts statements; they stand for lines.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::evidence {

namespace {

bool sniff(const Input& input) { return input.xml_name() == "scoverage"; }

Result<model::Report> read(const Input& input) {
  model::Report report;
  model::Covered branches;
  const auto start = [&](const XmlElement& element) -> Result<> {
    if (element.ancestors.empty()) {
      if (element.name != "scoverage")
        return fail(codes::bad_report, "the root is not <scoverage>");
      TOLLGATE_TRY(const int64_t valid, element.count("statement-count"));
      TOLLGATE_TRY(const int64_t covered, element.count("statements-invoked"));
      TOLLGATE_TRY(report.lines, covered_of(covered, valid));
    } else if (element.name == "statement" && element.text("branch") == "true" &&
               element.text("ignored") != "true") {
      TOLLGATE_TRY(const int64_t count, element.count_or("invocation-count", 0));
      branches.valid += 1;
      branches.covered += count > 0 ? 1 : 0;
    }
    return {};
  };
  TOLLGATE_CHECK(read_xml(input.bytes, {.start = start}));
  if (branches.valid > 0) report.branches = branches;
  return report;
}

}  // namespace

extern const FormatDef kScoverage = {.name = "scoverage",
                                     .kind = model::ReportKind::coverage,
                                     .title = "scoverage XML (Scala)",
                                     .doc = "Statements as lines, branch statements as branches.",
                                     .sniff = sniff,
                                     .read = read};

}  // namespace tollgate::evidence
