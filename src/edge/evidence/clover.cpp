// Clover XML (OpenClover, PHPUnit, istanbul). Statements are its lines and conditionals its
// branches; test code (<testproject>) is left out.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::evidence {

namespace {

struct Counting {
  std::optional<model::Covered> statements, conditionals;  // metrics of the project
  model::Covered line_sum, branch_sum;                     // from <line>
};

Result<> read_metrics(Counting& counting, const XmlElement& metrics) {
  TOLLGATE_TRY(const int64_t statements, metrics.count("statements"));
  TOLLGATE_TRY(const int64_t covered, metrics.count("coveredstatements"));
  TOLLGATE_TRY(counting.statements, covered_of(covered, statements));
  TOLLGATE_TRY(const int64_t conditionals, metrics.count_or("conditionals", 0));
  TOLLGATE_TRY(const int64_t taken, metrics.count_or("coveredconditionals", 0));
  TOLLGATE_TRY(counting.conditionals, covered_of(taken, conditionals));
  return {};
}

Result<> read_line(Counting& counting, const XmlElement& line) {
  if (line.text("type") == "cond") {
    TOLLGATE_TRY(const int64_t true_count, line.count_or("truecount", 0));
    TOLLGATE_TRY(const int64_t false_count, line.count_or("falsecount", 0));
    counting.branch_sum.valid += 2;
    counting.branch_sum.covered += (true_count > 0 ? 1 : 0) + (false_count > 0 ? 1 : 0);
  } else if (line.text("type") == "stmt") {
    TOLLGATE_TRY(const int64_t count, line.count_or("count", 0));
    counting.line_sum.valid += 1;
    counting.line_sum.covered += count > 0 ? 1 : 0;
  }
  return {};
}

bool sniff(const Input& input) {
  return input.xml_name() == "coverage" &&
         (input.xml->has("clover") || input.xml->has("generated"));
}

Result<model::Report> read(const Input& input) {
  Counting counting;
  const auto start = [&](const XmlElement& element) -> Result<> {
    const auto& path = element.ancestors;
    if (path.empty() && element.name != "coverage") {
      return fail(codes::bad_report, "the root is not <coverage>");
    }
    if (path.size() < 2 || path[1] != "project") return {};
    if (element.name == "metrics" && path.size() == 2) return read_metrics(counting, element);
    if (element.name == "line") return read_line(counting, element);
    return {};
  };
  TOLLGATE_CHECK(read_xml(input.bytes, {.start = start}));
  model::Report report;
  report.lines = counting.statements.value_or(counting.line_sum);
  const model::Covered branches = counting.conditionals.value_or(counting.branch_sum);
  if (branches.valid > 0) report.branches = branches;
  return report;
}

}  // namespace

extern const FormatDef kClover = {.name = "clover",
                                  .kind = model::ReportKind::coverage,
                                  .title = "Clover XML (OpenClover, PHPUnit, istanbul)",
                                  .doc = "Statements as lines, conditionals as branches.",
                                  .sniff = sniff,
                                  .read = read};

}  // namespace tollgate::evidence
