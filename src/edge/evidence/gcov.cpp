// Annotated sources of gcov (*.gcov): "count:line:source". Lines and branches of every source.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "edge/evidence/lines.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::evidence {

namespace {

struct Counting {
  std::string source;
  int64_t line_number = 0;
  CoveredSet<std::pair<std::string, int64_t>> lines;
  model::Covered branches;
};

/// "branch  0 taken 50% (fallthrough)" or "branch  2 never executed".
void read_branch(Counting& counting, std::string_view line) {
  constexpr std::string_view kTaken = " taken ";
  counting.branches.valid += 1;
  const size_t taken = line.find(kTaken);
  if (taken == std::string_view::npos) return;
  const char first = taken + kTaken.size() < line.size() ? line[taken + kTaken.size()] : '0';
  counting.branches.covered += first >= '1' && first <= '9' ? 1 : 0;
}

void read_line(Counting& counting, std::string_view line) {
  if (line.starts_with("branch ")) return read_branch(counting, line);
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const size_t second = line.find(':', colon + 1);
  if (second == std::string_view::npos) return;
  const auto number = parse_integer(trim(line.substr(colon + 1, second - colon - 1)));
  if (!number) return;
  const std::string_view count = trim(line.substr(0, colon));
  const std::string_view text = line.substr(second + 1);
  if (*number == 0) {
    if (text.starts_with("Source:")) counting.source = text.substr(7);
  } else if (count != "-" && !count.empty()) {
    const bool is_missed = count.starts_with('#') || count.starts_with('=') || count == "0";
    counting.lines.add({counting.source, *number}, !is_missed);
  }
}

bool sniff(const Input& input) {
  return !input.xml && !input.json && has_early_line(input.bytes, [](std::string_view line) {
    return line.find("-:    0:Source:") != std::string_view::npos;
  });
}

Result<model::Report> read(const Input& input) {
  Counting counting;
  LineReader lines(input.bytes);
  while (const auto line = lines.next()) read_line(counting, *line);
  if (counting.source.empty()) return fail(codes::bad_report, "the text names no gcov source");
  model::Report report;
  report.lines = counting.lines.totals();
  if (counting.branches.valid > 0) report.branches = counting.branches;
  return report;
}

}  // namespace

extern const FormatDef kGcov = {.name = "gcov",
                                .kind = model::ReportKind::coverage,
                                .title = "gcov annotated source",
                                .doc = "Executable lines and, with -b, branches.",
                                .sniff = sniff,
                                .read = read};

}  // namespace tollgate::evidence
