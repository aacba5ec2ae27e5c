// Small reports of every format, written for the tests, with the figures they hold.
#pragma once

#include "provenance_sample.hpp"

#include <array>
#include <string_view>

namespace tollgate::evidence {

struct Sample {
  std::string_view format;
  std::string_view text;
};

inline constexpr std::string_view kLcovSample =
    "TN:one\nSF:a.c\nDA:1,2\nDA:2,0\nBRDA:1,0,0,1\nBRDA:1,0,1,-\nend_of_record\n"
    "TN:two\nSF:a.c\nDA:1,0\nDA:2,3\nend_of_record\n"
    "SF:b.c\nDA:7,0\nLF:10\nLH:4\nBRF:2\nBRH:1\nend_of_record\n";
inline constexpr std::string_view kCoberturaSample =
    "\xEF\xBB\xBF<?xml version=\"1.0\"?><!DOCTYPE coverage SYSTEM \"http://x/coverage-04.dtd\">"
    "<coverage line-rate=\"0.5\"><packages><package><classes><class filename=\"a.py\"><methods>"
    "<method><lines><line number=\"1\" hits=\"1\"/></lines></method></methods><lines>"
    "<line number=\"1\" hits=\"1\"/>"
    "<line number=\"2\" hits=\"0\" branch=\"true\" condition-coverage=\"50% (1/2)\"/>"
    "</lines></class></classes></package></packages></coverage>";
inline constexpr std::string_view kJacocoSample =
    "<?xml version=\"1.0\"?><!DOCTYPE report PUBLIC \"-//JACOCO//DTD Report 1.1//EN\" "
    "\"report.dtd\"><report name=\"r\"><package name=\"p\"><counter type=\"LINE\" missed=\"9\" "
    "covered=\"9\"/></package><counter type=\"LINE\" missed=\"1\" covered=\"3\"/>"
    "<counter type=\"BRANCH\" missed=\"2\" covered=\"4\"/></report>";
inline constexpr std::string_view kCloverSample =
    "<coverage generated=\"1\" clover=\"4\"><project><metrics statements=\"10\" "
    "coveredstatements=\"7\" conditionals=\"4\" coveredconditionals=\"1\"/><file><metrics "
    "statements=\"10\" coveredstatements=\"7\"/></file></project><testproject><metrics "
    "statements=\"99\" coveredstatements=\"99\"/></testproject></coverage>";
inline constexpr std::string_view kSonarSample =
    "<coverage version=\"1\"><file path=\"a\"><lineToCover lineNumber=\"1\" covered=\"true\" "
    "branchesToCover=\"2\" coveredBranches=\"1\"/><lineToCover lineNumber=\"2\" "
    "covered=\"false\"/></file></coverage>";
inline constexpr std::string_view kScoverageSample =
    "<scoverage statement-count=\"4\" statements-invoked=\"3\"><statement branch=\"true\" "
    "invocation-count=\"0\"/><statement branch=\"true\" invocation-count=\"2\"/></scoverage>";
inline constexpr std::string_view kOpencoverSample =
    "<CoverageSession><Summary numSequencePoints=\"8\" visitedSequencePoints=\"6\" "
    "numBranchPoints=\"3\" visitedBranchPoints=\"2\"/><Modules><Module><Summary "
    "numSequencePoints=\"8\" visitedSequencePoints=\"6\"/></Module></Modules></CoverageSession>";
inline constexpr std::string_view kDynamicSample =
    "<results><modules><module lines_covered=\"3\" lines_partially_covered=\"1\" "
    "lines_not_covered=\"2\"/><module lines_covered=\"1\" lines_partially_covered=\"0\" "
    "lines_not_covered=\"0\"/></modules></results>";
inline constexpr std::string_view kGcovSample =
    "        -:    0:Source:a.c\n        1:    3:int f(int a) {\n"
    "        1:    4:  if (a)\nbranch  0 taken 0 (fallthrough)\nbranch  1 taken 1\n"
    "    #####:    5:    return 1;\n        -:    6:\n";
inline constexpr std::string_view kGoCoverSample =
    "mode: set\na.go:1.2,3.4 3 0\na.go:1.2,3.4 3 1\nb.go:1.2,3.4 2 0\n";
inline constexpr std::string_view kJunitSample =
    "<testsuites><testsuite name=\"s\" tests=\"99\" time=\"1.5\"><testcase classname=\"c\" "
    "name=\"a\"/><testcase classname=\"c\" name=\"b\"><skipped/><failure/></testcase>"
    "<testsuite><testcase classname=\"c\" name=\"d\"><error/></testcase></testsuite>"
    "<testcase classname=\"c\" name=\"e\"><skipped/></testcase>"
    "<testcase classname=\"c\" name=\"f\" status=\"notrun\"/>"
    "<testcase classname=\"c\" name=\"a\"><failure/></testcase></testsuite></testsuites>";
inline constexpr std::string_view kNunit2Sample =
    "<test-results total=\"9\"><test-suite><results><test-case name=\"a\" executed=\"True\" "
    "success=\"True\"/><test-case name=\"b\" executed=\"True\" success=\"False\"><failure/>"
    "</test-case><test-case name=\"c\" executed=\"False\"/></results></test-suite></test-results>";
inline constexpr std::string_view kNunit3Sample =
    "<test-run total=\"3\"><test-suite><test-case fullname=\"n.a\" classname=\"n\" "
    "result=\"Passed\" duration=\"0.25\"/><test-case fullname=\"n.b\" classname=\"n\" "
    "result=\"Failed\" label=\"Error\"><failure/></test-case><test-case fullname=\"n.c\" "
    "classname=\"n\" result=\"Inconclusive\"/></test-suite></test-run>";
inline constexpr std::string_view kXunitSample =
    "<assemblies><assembly><collection><test type=\"T\" method=\"m\" name=\"m(1)\" "
    "result=\"Pass\"/><test type=\"T\" method=\"m\" name=\"m(2)\" result=\"Fail\"/>"
    "<test type=\"T\" method=\"k\" name=\"k\" result=\"Skip\"/><test type=\"T\" method=\"l\" "
    "name=\"l\" result=\"Pass\"/></collection></assembly></assemblies>";
inline constexpr std::string_view kTrxSample =
    "<TestRun xmlns=\"http://microsoft.com/schemas/VisualStudio/TeamTest/2010\"><Results>"
    "<UnitTestResult testName=\"n.a\" testId=\"1\" outcome=\"Passed\" "
    "duration=\"00:00:01.5000000\"/><UnitTestResult testName=\"n.b\" testId=\"2\" "
    "outcome=\"Failed\"><InnerResults><UnitTestResult testName=\"n.b(1)\" testId=\"2\" "
    "outcome=\"Failed\"/></InnerResults></UnitTestResult><UnitTestResult testName=\"n.c\" "
    "testId=\"3\" outcome=\"NotExecuted\"/></Results></TestRun>";
inline constexpr std::string_view kGoogleSample =
    R"({"context":{},"benchmarks":[{"name":"f/8","run_name":"f/8","run_type":"iteration",
    "real_time":10.0,"time_unit":"us"},{"name":"f/8","run_name":"f/8","run_type":"iteration",
    "real_time":14.0,"time_unit":"us"},{"name":"f/8_mean","run_name":"f/8",
    "run_type":"aggregate","aggregate_name":"mean","real_time":12.0,"time_unit":"us"}]})";
inline constexpr std::string_view kHyperfineSample =
    R"({"results":[{"command":"run","mean":1.5,"stddev":0.25,"times":[1.25,1.75]},
    {"command":"once","mean":2,"stddev":null,"times":[2]}]})";
inline constexpr std::string_view kJmhSample =
    R"([{"benchmark":"p.C.m","mode":"thrpt","params":{"n":"10","k":"a"},"primaryMetric":{
    "score":20.0,"scoreUnit":"ops/s","rawData":[[18.0,20.0],[22.0]]}}])";
inline constexpr std::string_view kK6OldSample =
    R"k6({"metrics":{"http_req_duration":{"avg":12.5,"p(95)" : 60,
                                  "thresholds" : {
  "p(95)<50" : true, "avg<20" : false
}
}
, "iterations" : { "count" : 9, "rate" : 1.0 }
}
, "root_group" : {}
})k6";
inline constexpr std::string_view kK6NewSample =
    R"k6({"metrics":{"http_req_duration":{"type":"trend","contains":"time","values":{"avg":12.5},
    "thresholds":{"p(95)<50":{"ok":true},"avg<10":{"ok":false}}},"vus":{"type":"gauge",
    "contains":"default","values":{"value":1}}},"root_group":{}})k6";
inline constexpr std::string_view kPytestSample =
    R"({"benchmarks":[{"fullname":"b.py::f","stats":{"mean":0.5,"stddev":0.125,"rounds":8}}]})";
inline constexpr std::string_view kDotnetSample =
    R"({"HostEnvironmentInfo":{},"Benchmarks":[{"FullName":"N.F","Statistics":{"Mean":25.5,
    "StandardDeviation":0.5,"N":15}}]})";
inline constexpr std::string_view kJuliaSample =
    R"([{"Julia":"1.7.0","BenchmarkTools":"1.0.0"},[["BenchmarkGroup",{"data":{"fib":
    ["BenchmarkGroup",{"data":{"20":["Trial",{"times":[3.0,5.0]}]}}]}}]]])";
inline constexpr std::string_view kGoBenchSample =
    "goos: linux\npkg: example.com/m\nBenchmarkF-8   100   20 ns/op   0 B/op\n"
    "BenchmarkF-8   100   24 ns/op\nPASS\n";
inline constexpr std::string_view kCargoSample =
    "running 2 tests\ntest fib ... bench:      18,149.5 ns/iter (+/- 755)\n"
    "test up ... bench:        1911 MS/s (+/- 420)\n";
inline constexpr std::string_view kCatch2Sample =
    "benchmark name                 samples       iterations    estimated\n"
    "                               mean          low mean      high mean\n"
    "                               std dev       low std dev   high std dev\n"
    "-------------------------------------------------------------------\n"
    "Fibonacci 20                       100             2     8.3712 ms \n"
    "                             41.731 us      41.25 us     42.622 us \n"
    "                              3.256 us      2.163 us      5.353 us \n";
inline constexpr std::string_view kSarifSample = R"({"version":"2.1.0","runs":[{"tool":{"driver":{
    "rules":[{"id":"R1","defaultConfiguration":{"level":"error"}},{"id":"R2"}]}},"results":[
    {"ruleId":"R1","message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":
    {"uri":"a.c"},"region":{"startLine":4}}}]},
    {"ruleId":"R1/sub","message":{"text":"m"}},
    {"ruleId":"R2","message":{"text":"m"},"level":"note"},
    {"ruleId":"R2","message":{"text":"m"},"kind":"pass"},
    {"ruleId":"R2","message":{"text":"m"},"baselineState":"absent"},
    {"ruleId":"R2","message":{"text":"m"},"suppressions":[{"kind":"inSource"}]},
    {"ruleId":"R2","message":{"text":"m"},"suppressions":[{"kind":"external",
    "status":"rejected"}]}]}]})";

/// SLSA 0.2 in a DSSE envelope, as cosign and slsa-github-generator write it; not signed.
inline constexpr std::string_view kStatementV02Sample = R"({
  "_type": "https://in-toto.io/Statement/v0.1",
  "predicateType": "https://slsa.dev/provenance/v0.2",
  "subject": [{"name": "binary", "digest": {"sha256":
    "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"}}],
  "predicate": {
    "builder": {"id": "https://builder.example/v0"}, "buildType": "make",
    "invocation": {"configSource": {"uri": "git+https://git.example/a", "digest": {"sha1":
      "3f2c1a00000000000000000000000000000000aa"}}},
    "metadata": {"buildInvocationId": "7"}, "materials": []}})";

inline constexpr std::array kSamples = {
    Sample{"lcov", kLcovSample},
    Sample{"cobertura", kCoberturaSample},
    Sample{"jacoco", kJacocoSample},
    Sample{"clover", kCloverSample},
    Sample{"sonar-coverage", kSonarSample},
    Sample{"scoverage", kScoverageSample},
    Sample{"opencover", kOpencoverSample},
    Sample{"dynamic-coverage", kDynamicSample},
    Sample{"gcov", kGcovSample},
    Sample{"go-cover", kGoCoverSample},
    Sample{"junit", kJunitSample},
    Sample{"nunit2", kNunit2Sample},
    Sample{"nunit3", kNunit3Sample},
    Sample{"xunit", kXunitSample},
    Sample{"trx", kTrxSample},
    Sample{"google-benchmark", kGoogleSample},
    Sample{"hyperfine", kHyperfineSample},
    Sample{"jmh", kJmhSample},
    Sample{"k6", kK6OldSample},
    Sample{"k6", kK6NewSample},
    Sample{"pytest-benchmark", kPytestSample},
    Sample{"benchmarkdotnet", kDotnetSample},
    Sample{"julia", kJuliaSample},
    Sample{"go-benchmark", kGoBenchSample},
    Sample{"cargo-bench", kCargoSample},
    Sample{"catch2", kCatch2Sample},
    Sample{"sarif", kSarifSample},
    Sample{"provenance", kStatementSample},
    Sample{"provenance", kStatementV02Sample},
};

}  // namespace tollgate::evidence
