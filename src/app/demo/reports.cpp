#include "app/demo/reports.hpp"

#include <fmt/core.h>

namespace tollgate::demo {
namespace {

std::string junit(const BuildFact& build) {
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\" "
      "time=\"{}\">\n",
      build.service, build.tests, build.failed, build.tests / 20);
  for (int64_t i = 0; i < build.tests; ++i) {
    text += fmt::format("    <testcase classname=\"{}.unit\" name=\"case_{:03}\" time=\"0.05\"",
                        build.service, i);
    text +=
        i < build.failed ? "><failure message=\"expected 200, got 500\"/></testcase>\n" : "/>\n";
  }
  return text + "  </testsuite>\n</testsuites>\n";
}

std::string lcov(const BuildFact& build) {
  std::string text = fmt::format("TN:\nSF:src/{}.cpp\n", build.service);
  for (int64_t line = 1; line <= build.lines; ++line) {
    text += fmt::format("DA:{},{}\n", line, line <= build.covered ? 1 : 0);
  }
  return text + fmt::format("LF:{}\nLH:{}\nend_of_record\n", build.lines, build.covered);
}

std::string sarif(const BuildFact& build) {
  std::string results;
  const auto add = [&](std::string_view rule, std::string_view level, int64_t line) {
    results += fmt::format(
        R"({}{{"ruleId":"{}","level":"{}","message":{{"text":"{}"}},"locations":[{{"physicalLocation":{{)"
        R"("artifactLocation":{{"uri":"src/{}.cpp"}},"region":{{"startLine":{}}}}}}}]}})",
        results.empty() ? "" : ",", rule, level, rule, build.service, line);
  };
  add("unused-parameter", "note", 12);
  add("long-function", "warning", 80);
  for (int64_t i = 0; i < build.new_errors; ++i)
    add(fmt::format("sql-injection-{}", build.number), "error", 40 + i);
  return fmt::format(
      R"({{"version":"2.1.0","$schema":"https://json.schemastore.org/sarif-2.1.0.json","runs":[{{"tool":)"
      R"({{"driver":{{"name":"analyser"}}}},"results":[{}]}}]}})",
      results);
}

}  // namespace

std::vector<ReportFile> reports_of(const BuildFact& build) {
  return {{.name = "junit.xml", .bytes = junit(build)},
          {.name = "lcov.info", .bytes = lcov(build)},
          {.name = "findings.sarif", .bytes = sarif(build)}};
}

}  // namespace tollgate::demo
