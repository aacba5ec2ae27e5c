// What a report of a build tool says, reduced to the figures that a decision uses. The raw file is
// a blob.
#pragma once

#include "foundation/reflect/type_info.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::model {

enum class ReportKind { coverage, tests, benchmark, findings, provenance };

/// Covered of coverable lines or branches; covered <= valid.
struct Covered {
  int64_t covered = 0;
  int64_t valid = 0;
};

enum class Better { lower, higher };

/// One benchmark: its mean over `count` samples. `unit` as the tool names it ("ns", "ops/s").
struct BenchmarkCase {
  std::string name;
  std::string unit;
  Better better = Better::lower;
  double mean = 0;
  double deviation = 0;  // sample standard deviation; 0 if the tool gives none
  int64_t count = 1;     // samples behind the mean
};

/// A threshold that the tool itself judged (k6).
struct ToolThreshold {
  std::string metric;
  std::string expression;
  bool is_met = false;
};

/// Findings of static analysis by SARIF level, suppressed ones left out.
struct FindingCounts {
  int64_t error = 0;
  int64_t warning = 0;
  int64_t note = 0;
  int64_t none = 0;
  int64_t suppressed = 0;
};

/// One finding; `fingerprint` is stable while the finding stays the same although lines move.
struct FindingItem {
  std::string rule;
  std::string level;
  std::string file;
  int64_t line = 0;
  std::string fingerprint;
};

/// Something that was built.
struct ProvenanceSubject {
  std::string name = {};
  std::string digest = {};  // "sha256:9f86..."
};

/// Who built what from which source: one in-toto statement.
struct Provenance {
  std::vector<ProvenanceSubject> subjects = {};  // at most kProvenanceSubjectsMax
  std::string predicate = {};                    // "https://slsa.dev/provenance/v1"
  std::string builder = {};                      // identity of the builder
  std::string build_type = {};
  std::string source = {};        // "git+https://github.com/acme/checkout"
  std::string commit = {};        // that it was built from
  std::string run = {};           // the builder's name for the run
  int64_t signatures = 0;         // that the envelope carries
  std::vector<Digest> keys = {};  // public keys whose signature of it was right, SHA-256 of SPKI
};
inline constexpr size_t kProvenanceSubjectsMax = 200;
inline constexpr size_t kProvenanceMax = 50;  // statements of one file

/// Items kept of one report; the counts always cover the whole file.
inline constexpr size_t kReportItemsMax = 2000;

/// The summary of one file. Which members are set follows from `kind`.
struct Report {
  ReportKind kind = ReportKind::coverage;
  std::string format;
  // coverage
  std::optional<Covered> lines;
  std::optional<Covered> branches;
  // tests; errors count as failed
  std::optional<int64_t> total;
  std::optional<int64_t> passed;
  std::optional<int64_t> failed;
  std::optional<int64_t> skipped;
  std::optional<int64_t> duration_ms;
  std::vector<std::string> failures;  // names of failed tests, at most kReportItemsMax
  // benchmark
  std::vector<BenchmarkCase> cases;
  std::vector<ToolThreshold> thresholds;
  // findings
  std::optional<FindingCounts> levels;
  std::vector<FindingItem> findings;
  // provenance
  std::vector<Provenance> provenance = {};
};

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct EnumNames<model::ReportKind> {
  static constexpr std::array<std::string_view, 5> names = {"coverage", "tests", "benchmark",
                                                            "findings", "provenance"};
};
template <>
struct EnumNames<model::Better> {
  static constexpr std::array<std::string_view, 2> names = {"lower", "higher"};
};
template <>
struct Reflect<model::Covered> {
  static constexpr std::string_view name = "Covered";
  static constexpr std::array fields = {
      field<&model::Covered::covered>("covered", "Covered.", {.min = 0}),
      field<&model::Covered::valid>("valid", "Coverable.", {.min = 0})};
};
template <>
struct Reflect<model::BenchmarkCase> {
  static constexpr std::string_view name = "BenchmarkCase";
  static constexpr std::array fields = {
      field<&model::BenchmarkCase::name>("name", "Name of the benchmark.", {.is_required = true}),
      field<&model::BenchmarkCase::unit>("unit", "Unit of mean and deviation."),
      field<&model::BenchmarkCase::better>("better", "Which direction is better."),
      field<&model::BenchmarkCase::mean>("mean", "Mean of the samples."),
      field<&model::BenchmarkCase::deviation>("deviation",
                                              "Sample standard deviation; 0 if unknown."),
      field<&model::BenchmarkCase::count>("count", "Samples behind the mean.", {.min = 1})};
};
template <>
struct Reflect<model::ToolThreshold> {
  static constexpr std::string_view name = "ToolThreshold";
  static constexpr std::array fields = {
      field<&model::ToolThreshold::metric>("metric", "What was measured."),
      field<&model::ToolThreshold::expression>("expression",
                                               "The condition, as the tool writes it."),
      field<&model::ToolThreshold::is_met>("is_met", "Whether the tool found it met.")};
};
template <>
struct Reflect<model::FindingCounts> {
  static constexpr std::string_view name = "FindingCounts";
  static constexpr std::array fields = {
      field<&model::FindingCounts::error>("error", "Findings of level error.", {.min = 0}),
      field<&model::FindingCounts::warning>("warning", "Findings of level warning.", {.min = 0}),
      field<&model::FindingCounts::note>("note", "Findings of level note.", {.min = 0}),
      field<&model::FindingCounts::none>("none", "Findings of level none.", {.min = 0}),
      field<&model::FindingCounts::suppressed>(
          "suppressed", "Suppressed findings, in no other count.", {.min = 0})};
};
template <>
struct Reflect<model::FindingItem> {
  static constexpr std::string_view name = "FindingItem";
  static constexpr std::array fields = {
      field<&model::FindingItem::rule>("rule", "Rule that was violated."),
      field<&model::FindingItem::level>("level", "error, warning, note or none."),
      field<&model::FindingItem::file>("file", "Where."),
      field<&model::FindingItem::line>("line", "Line, 0 if unknown.", {.min = 0}),
      field<&model::FindingItem::fingerprint>("fingerprint",
                                              "Identity that survives moved lines.")};
};
template <>
struct Reflect<model::ProvenanceSubject> {
  static constexpr std::string_view name = "ProvenanceSubject";
  static constexpr std::array fields = {
      field<&model::ProvenanceSubject::name>("name", "What it is called.", {.size_max = 1000}),
      field<&model::ProvenanceSubject::digest>("digest", "Its digest.",
                                               {.is_required = true, .size_max = 200})};
};
template <>
struct Reflect<model::Provenance> {
  using T = model::Provenance;
  static constexpr std::string_view name = "Provenance";
  static constexpr std::array fields = {
      field<&T::subjects>("subjects", "What was built.",
                          {.size_max = model::kProvenanceSubjectsMax}),
      field<&T::predicate>("predicate", "Type of the statement.", {.size_max = 500}),
      field<&T::builder>("builder", "Who built it.", {.size_max = 1000}),
      field<&T::build_type>("build_type", "How it was built.", {.size_max = 1000}),
      field<&T::source>("source", "Repository that it was built from.", {.size_max = 1000}),
      field<&T::commit>("commit", "Commit that it was built from.", {.size_max = 200}),
      field<&T::run>("run", "The builder's name for the run.", {.size_max = 1000}),
      field<&T::signatures>("signatures", "Signatures that the envelope carries.", {.min = 0}),
      field<&T::keys>("keys", "Public keys whose signature was right.", {.size_max = 50})};
};
template <>
struct Reflect<model::Report> {
  static constexpr std::string_view name = "Report";
  static constexpr std::array fields = {
      field<&model::Report::kind>("kind", "What the report is about."),
      field<&model::Report::format>("format", "Format it was read as."),
      field<&model::Report::lines>("lines", "Line coverage."),
      field<&model::Report::branches>("branches", "Branch coverage."),
      field<&model::Report::total>("total", "Tests, all.", {.min = 0}),
      field<&model::Report::passed>("passed", "Tests passed.", {.min = 0}),
      field<&model::Report::failed>("failed", "Tests failed or in error.", {.min = 0}),
      field<&model::Report::skipped>("skipped", "Tests skipped.", {.min = 0}),
      field<&model::Report::duration_ms>("duration_ms", "Time the tests took, in milliseconds.",
                                         {.min = 0}),
      field<&model::Report::failures>("failures", "Names of failed tests."),
      field<&model::Report::cases>("cases", "Benchmarks."),
      field<&model::Report::thresholds>("thresholds", "Thresholds that the tool judged."),
      field<&model::Report::levels>("levels", "Findings by level."),
      field<&model::Report::findings>("findings", "Findings, bounded."),
      field<&model::Report::provenance>("provenance", "Who built what from which source.",
                                        {.size_max = model::kProvenanceMax})};
};

}  // namespace tollgate::reflect
