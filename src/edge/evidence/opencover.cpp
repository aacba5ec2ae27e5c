// OpenCover XML (OpenCover, coverlet, altcover). Sequence points stand for lines; the <Summary>
// right under the session holds the totals.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::evidence {

namespace {

bool sniff(const Input& input) { return input.xml_name() == "CoverageSession"; }

Result<model::Report> read(const Input& input) {
  model::Report report;
  const auto start = [&](const XmlElement& element) -> Result<> {
    if (element.name != "Summary" || element.parent() != "CoverageSession") return {};
    TOLLGATE_TRY(const int64_t points, element.count("numSequencePoints"));
    TOLLGATE_TRY(const int64_t visited, element.count("visitedSequencePoints"));
    TOLLGATE_TRY(report.lines, covered_of(visited, points));
    TOLLGATE_TRY(const int64_t branches, element.count_or("numBranchPoints", 0));
    TOLLGATE_TRY(const int64_t taken, element.count_or("visitedBranchPoints", 0));
    TOLLGATE_TRY(const auto of_branches, covered_of(taken, branches));
    if (branches > 0) report.branches = of_branches;
    return {};
  };
  TOLLGATE_CHECK(read_xml(input.bytes, {.start = start}));
  if (!report.lines) return fail(codes::bad_report, "the session has no <Summary>");
  return report;
}

}  // namespace

extern const FormatDef kOpencover = {.name = "opencover",
                                     .kind = model::ReportKind::coverage,
                                     .title = "OpenCover XML (OpenCover, coverlet, altcover)",
                                     .doc = "Sequence points as lines, branch points.",
                                     .sniff = sniff,
                                     .read = read};

}  // namespace tollgate::evidence
