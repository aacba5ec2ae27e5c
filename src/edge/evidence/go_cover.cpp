// Go cover profiles (go test -coverprofile). Statements stand for lines; a block that several test
// binaries report counts once and is covered if any of them ran it.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "edge/evidence/lines.hpp"
#include "foundation/base/codes.hpp"

#include <map>

namespace tollgate::evidence {

namespace {

constexpr int64_t kStatementsMax = 1'000'000;  // of one block

struct Block {
  int64_t statements = 0;
  bool is_covered = false;
};

bool sniff(const Input& input) {
  return !input.xml && !input.json && input.bytes.starts_with("mode: ");
}

/// One line "file.go:5.12,8.22 3 1": place, statements, count.
Result<> read_line(std::map<std::string_view, Block>& blocks, std::string_view line) {
  const size_t last = line.rfind(' ');
  const size_t middle =
      last == std::string_view::npos || last == 0 ? last : line.rfind(' ', last - 1);
  if (middle == std::string_view::npos || middle >= last) {
    return fail(codes::bad_report, "\"{}\" is no block of a cover profile", line.substr(0, 60));
  }
  TOLLGATE_TRY(const int64_t statements, parse_integer(line.substr(middle + 1, last - middle - 1)));
  TOLLGATE_TRY(const int64_t count, parse_integer(line.substr(last + 1)));
  if (statements < 0 || statements > kStatementsMax) {
    return fail(codes::bad_report, "a block cannot have {} statements", statements);
  }
  Block& block = blocks[line.substr(0, middle)];
  block.statements = statements;
  block.is_covered = block.is_covered || count > 0;
  return {};
}

Result<model::Report> read(const Input& input) {
  std::map<std::string_view, Block> blocks;
  LineReader lines(input.bytes);
  while (const auto line = lines.next()) {
    if (trim(*line).empty() || line->starts_with("mode: ")) continue;
    auto done = read_line(blocks, *line);
    if (!done) {
      done.error().code = codes::bad_report;
      done.error().mark = {.line = lines.number(), .column = 1};
      return fail(std::move(done).error());
    }
  }
  model::Covered totals;
  for (const auto& [place, block] : blocks) {
    totals.valid += block.statements;
    totals.covered += block.is_covered ? block.statements : 0;
  }
  model::Report report;
  report.lines = totals;
  return report;
}

}  // namespace

extern const FormatDef kGoCover = {.name = "go-cover",
                                   .kind = model::ReportKind::coverage,
                                   .title = "Go cover profile",
                                   .doc = "Statements of all blocks as lines.",
                                   .sniff = sniff,
                                   .read = read};

}  // namespace tollgate::evidence
