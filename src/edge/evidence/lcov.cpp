// LCOV tracefiles (geninfo, lcov, grcov, llvm-cov export, coverlet, istanbul).
// Totals LF/LH and BRF/BRH of a record are taken if the file has them; otherwise, and where several
// records speak of one source file (one per test name), lines and branches are counted by identity.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "edge/evidence/lines.hpp"
#include "foundation/base/codes.hpp"

#include <map>
#include <string>

namespace tollgate::evidence {

namespace {

/// Declared totals of one record: found and hit.
struct Totals {
  std::optional<int64_t> found, hit;
};

/// What is known of one source file.
struct SourceFile {
  int64_t record_count = 0;
  Totals lines, branches;
  CoveredSet<int64_t> line_set;
  CoveredSet<std::string> branch_set;  // "line,block,branch"
};

template <class Set>
Result<model::Covered> totals_of(const SourceFile& file, const Totals& declared, const Set& set) {
  const bool is_declared = declared.found && declared.hit;
  if (is_declared && (file.record_count == 1 || set.is_empty())) {
    return covered_of(*declared.hit, *declared.found);
  }
  return set.totals();
}

/// Reads a non-negative count, which some tools write as "1e+06" or "12.0".
Result<int64_t> count_of(std::string_view text, std::string_view line) {
  const auto number = parse_number(trim(text));
  if (!number || !(*number >= 0)) {
    return fail(codes::bad_report, "\"{}\" holds no count where one is due", line.substr(0, 60));
  }
  return *number > static_cast<double>(kXmlCountMax) ? kXmlCountMax : static_cast<int64_t>(*number);
}

Result<> read_line(SourceFile& file, std::string_view key, std::string_view value,
                   std::string_view line) {
  const auto fields = split(value, ',');
  if (key == "DA") {
    if (fields.size() < 2) return fail(codes::bad_report, "DA needs a line and a count");
    TOLLGATE_TRY(const int64_t number, count_of(fields[0], line));
    const auto hits = parse_number(trim(fields[1]));  // some tools write negative overflows
    file.line_set.add(number, hits && *hits > 0);
  } else if (key == "BRDA") {
    if (fields.size() < 4) return fail(codes::bad_report, "BRDA needs four fields");
    const std::string_view taken = trim(fields.back());
    file.branch_set.add(std::string(value.substr(0, value.rfind(','))),
                        taken != "-" && taken != "0");
  } else if (key == "LF" || key == "LH" || key == "BRF" || key == "BRH") {
    TOLLGATE_TRY(const int64_t count, count_of(value, line));
    Totals& totals = key.starts_with("L") ? file.lines : file.branches;
    (key.ends_with("F") ? totals.found : totals.hit) = count;
  }
  return {};
}

bool sniff(const Input& input) {
  return !input.xml && !input.json &&
         has_early_line(input.bytes, [](std::string_view line) { return line.starts_with("SF:"); });
}

Result<model::Report> sum_up(const std::map<std::string, SourceFile, std::less<>>& files) {
  model::Report report;
  model::Covered lines, branches;
  for (const auto& [name, file] : files) {
    TOLLGATE_TRY(const auto of_lines, totals_of(file, file.lines, file.line_set));
    TOLLGATE_TRY(const auto of_branches, totals_of(file, file.branches, file.branch_set));
    lines.covered += of_lines.covered;
    lines.valid += of_lines.valid;
    branches.covered += of_branches.covered;
    branches.valid += of_branches.valid;
  }
  report.lines = lines;
  if (branches.valid > 0) report.branches = branches;
  return report;
}

Result<model::Report> read(const Input& input) {
  std::map<std::string, SourceFile, std::less<>> files;
  SourceFile* file = nullptr;
  LineReader lines(input.bytes);
  while (const auto line = lines.next()) {
    const size_t colon = line->find(':');
    const std::string_view key = trim(line->substr(0, colon));
    if (key == "end_of_record") file = nullptr;
    if (colon == std::string_view::npos) continue;
    const std::string_view value = line->substr(colon + 1);
    if (key == "SF") {
      file = &files[std::string(value)];
      ++file->record_count;
    } else if (file != nullptr) {
      auto done = read_line(*file, key, value, *line);
      if (!done) {
        done.error().mark = {.line = lines.number(), .column = 1};
        return fail(std::move(done).error());
      }
    }
  }
  if (files.empty()) return fail(codes::bad_report, "the tracefile has no SF: record");
  return sum_up(files);
}

}  // namespace

extern const FormatDef kLcov = {
    .name = "lcov",
    .kind = model::ReportKind::coverage,
    .title = "LCOV tracefile (lcov, grcov, llvm-cov, coverlet, istanbul)",
    .doc = "Lines and branches: LF/LH, BRF/BRH, or counted from DA and BRDA.",
    .sniff = sniff,
    .read = read};

}  // namespace tollgate::evidence
