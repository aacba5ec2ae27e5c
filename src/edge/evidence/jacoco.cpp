// JaCoCo XML. The counters right under <report> are the totals; a report without them is counted
// from the <line> elements of its source files.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::evidence {

namespace {

struct Counting {
  std::optional<model::Covered> lines, branches;  // declared for the whole report
  model::Covered line_sum, branch_sum;            // from <line>
};

Result<> read_counter(Counting& counting, const XmlElement& counter) {
  const std::string_view type = counter.text("type");
  if (type != "LINE" && type != "BRANCH") return {};
  TOLLGATE_TRY(const int64_t missed, counter.count("missed"));
  TOLLGATE_TRY(const int64_t covered, counter.count("covered"));
  (type == "LINE" ? counting.lines : counting.branches) =
      model::Covered{.covered = covered, .valid = covered + missed};
  return {};
}

Result<> read_line(Counting& counting, const XmlElement& line) {
  TOLLGATE_TRY(const int64_t instructions_covered, line.count_or("ci", 0));
  TOLLGATE_TRY(const int64_t branches_missed, line.count_or("mb", 0));
  TOLLGATE_TRY(const int64_t branches_covered, line.count_or("cb", 0));
  counting.line_sum.valid += 1;
  counting.line_sum.covered += instructions_covered > 0 ? 1 : 0;
  counting.branch_sum.valid += branches_missed + branches_covered;
  counting.branch_sum.covered += branches_covered;
  return {};
}

bool sniff(const Input& input) {
  return input.xml_name() == "report" && input.bytes.find("<counter") != std::string_view::npos;
}

Result<model::Report> read(const Input& input) {
  Counting counting;
  const auto start = [&](const XmlElement& element) -> Result<> {
    if (element.ancestors.empty() && element.name != "report") {
      return fail(codes::bad_report, "the root is not <report>");
    }
    if (element.name == "counter" && element.ancestors.size() == 1) {
      return read_counter(counting, element);
    }
    if (element.name == "line" && element.parent() == "sourcefile") {
      return read_line(counting, element);
    }
    return {};
  };
  TOLLGATE_CHECK(read_xml(input.bytes, {.start = start}));
  model::Report report;
  report.lines = counting.lines.value_or(counting.line_sum);
  const model::Covered branches = counting.branches.value_or(counting.branch_sum);
  if (branches.valid > 0) report.branches = branches;
  return report;
}

}  // namespace

extern const FormatDef kJacoco = {.name = "jacoco",
                                  .kind = model::ReportKind::coverage,
                                  .title = "JaCoCo XML",
                                  .doc = "LINE and BRANCH counters of the report.",
                                  .sniff = sniff,
                                  .read = read};

}  // namespace tollgate::evidence
