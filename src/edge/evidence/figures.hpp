// Figures that several formats share: line sets, test outcomes, samples, and text that is fit to be
// kept.
#pragma once

#include "domain/model/evidence.hpp"
#include "foundation/base/error.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::evidence {

/// Longest name that is kept, in bytes.
inline constexpr size_t kNameMax = 1000;

/// Text fit for a ledger: valid UTF-8 of at most kNameMax bytes. Invalid bytes become "?".
std::string kept_name(std::string_view text);

/// `covered` of `valid`, checked. Errors: bad_report if it is not 0 <= covered <= valid.
Result<model::Covered> covered_of(int64_t covered, int64_t valid);

/// Lines, statements or branches by identity: one that is seen twice counts once, and is covered if
/// any sighting was.
template <class Key>
class CoveredSet {
 public:
  void add(Key key, bool is_covered) {
    bool& state = seen_[std::move(key)];
    state = state || is_covered;
  }
  bool is_empty() const { return seen_.empty(); }
  model::Covered totals() const {
    model::Covered totals{.covered = 0, .valid = static_cast<int64_t>(seen_.size())};
    for (const auto& [key, is_covered] : seen_) totals.covered += is_covered ? 1 : 0;
    return totals;
  }

 private:
  std::map<Key, bool> seen_;
};

/// What became of one run of a test, from the mildest to the gravest.
enum class Outcome { skipped, passed, failed, error };

/// Counts tests, not runs: several runs of one name are one test with the gravest outcome, so that
/// a parameterised test or a retry neither hides a failure nor counts twice.
class TestTally {
 public:
  /// A run of test `name` in `group` (class, suite). Runs without a name are tests of their own.
  void add(std::string_view group, std::string_view name, Outcome outcome);
  void add_duration(int64_t ms) { duration_ms_ += ms; }
  bool is_empty() const { return named_.empty() && unnamed_.empty(); }
  /// total, passed, failed, skipped, duration and names of failures.
  model::Report report() const;

 private:
  std::map<std::pair<std::string, std::string>, Outcome> named_;
  std::vector<Outcome> unnamed_;
  int64_t duration_ms_ = 0;
};

/// A report of tests from figures that a tool has summed up itself.
/// Errors: bad_report if more failed or were skipped than there are.
Result<model::Report> tests_report(int64_t total, int64_t failed, int64_t skipped,
                                   int64_t duration_ms);

/// Mean, sample deviation and count into `benchmark`. `samples` must not be empty.
void set_samples(model::BenchmarkCase& benchmark, std::span<const double> samples);

/// Benchmarks collected one by one; equal names with equal units are samples of one case.
class SampleTally {
 public:
  void add(std::string_view name, std::string_view unit, model::Better better, double value);
  /// In the order of first appearance.
  std::vector<model::BenchmarkCase> cases() const;

 private:
  struct Samples {
    model::BenchmarkCase benchmark;
    std::vector<double> values;
  };
  std::map<std::pair<std::string, std::string>, size_t> index_;
  std::vector<Samples> list_;
};

/// A benchmark report of at most kReportItemsMax cases.
/// Errors: bad_report if there is none, or a figure is not finite or a deviation negative.
Result<model::Report> benchmark_report(std::vector<model::BenchmarkCase> cases);

}  // namespace tollgate::evidence
