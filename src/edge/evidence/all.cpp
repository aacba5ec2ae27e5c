// Every report format on one page, sorted by name: one line makes a format known.
#include "edge/evidence/format.hpp"

#include <array>

namespace tollgate::evidence {

extern const FormatDef kBenchmarkdotnet, kCargoBench, kCatch2, kClover, kCobertura,
    kDynamicCoverage, kGcov, kGoBenchmark, kGoCover, kGoogleBenchmark, kHyperfine, kJacoco, kJmh,
    kJulia, kJunit, kK6, kLcov, kNunit2, kNunit3, kOpencover, kProvenance, kPytestBenchmark, kSarif,
    kScoverage, kSonarCoverage, kTrx, kXunit;

std::span<const FormatDef* const> all_formats() {
  static constexpr std::array kFormats = {
      &kBenchmarkdotnet,
      &kCargoBench,
      &kCatch2,
      &kClover,
      &kCobertura,
      &kDynamicCoverage,
      &kGcov,
      &kGoBenchmark,
      &kGoCover,
      &kGoogleBenchmark,
      &kHyperfine,
      &kJacoco,
      &kJmh,
      &kJulia,
      &kJunit,
      &kK6,
      &kLcov,
      &kNunit2,
      &kNunit3,
      &kOpencover,
      &kProvenance,
      &kPytestBenchmark,
      &kSarif,
      &kScoverage,
      &kSonarCoverage,
      &kTrx,
      &kXunit,
  };
  return kFormats;
}

}  // namespace tollgate::evidence
