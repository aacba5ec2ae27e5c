// Text of `go test -bench`: ns/op of every line; repetitions (-count) are samples of one case.
// Equal names in different packages are kept apart by the package.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "edge/evidence/lines.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::evidence {

namespace {

/// Fields of a line, separated by any white space.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    line = trim(line);
    if (line.empty()) return words;
    const size_t end = line.find_first_of(" \t");
    words.push_back(line.substr(0, end));
    line.remove_prefix(end == std::string_view::npos ? line.size() : end);
  }
}

struct Measured {
  std::string_view name;
  double ns = 0;
};

std::optional<Measured> measured(std::string_view line) {
  if (!line.starts_with("Benchmark")) return std::nullopt;
  const auto words = words_of(line);
  if (words.size() < 4 || !parse_integer(words[1])) return std::nullopt;
  for (size_t i = 2; i + 1 < words.size(); i += 2) {
    const auto value = parse_number(words[i]);
    if (words[i + 1] == "ns/op" && value) return Measured{.name = words[0], .ns = *value};
  }
  return std::nullopt;
}

bool sniff(const Input& input) {
  return !input.xml && !input.json && has_early_line(input.bytes, [](std::string_view line) {
    return measured(line).has_value();
  });
}

Result<model::Report> read(const Input& input) {
  SampleTally tally;
  std::string package;
  LineReader lines(input.bytes);
  while (const auto line = lines.next()) {
    if (line->starts_with("pkg: ")) package = std::string(trim(line->substr(5))) + ".";
    const auto result = measured(*line);
    if (result) {
      tally.add(package + std::string(result->name), "ns/op", model::Better::lower, result->ns);
    }
  }
  return benchmark_report(tally.cases());
}

}  // namespace

extern const FormatDef kGoBenchmark = {.name = "go-benchmark",
                                       .kind = model::ReportKind::benchmark,
                                       .title = "go test -bench",
                                       .doc = "ns/op by package and name; -count gives samples.",
                                       .sniff = sniff,
                                       .read = read};

}  // namespace tollgate::evidence
