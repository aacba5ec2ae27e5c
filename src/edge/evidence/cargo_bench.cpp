// Text of `cargo bench` (libtest) and of criterion --output-format bencher:
// "test NAME ... bench:  18,149 ns/iter (+/- 755)". The bracket is a spread of tool-specific
// meaning, not a standard deviation, and is left out.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "edge/evidence/lines.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::evidence {

namespace {

constexpr std::string_view kBench = " ... bench:";

struct Measured {
  std::string_view name;
  std::string_view unit;
  double value = 0;
};

std::optional<Measured> measured(std::string_view line) {
  const size_t bench = line.find(kBench);
  if (!line.starts_with("test ") || bench == std::string_view::npos || bench < 5)
    return std::nullopt;
  const std::string_view rest = trim(line.substr(bench + kBench.size()));
  const size_t space = rest.find(' ');
  const size_t bracket = rest.find(" (+/-");
  if (space == std::string_view::npos || bracket == std::string_view::npos || bracket <= space) {
    return std::nullopt;
  }
  std::string digits(rest.substr(0, space));
  std::erase(digits, ',');
  const auto value = parse_number(digits);
  if (!value) return std::nullopt;
  return Measured{.name = trim(line.substr(5, bench - 5)),
                  .unit = trim(rest.substr(space + 1, bracket - space - 1)),
                  .value = *value};
}

bool sniff(const Input& input) {
  return !input.xml && !input.json && has_early_line(input.bytes, [](std::string_view line) {
    return measured(line).has_value();
  });
}

Result<model::Report> read(const Input& input) {
  SampleTally tally;
  LineReader lines(input.bytes);
  while (const auto line = lines.next()) {
    const auto result = measured(*line);
    if (!result) continue;
    const bool is_rate = result->unit.ends_with("/s");
    tally.add(result->name, result->unit, is_rate ? model::Better::higher : model::Better::lower,
              result->value);
  }
  return benchmark_report(tally.cases());
}

}  // namespace

extern const FormatDef kCargoBench = {.name = "cargo-bench",
                                      .kind = model::ReportKind::benchmark,
                                      .title = "cargo bench, criterion in bencher format",
                                      .doc = "Time or rate of every benchmark, without deviation.",
                                      .sniff = sniff,
                                      .read = read};

}  // namespace tollgate::evidence
