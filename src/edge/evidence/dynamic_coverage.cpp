// XML export of Microsoft's dynamic code coverage (CodeCoverage.exe, dotnet-coverage): lines of
// every module. A partially covered line is coverable and not covered, as in its own line_coverage.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::evidence {

namespace {

bool sniff(const Input& input) {
  return (input.xml_name() == "results" || input.xml_name() == "root") &&
         input.bytes.find("lines_partially_covered") != std::string_view::npos;
}

Result<model::Report> read(const Input& input) {
  model::Covered lines;
  bool has_module = false;
  const auto start = [&](const XmlElement& element) -> Result<> {
    if (element.name != "module" || element.parent() != "modules") return {};
    TOLLGATE_TRY(const int64_t covered, element.count("lines_covered"));
    TOLLGATE_TRY(const int64_t partial, element.count("lines_partially_covered"));
    TOLLGATE_TRY(const int64_t missed, element.count("lines_not_covered"));
    has_module = true;
    lines.covered += covered;
    lines.valid += covered + partial + missed;
    return {};
  };
  TOLLGATE_CHECK(read_xml(input.bytes, {.start = start}));
  if (!has_module) return fail(codes::bad_report, "the report has no <module> with line counts");
  model::Report report;
  report.lines = lines;
  return report;
}

}  // namespace

extern const FormatDef kDynamicCoverage = {
    .name = "dynamic-coverage",
    .kind = model::ReportKind::coverage,
    .title = "Microsoft dynamic code coverage XML",
    .doc = "Lines of all modules; partially covered lines are not covered.",
    .sniff = sniff,
    .read = read};

}  // namespace tollgate::evidence
