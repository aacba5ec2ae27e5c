// Generic coverage of SonarQube: <coverage version="1"> with a <lineToCover> for every line.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::evidence {

namespace {

bool sniff(const Input& input) {
  return input.xml_name() == "coverage" &&
         input.bytes.find("<lineToCover") != std::string_view::npos;
}

Result<> read_line(model::Covered& lines, model::Covered& branches, const XmlElement& line) {
  TOLLGATE_TRY(const int64_t valid, line.count_or("branchesToCover", 0));
  TOLLGATE_TRY(const int64_t covered, line.count_or("coveredBranches", 0));
  TOLLGATE_CHECK(covered_of(covered, valid));
  lines.valid += 1;
  lines.covered += line.text("covered") == "true" ? 1 : 0;
  branches.valid += valid;
  branches.covered += covered;
  return {};
}

Result<model::Report> read(const Input& input) {
  model::Covered lines, branches;
  const auto start = [&](const XmlElement& element) -> Result<> {
    if (element.ancestors.empty() && element.name != "coverage") {
      return fail(codes::bad_report, "the root is not <coverage>");
    }
    const bool is_line = element.name == "lineToCover";
    return is_line ? read_line(lines, branches, element) : Result<>();
  };
  TOLLGATE_CHECK(read_xml(input.bytes, {.start = start}));
  model::Report report;
  report.lines = lines;
  if (branches.valid > 0) report.branches = branches;
  return report;
}

}  // namespace

extern const FormatDef kSonarCoverage = {.name = "sonar-coverage",
                                         .kind = model::ReportKind::coverage,
                                         .title = "SonarQube generic coverage",
                                         .doc = "Lines and branches to cover.",
                                         .sniff = sniff,
                                         .read = read};

}  // namespace tollgate::evidence
