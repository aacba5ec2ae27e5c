// Text of Catch2's benchmark reporter: three lines a benchmark (samples; mean; standard deviation)
// below a "benchmark name  samples  iterations" header. All times are turned into nanoseconds.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "edge/evidence/lines.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::evidence {

namespace {

constexpr std::string_view kHeader = "benchmark name";

/// The fields of a row, which stand at least two spaces apart.
std::vector<std::string_view> columns_of(std::string_view line) {
  std::vector<std::string_view> columns;
  while (true) {
    line = trim(line);
    if (line.empty()) return columns;
    const size_t gap = line.find("  ");
    columns.push_back(line.substr(0, gap));
    line.remove_prefix(gap == std::string_view::npos ? line.size() : gap);
  }
}

/// "41.731 us" in nanoseconds.
std::optional<double> nanoseconds(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto value = parse_number(text.substr(0, space));
  if (!value) return std::nullopt;
  const std::string_view unit = text.substr(space + 1);
  if (unit == "ns") return *value;
  if (unit == "us") return *value * 1e3;
  if (unit == "ms") return *value * 1e6;
  if (unit == "s") return *value * 1e9;
  return std::nullopt;
}

/// The first row of a benchmark: name, samples, iterations, estimate.
std::optional<model::BenchmarkCase> opened(std::string_view line) {
  const auto columns = columns_of(line);
  if (columns.size() != 4) return std::nullopt;
  const auto samples = parse_integer(columns[1]);
  if (!samples || *samples < 1 || !parse_integer(columns[2])) return std::nullopt;
  model::BenchmarkCase benchmark;
  benchmark.name = kept_name(columns[0]);
  benchmark.unit = "ns";
  benchmark.count = *samples;
  return benchmark;
}

/// The first figure of a mean or deviation row.
std::optional<double> first_time(LineReader& lines) {
  const auto line = lines.next();
  if (!line) return std::nullopt;
  const auto columns = columns_of(*line);
  return columns.size() == 3 ? nanoseconds(columns[0]) : std::nullopt;
}

bool sniff(const Input& input) {
  return !input.xml && !input.json && has_early_line(input.bytes, [](std::string_view line) {
    return line.starts_with(kHeader) && line.find("iterations") != std::string_view::npos;
  });
}

Result<model::Report> read(const Input& input) {
  std::vector<model::BenchmarkCase> cases;
  LineReader lines(input.bytes);
  while (const auto line = lines.next()) {
    auto benchmark = opened(*line);
    if (!benchmark) continue;
    const auto mean = first_time(lines);
    const auto deviation = mean ? first_time(lines) : std::nullopt;
    if (!mean || !deviation) {
      return fail(Error{.code = codes::bad_report,
                        .message = fmt::format(
                            "benchmark \"{}\" has no mean and deviation below it", benchmark->name),
                        .mark = {.line = lines.number(), .column = 1}});
    }
    benchmark->mean = *mean;
    benchmark->deviation = *deviation;
    cases.push_back(std::move(*benchmark));
  }
  return benchmark_report(std::move(cases));
}

}  // namespace

extern const FormatDef kCatch2 = {.name = "catch2",
                                  .kind = model::ReportKind::benchmark,
                                  .title = "Catch2 benchmark text",
                                  .doc = "Mean, deviation and samples, in nanoseconds.",
                                  .sniff = sniff,
                                  .read = read};

}  // namespace tollgate::evidence
