// Every report format gives the right figures, on small samples and on files of real tools.
#include "edge/evidence/format.hpp"
#include "edge/evidence/read_report.hpp"
#include "evidence_samples.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/doc/json.hpp"
#include "report_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace tollgate::evidence {
namespace {

/// One line with all figures of a report, for tables and failure messages.
std::string figures(const model::Report& report) {
  std::string text = report.format;
  if (report.lines) text += fmt::format(" lines {}/{}", report.lines->covered, report.lines->valid);
  if (report.branches) {
    text += fmt::format(" branches {}/{}", report.branches->covered, report.branches->valid);
  }
  if (report.total) {
    text += fmt::format(" tests {} passed {} failed {} skipped {}", *report.total, *report.passed,
                        *report.failed, *report.skipped);
  }
  for (const auto& failure : report.failures) text += " !" + failure;
  for (const auto& c : report.cases) {
    text += fmt::format(" [{} {} {:.6g} +- {:.6g} n={} {}]", c.name, c.unit, c.mean, c.deviation,
                        c.count, c.better == model::Better::higher ? "higher" : "lower");
  }
  for (const auto& t : report.thresholds) {
    text += fmt::format(" ({} {} {})", t.metric, t.expression, t.is_met ? "met" : "breached");
  }
  if (report.levels) {
    text += fmt::format(" error {} warning {} note {} none {} suppressed {}", report.levels->error,
                        report.levels->warning, report.levels->note, report.levels->none,
                        report.levels->suppressed);
  }
  for (const model::Provenance& p : report.provenance) {
    for (const model::ProvenanceSubject& s : p.subjects)
      text += fmt::format(" {}@{}", s.name, s.digest);
    text += fmt::format(" by {} from {} {} signatures {} keys {}", p.builder, p.source, p.commit,
                        p.signatures, p.keys.size());
  }
  return text;
}

std::string figures(const Result<model::Report>& report) {
  return report ? figures(*report) : report.error().text();
}

TEST(Evidence, every_sample_is_recognised_and_gives_its_figures) {
  const std::map<std::string_view, std::string_view> wanted = {
      {kLcovSample, "lcov lines 6/12 branches 2/4"},
      {kCoberturaSample, "cobertura lines 1/2 branches 1/2"},
      {kJacocoSample, "jacoco lines 3/4 branches 4/6"},
      {kCloverSample, "clover lines 7/10 branches 1/4"},
      {kSonarSample, "sonar-coverage lines 1/2 branches 1/2"},
      {kScoverageSample, "scoverage lines 3/4 branches 1/2"},
      {kOpencoverSample, "opencover lines 6/8 branches 2/3"},
      {kDynamicSample, "dynamic-coverage lines 4/7"},
      {kGcovSample, "gcov lines 2/3 branches 1/2"},
      {kGoCoverSample, "go-cover lines 3/5"},
      {kJunitSample, "junit tests 5 passed 0 failed 3 skipped 2 !c.a !c.b !c.d"},
      {kNunit2Sample, "nunit2 tests 3 passed 1 failed 1 skipped 1 !b"},
      {kNunit3Sample, "nunit3 tests 3 passed 1 failed 1 skipped 1 !n.b"},
      {kXunitSample, "xunit tests 3 passed 1 failed 1 skipped 1 !T.m"},
      {kTrxSample, "trx tests 3 passed 1 failed 1 skipped 1 !n.b"},
      {kGoogleSample, "google-benchmark [f/8 us 12 +- 2.82843 n=2 lower]"},
      {kHyperfineSample, "hyperfine [run s 1.5 +- 0.25 n=2 lower] [once s 2 +- 0 n=1 lower]"},
      {kJmhSample, "jmh [p.C.m(n=10,k=a) ops/s 20 +- 2 n=3 higher]"},
      {kK6OldSample,
       "k6 [http_req_duration ms 12.5 +- 0 n=1 lower] (http_req_duration p(95)<50 breached) "
       "(http_req_duration avg<20 met)"},
      {kK6NewSample,
       "k6 [http_req_duration ms 12.5 +- 0 n=1 lower] (http_req_duration p(95)<50 met) "
       "(http_req_duration avg<10 breached)"},
      {kPytestSample, "pytest-benchmark [b.py::f s 0.5 +- 0.125 n=8 lower]"},
      {kDotnetSample, "benchmarkdotnet [N.F ns 25.5 +- 0.5 n=15 lower]"},
      {kJuliaSample, "julia [fib/20 ns 4 +- 1.41421 n=2 lower]"},
      {kGoBenchSample, "go-benchmark [example.com/m.BenchmarkF-8 ns/op 22 +- 2.82843 n=2 lower]"},
      {kCargoSample,
       "cargo-bench [fib ns/iter 18149.5 +- 0 n=1 lower] [up MS/s 1911 +- 0 n=1 higher]"},
      {kCatch2Sample, "catch2 [Fibonacci 20 ns 41731 +- 3256 n=100 lower]"},
      {kSarifSample, "sarif error 2 warning 1 note 1 none 1 suppressed 1"},
      {kStatementSample,
       "provenance registry.example/checkout@sha256:"
       "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 by "
       "https://github.com/actions/runner/github-hosted from "
       "git+https://github.com/acme/checkout@refs/heads/main "
       "3f2c1a00000000000000000000000000000000aa signatures 0 keys 0"},
      {kStatementV02Sample,
       "provenance binary@sha256:"
       "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752 by "
       "https://builder.example/v0 from git+https://git.example/a "
       "3f2c1a00000000000000000000000000000000aa signatures 0 keys 0"},
  };
  std::set<std::string_view> formats;
  for (const Sample& sample : kSamples) {
    formats.insert(sample.format);
    ASSERT_TRUE(wanted.contains(sample.text)) << sample.format;
    EXPECT_EQ(figures(read_report(sample.text, "", "sample")), wanted.at(sample.text));
    EXPECT_EQ(figures(read_report(sample.text, sample.format, "sample")), wanted.at(sample.text));
  }
  for (const FormatDef* format : all_formats()) {
    EXPECT_TRUE(formats.contains(format->name)) << format->name << " has no sample";
  }
}

TEST(Evidence, the_catalogue_is_sorted_and_described) {
  const auto formats = all_formats();
  EXPECT_TRUE(std::is_sorted(formats.begin(), formats.end(),
                             [](auto* a, auto* b) { return a->name < b->name; }));
  for (const FormatDef* format : formats) {
    EXPECT_FALSE(format->title.empty() || format->doc.empty()) << format->name;
  }
}

TEST(Evidence, what_is_not_a_report_is_refused_with_a_reason_and_a_place) {
  struct Row {
    std::string_view format, text, wanted;
  };
  constexpr Row kRows[] = {
      {"", "", "r:1: error[TG0301]: the content is of no report format that is known here"},
      {"jnit", "", "there is no report format \"jnit\"; did you mean \"junit\"?"},
      {"", "<html/>", "no report format is known for XML whose root is <html>"},
      {"", "{\"a\":", "TG0302"},
      {"", "<testsuite><testcase>", "not well-formed XML"},
      {"", "<!DOCTYPE a [<!ENTITY x \"y\">]><testsuite/>", "the entity \"x\" is declared"},
      {"", "<!DOCTYPE a [<!ENTITY x SYSTEM \"f\">]><testsuite/>", "TG0303"},
      {"", "<!DOCTYPE a [<!ENTITY % x SYSTEM \"f\">%x;]><testsuite/>", "TG0303"},
      {"junit", "<!DOCTYPE a SYSTEM \"f\"><testsuite>&x;</testsuite>", "TG0303"},
      {"cobertura", "<coverage lines-valid=\"1\" lines-covered=\"2\"/>", "2 of 1"},
      {"cobertura", "<coverage lines-valid=\"x\" lines-covered=\"2\"/>", "is not a count"},
      {"", "<testsuite tests=\"NaN\"/>", "is not a count"},
      {"junit", "<report/>", "there is no <testsuite>"},
      {"junit", "{}", "TG0302"},
      {"k6", "{\"metrics\":{\"m\":{\"thresholds\":{\"a\":1}}}}", "neither met nor breached"},
      {"hyperfine", "{\"results\":[]}", "no benchmark"},
      {"sarif", "{\"runs\":[{\"results\":[{\"level\":\"high\"}]}]}", "level \"high\""},
      {"lcov", "SF:a\nDA:x,1\n", ":2:1: "},
      {"go-cover", "mode: set\nnonsense\n", "TG0302"},
  };
  for (const Row& row : kRows) {
    const auto report = read_report(row.text, row.format, "r");
    ASSERT_FALSE(report) << row.text << " gave " << figures(report);
    const bool is_told = row.text.empty() && row.format.empty()
                             ? report.error().code == codes::unknown_format
                             : report.error().text().find(row.wanted) != std::string::npos;
    EXPECT_TRUE(is_told) << row.text << " gave " << report.error().text();
  }
}

TEST(Evidence, xml_beyond_its_limits_is_refused) {
  std::string deep = "<testsuites>";
  for (size_t i = 0; i < kXmlDepthMax; ++i) deep += "<testsuite>";
  EXPECT_EQ(read_report(deep, "junit", "").error().code, codes::limit_exceeded);
  std::string wide = "<testsuite";
  for (size_t i = 0; i <= kXmlAttributesMax; ++i) wide += fmt::format(" a{}=\"\"", i);
  EXPECT_EQ(read_report(wide + "/>", "junit", "").error().code, codes::limit_exceeded);
}

TEST(Evidence, a_report_keeps_a_bounded_number_of_bounded_valid_names) {
  std::string text = "<testsuite>";
  for (size_t i = 0; i < model::kReportItemsMax + 10; ++i) {
    text += fmt::format("<testcase name=\"{}{}\"><failure/></testcase>", i, std::string(1500, 'x'));
  }
  const auto report = read_report(text + "</testsuite>", "", "");
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_EQ(report->failures.size(), model::kReportItemsMax);
  EXPECT_EQ(*report->failed, static_cast<int64_t>(model::kReportItemsMax + 10));
  EXPECT_EQ(report->failures.front().size(), 1000u);
  const auto bad = read_report("BenchmarkA\xFF\xE2\x82-8  1  5 ns/op\n", "", "");
  ASSERT_TRUE(bad) << bad.error().text();
  EXPECT_EQ(bad->cases.front().name, "BenchmarkA?\?\?-8");
}

TEST(Evidence, a_finding_keeps_its_fingerprint_when_lines_move_and_equal_ones_stay_apart) {
  const auto findings = [](std::string_view first_line) {
    std::string text = R"({"version":"2.1.0","runs":[{"results":[)";
    for (const auto line : {first_line, std::string_view("90")}) {
      text += fmt::format(R"({{"ruleId":"R","message":{{"text":"m"}},"locations":[{{)"
                          R"("physicalLocation":{{"artifactLocation":{{"uri":"a.c"}},)"
                          R"("region":{{"startLine":{}}}}}}}]}},)",
                          line);
    }
    text += R"({"ruleId":"R","message":{"text":"m"},"partialFingerprints":{"h":"1"}},)"
            R"({"ruleId":"R","message":{"text":"other"},"partialFingerprints":{"h":"1"}}]}]})";
    return read_report(text, "", "")->findings;
  };
  const auto before = findings("4"), after = findings("44");
  ASSERT_EQ(before.size(), 4u);
  std::set<std::string> distinct;
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].fingerprint, after[i].fingerprint) << i;
    EXPECT_EQ(before[i].fingerprint.size(), 16u);
    distinct.insert(before[i].fingerprint);
  }
  EXPECT_EQ(distinct.size(), 4u);
  EXPECT_EQ(after[0].line, 44);
}

// Files of real tools, with the totals that are known for them.

std::string figures_of(const fs::path& path) {
  return figures(read_report(content_of(path), "", path.filename().string()));
}

TEST(EvidenceData, coverage_of_real_tools_has_the_known_totals) {
  SKIP_WITHOUT_SHARED_DATA();
  const std::string jenkins = "coverage/jenkins_coverage/";
  const std::string generator = "coverage/reportgenerator/";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {jenkins + "jacoco-analysis-model.xml", "jacoco lines 5531/5798 branches 1544/1749"},
      {jenkins + "jacoco-codingstyle.xml", "jacoco lines 294/323 branches"},
      {jenkins + "file-changes-test-before.xml", "jacoco lines 9/13"},
      {jenkins + "file-changes-test-after.xml", "jacoco lines 12/17"},
      {jenkins + "lcov.info", "lcov lines 3/6 branches 1/2"},
      {jenkins + "clover.xml", "clover lines 169/193 branches 1068/1444"},
      {jenkins + "cobertura-lots-of-data.xml", "cobertura lines 70232/1000000"},
      {jenkins + "cobertura-higher-coverage.xml", "cobertura lines 8/8 branches 4/4"},
      {jenkins + "cobertura-lower-coverage.xml", "cobertura lines 8/8 branches 4/4"},
      {jenkins + "go-coverage.out", "go-cover lines 14/21"},
      {generator + "Java/Reports/JaCoCo0.7.7.xml", "jacoco lines 26/38"},
      {generator + "Java/Reports/JaCoCo0.8.3.xml", "jacoco lines 26/38"},
      {generator + "Java/Reports/Cobertura2.1.1.xml", "cobertura lines 24/36 branches 1/4"},
      {generator + "Java/Reports/Cobertura2.1.1-MultiSource.xml", "cobertura lines 24/36"},
      {generator + "Java/Reports/Clover_OpenClover4.3.1.xml", "clover lines 15/22 branches 1/2"},
      {generator + "CSharp/Reports/Cobertura_coverlet.xml", "cobertura lines 156/255"},
      {generator + "CSharp/Reports/Cobertura_dotnet-coverage.xml", "cobertura lines 163/235"},
      {generator + "CSharp/Reports/Cobertura_dotnettest.xml", "cobertura lines 163/235"},
      {generator + "CSharp/Reports/Cobertura_dotnettest_old.xml", "cobertura lines 3639/14183"},
      {generator + "CSharp/Reports/Cobertura_altcover.xml", "cobertura lines 121/182"},
      {generator + "CSharp/Reports/lcov.info", "lcov lines 124/199"},
      {generator + "CSharp/Reports/DynamicCodeCoverage.xml", "dynamic-coverage lines 121/187"},
      {generator + "CSharp/Reports/MultiDynamicCodeCoverage.xml", "dynamic-coverage lines"},
      {generator + "FSharp/Reports/DynamicCodeCoverage.xml", "dynamic-coverage lines 33/59"},
      {generator + "C++/Reports/lcov.info", "lcov lines 17/19"},
      {generator + "C++/Reports/Cobertura_CPPCoverage.xml", "cobertura lines 120511/1000000"},
      {generator + "C++/Reports/gcov/basic/calculator.cpp.gcov", "gcov lines 4/4"},
      {generator + "C++/Reports/gcov/branch_counts/main.cpp.gcov", "gcov lines 9/11 branches"},
      {generator + "Scala/Reports/scoverage.xml", "scoverage lines 172/239 branches"},
  };
  for (const auto& [name, wanted] : rows) {
    EXPECT_TRUE(figures_of(kReports / name).starts_with(wanted))
        << name << "\nwanted " << wanted << "\ngot    " << figures_of(kReports / name);
  }
}

/// The totals that an independent reader of test reports found.
std::string expected_figures(const fs::path& results) {
  const auto document = doc::parse_json(content_of(results));
  const doc::Node& stats = *document->find("stats");
  return fmt::format("tests {} passed {} failed {} skipped {}", stats.integer_or("tests", -1),
                     stats.integer_or("tests_succ", -1),
                     stats.integer_or("tests_fail", -1) + stats.integer_or("tests_error", -1),
                     stats.integer_or("tests_skip", -1));
}

TEST(EvidenceData, every_test_report_with_known_totals_gives_them) {
  SKIP_WITHOUT_SHARED_DATA();
  // Files that declare entities of their own are refused.
  const std::set<std::string> forbidden = {"NUnit-sec1752-file.xml", "NUnit-sec1752-https.xml"};
  int checked = 0;
  for (const auto& path : files_of(kReports / "junit", {".xml", ".trx"})) {
    const auto results = fs::path(path).replace_extension(".results.json");
    const std::string name = path.filename().string();
    const auto report = read_report(content_of(path), "", name);
    if (forbidden.contains(name)) {
      ASSERT_FALSE(report) << path;
      EXPECT_EQ(report.error().code, codes::xml_forbidden) << path;
    } else if (!fs::exists(results)) {
      ASSERT_FALSE(report) << path << " is known to be broken, gave " << figures(report);
      EXPECT_EQ(report.error().code, codes::bad_report) << report.error().text();
    } else {
      ASSERT_TRUE(report) << report.error().text();
      EXPECT_NE(figures(*report).find(expected_figures(results)), std::string::npos)
          << path << "\nwanted " << expected_figures(results) << "\ngot    " << figures(*report);
      ++checked;
    }
  }
  EXPECT_GE(checked, 55);
}

TEST(EvidenceData, benchmarks_of_real_tools_have_the_known_figures) {
  SKIP_WITHOUT_SHARED_DATA();
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"googlecpp_output.json",
       "google-benchmark [fib_10 ns 214.99 +- 0 n=1 lower] [fib_20 ns 2745"},
      {"hyperfine_1brc.json",
       "hyperfine [cargo run --release --bin 1brc measurements_1000000000.txt s 11.6148 +- 1.64473 "
       "n=3 lower] [cargo run --release --bin lucretiel_1brc measurements_1000000000.txt s 11.5544 "
       "+- 1.13896 n=3 lower]"},
      {"jmh_output.json",
       "jmh [org.openjdk.jmh.samples.JMHSample_01_HelloWorld.wellHelloThere "
       "ops/s 3.37624e+09 +- "},
      {"jmh_output_2.json",
       "jmh [org.openjdk.jmh.samples.JMHSample_01_HelloWorld.wellHelloThere("
       "paramA=17,paramB=33) ops/s 3.37624e+09"},
      {"pytest_output.json", "pytest-benchmark [bench.py::test_fib_10 s "},
      {"pytest_several_units.json", "pytest-benchmark [bench.py::test_fib_1 s "},
      {"benchmarkdotnet.json", "benchmarkdotnet [Sample.Benchmarks.Fib10 ns "},
      {"julia_output.json", "julia [fib/20 ns 31028 +- 0 n=1 lower] [fib/10 ns 246.038"},
      {"cargo_output.txt",
       "cargo-bench [bench_fib_10 ns/iter 135 +- 0 n=1 lower] [bench_fib_20 "
       "ns/iter 18149 "},
      {"cargo_output2.txt", "cargo-bench [bench_engine_new ns/iter 211834 "},
      {"cargo_output3.txt", "cargo-bench [bench_fib_10 ns/iter 148.7 "},
      {"cargo_output_units.txt", "cargo-bench [cmov cycles/iter 2835 "},
      {"criterion_output.txt", "cargo-bench [Create Realm ns/iter 329 "},
      {"catch2_output_v2.txt",
       "catch2 [Fibonacci 10 ns 344 +- 19 n=100 lower] [Fibonacci 20 ns "
       "41731 +- 3256 n=100 lower]"},
      {"catch2_output_v3.txt", "catch2 [Fibonacci 10 ns 344 +- 19 n=100 lower]"},
      {"issue16_output.txt", "catch2 [Fibonacci 10 ns 0 +- 0 n=100 lower]"},
      {"go_output.txt", "go-benchmark [BenchmarkFib10-8 ns/op 325 +- 0 n=1 lower]"},
      {"go_single_package_output.txt",
       "go-benchmark [github.com/example/mypackage.BenchmarkFib10-8"
       " ns/op 325 "},
      {"go_fiber_output.txt",
       "go-benchmark [Benchmark_Ctx_Accepts/run-[]string{\".xml\"}-4 ns/op "
       "247.6 "},
      {"go_fiber_duplicate_names_output.txt",
       "go-benchmark [github.com/gofiber/fiber/v3/middleware/cache.BenchmarkAppendMsgitem-4 ns/op "
       "55.76 "},
  };
  for (const auto& [name, wanted] : rows) {
    const std::string got = figures_of(kReports / "bench" / name);
    EXPECT_TRUE(got.starts_with(wanted)) << name << "\nwanted " << wanted << "\ngot    " << got;
  }
}

TEST(EvidenceData, sarif_samples_have_the_levels_counted_by_hand) {
  SKIP_WITHOUT_SHARED_DATA();
  // error, warning, note, none, suppressed
  const std::map<std::string, std::array<int, 5>> rows = {
      {"Baseline", {0, 3, 0, 0, 0}},
      {"Catastrophic configuration error", {0, 0, 0, 0, 0}},
      {"Catastrophic execution error", {0, 0, 0, 0, 0}},
      {"DefaultRuleConfiguration", {1, 1, 0, 0, 0}},
      {"EmbeddedTextContent", {0, 2, 0, 0, 0}},
      {"Empty runs", {0, 0, 0, 0, 0}},
      {"No runs", {0, 0, 0, 0, 0}},
      {"Notifications", {0, 0, 0, 0, 0}},
      {"OriginalUriBaseIds", {0, 3, 0, 0, 0}},
      {"RegionVariants", {0, 18, 0, 0, 0}},
      {"RuleMetadata", {1, 0, 0, 0, 0}},
      {"Suppressions", {0, 4, 0, 0, 5}},
      {"message-from-metadata", {0, 1, 0, 0, 0}},
      {"simple-example", {1, 0, 0, 0, 0}},
  };
  size_t seen = 0;
  const auto files = files_of(kReports / "sarif", {".sarif"});
  EXPECT_GE(files.size(), 29u);
  for (const auto& path : files) {
    const auto report = read_report(content_of(path), "", path.filename().string());
    ASSERT_TRUE(report) << report.error().text();
    const auto row = rows.find(path.stem().string());
    if (row == rows.end()) continue;
    ++seen;
    const auto& levels = *report->levels;
    const std::array<int64_t, 5> got = {levels.error, levels.warning, levels.note, levels.none,
                                        levels.suppressed};
    EXPECT_TRUE(std::equal(got.begin(), got.end(), row->second.begin()))
        << path << " gave " << figures(*report);
  }
  EXPECT_EQ(seen, rows.size());
}

}  // namespace
}  // namespace tollgate::evidence
