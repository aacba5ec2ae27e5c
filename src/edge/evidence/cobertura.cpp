// Cobertura XML (Cobertura, coverage.py, gcovr, coverlet, dotnet-coverage, altcover).
// Totals of the root element are taken if they are there. Otherwise the lines of every class are
// counted, without those that <method> repeats: by number, or one by one where that meets the
// declared line-rate better (altcover lists a line once for each method on it). Where neither meets
// it, the file was cut down to a part, and the declared rate stands, as parts per million.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <array>
#include <cmath>
#include <string>

namespace tollgate::evidence {

namespace {

constexpr double kRateTolerance = 0.005;
constexpr double kPpm = 1'000'000;

struct Counting {
  int64_t class_index = 0;
  CoveredSet<std::pair<int64_t, int64_t>> lines;  // class, line number
  model::Covered line_elements;
  model::Covered branches;
};

/// Adds "50% (1/2)". Anything else adds nothing.
void add_conditions(model::Covered& branches, std::string_view text) {
  const size_t open = text.find('('), slash = text.find('/'), close = text.find(')');
  if (open == std::string_view::npos || slash == std::string_view::npos ||
      close == std::string_view::npos || !(open < slash && slash < close)) {
    return;
  }
  const auto covered = parse_integer(text.substr(open + 1, slash - open - 1));
  const auto valid = parse_integer(text.substr(slash + 1, close - slash - 1));
  if (!covered || !valid || *covered < 0 || *valid < *covered || *valid > kXmlCountMax) return;
  branches.covered += *covered;
  branches.valid += *valid;
}

Result<> count_line(Counting& counting, const XmlElement& line) {
  const auto& path = line.ancestors;
  const bool is_of_class = path.size() >= 2 && path.back() == "lines" && line.name == "line" &&
                           path[path.size() - 2] == "class";
  if (!is_of_class) return {};
  TOLLGATE_TRY(const int64_t number, line.count("number"));
  const auto hits = parse_number(trim(line.text("hits")));
  const bool is_covered = hits && *hits > 0;
  counting.lines.add({counting.class_index, number}, is_covered);
  counting.line_elements.valid += 1;
  counting.line_elements.covered += is_covered ? 1 : 0;
  add_conditions(counting.branches, line.text("condition-coverage"));
  return {};
}

/// Declared totals of the root, if it has them.
Result<std::optional<model::Covered>> declared_totals(const XmlElement& root,
                                                      std::string_view kind) {
  const std::string valid_key = std::string(kind) + "-valid";
  const std::string covered_key = std::string(kind) + "-covered";
  if (!root.find(valid_key) || !root.find(covered_key)) return std::optional<model::Covered>();
  TOLLGATE_TRY(const int64_t valid, root.count(valid_key));
  TOLLGATE_TRY(const int64_t covered, root.count(covered_key));
  TOLLGATE_TRY(const auto totals, covered_of(covered, valid));
  return std::optional(totals);
}

std::optional<double> declared_rate(const XmlElement& root, std::string_view key) {
  const auto rate = parse_number(trim(root.text(key)));
  if (!rate || !(*rate >= 0 && *rate <= 1)) return std::nullopt;
  return *rate;
}

/// The count nearest to the declared rate, the first of two equally near ones; the rate itself if
/// none is near it.
model::Covered reconcile(std::optional<double> rate, std::span<const model::Covered> counts) {
  if (!rate) return counts.front();
  double nearest = 2;
  model::Covered chosen = {.covered = std::llround(*rate * kPpm), .valid = std::llround(kPpm)};
  for (const model::Covered& count : counts) {
    const auto valid = static_cast<double>(std::max<int64_t>(count.valid, 1));
    const double distance = std::abs(static_cast<double>(count.covered) / valid - *rate);
    if (distance > kRateTolerance || distance >= nearest) continue;
    nearest = distance;
    chosen = count;
  }
  return chosen;
}

bool sniff(const Input& input) {
  return input.xml_name() == "coverage" &&
         (input.xml->has("line-rate") || input.xml->has("lines-valid"));
}

/// What the root element declares.
struct Declared {
  std::optional<model::Covered> lines, branches;
  std::optional<double> line_rate, branch_rate;
};

Result<Declared> read_root(const XmlElement& root) {
  if (root.name != "coverage") return fail(codes::bad_report, "the root is not <coverage>");
  Declared declared;
  TOLLGATE_TRY(declared.lines, declared_totals(root, "lines"));
  TOLLGATE_TRY(declared.branches, declared_totals(root, "branches"));
  declared.line_rate = declared_rate(root, "line-rate");
  declared.branch_rate = declared_rate(root, "branch-rate");
  return declared;
}

Result<model::Report> read(const Input& input) {
  Declared declared;
  Counting counting;
  const auto start = [&](const XmlElement& element) -> Result<> {
    if (element.ancestors.empty()) {
      TOLLGATE_TRY(declared, read_root(element));
    }
    if (element.name == "class") ++counting.class_index;
    return count_line(counting, element);
  };
  TOLLGATE_CHECK(read_xml(input.bytes, {.start = start}));
  model::Report report;
  report.lines = declared.lines;
  if (!report.lines) {
    report.lines =
        reconcile(declared.line_rate, std::array{counting.lines.totals(), counting.line_elements});
  }
  report.branches = declared.branches;
  if (!report.branches && counting.branches.valid > 0) {
    report.branches = reconcile(declared.branch_rate, std::array{counting.branches});
  }
  if (report.branches && report.branches->valid == 0) report.branches.reset();
  return report;
}

}  // namespace

extern const FormatDef kCobertura = {
    .name = "cobertura",
    .kind = model::ReportKind::coverage,
    .title = "Cobertura XML (Cobertura, coverage.py, gcovr, coverlet, dotnet-coverage)",
    .doc = "Lines and branches of the root element, or counted from the lines of classes.",
    .sniff = sniff,
    .read = read};

}  // namespace tollgate::evidence
