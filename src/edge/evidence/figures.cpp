// Figures that several formats share.
#include "edge/evidence/figures.hpp"

#include "foundation/base/codes.hpp"

#include <cmath>
#include <numeric>

namespace tollgate::evidence {

namespace {

/// Length of the valid UTF-8 sequence at the start of `text`, 0 if there is none.
size_t sequence_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool is_overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool is_surrogate = lead == 0xED && byte(1) >= 0xA0;
  const bool is_beyond = lead == 0xF4 && byte(1) >= 0x90;
  return is_overlong || is_surrogate || is_beyond ? 0 : length;
}

}  // namespace

std::string kept_name(std::string_view text) {
  std::string kept;
  while (!text.empty()) {
    const size_t length = sequence_length(text);
    if (kept.size() + std::max<size_t>(length, 1) > kNameMax) break;
    kept += length == 0 ? std::string_view("?") : text.substr(0, length);
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return kept;
}

Result<model::Covered> covered_of(int64_t covered, int64_t valid) {
  if (covered < 0 || covered > valid) {
    return fail(codes::bad_report, "{} of {} cannot be covered", covered, valid);
  }
  return model::Covered{.covered = covered, .valid = valid};
}

void TestTally::add(std::string_view group, std::string_view name, Outcome outcome) {
  if (name.empty()) {
    unnamed_.push_back(outcome);
    return;
  }
  const auto [place, is_new] = named_.try_emplace({std::string(group), std::string(name)}, outcome);
  if (!is_new) place->second = std::max(place->second, outcome);
}

model::Report TestTally::report() const {
  model::Report report;
  int64_t passed = 0, failed = 0, skipped = 0;
  const auto count = [&](Outcome outcome) {
    (outcome == Outcome::passed ? passed : outcome == Outcome::skipped ? skipped : failed) += 1;
    return outcome >= Outcome::failed && report.failures.size() < model::kReportItemsMax;
  };
  for (const auto& [key, outcome] : named_) {
    if (!count(outcome)) continue;
    const auto& [group, name] = key;
    report.failures.push_back(
        kept_name(group.empty() || name.starts_with(group) ? name : group + "." + name));
  }
  for (const Outcome outcome : unnamed_) {
    if (count(outcome)) report.failures.emplace_back("(unnamed)");
  }
  report.total = passed + failed + skipped;
  report.passed = passed;
  report.failed = failed;
  report.skipped = skipped;
  report.duration_ms = duration_ms_;
  return report;
}

Result<model::Report> tests_report(int64_t total, int64_t failed, int64_t skipped,
                                   int64_t duration_ms) {
  if (failed + skipped > total) {
    return fail(codes::bad_report, "{} failed and {} skipped are more than the {} tests", failed,
                skipped, total);
  }
  model::Report report;
  report.total = total;
  report.passed = total - failed - skipped;
  report.failed = failed;
  report.skipped = skipped;
  report.duration_ms = duration_ms;
  return report;
}

void set_samples(model::BenchmarkCase& benchmark, std::span<const double> samples) {
  const auto count = static_cast<double>(samples.size());
  benchmark.count = static_cast<int64_t>(samples.size());
  benchmark.mean = std::accumulate(samples.begin(), samples.end(), 0.0) / count;
  double squares = 0;
  for (const double sample : samples) {
    squares += (sample - benchmark.mean) * (sample - benchmark.mean);
  }
  benchmark.deviation = samples.size() < 2 ? 0 : std::sqrt(squares / (count - 1));
}

void SampleTally::add(std::string_view name, std::string_view unit, model::Better better,
                      double value) {
  const auto [place, is_new] =
      index_.try_emplace({std::string(name), std::string(unit)}, list_.size());
  if (is_new) {
    list_.emplace_back();
    list_.back().benchmark.name = kept_name(name);
    list_.back().benchmark.unit = kept_name(unit);
    list_.back().benchmark.better = better;
  }
  list_[place->second].values.push_back(value);
}

std::vector<model::BenchmarkCase> SampleTally::cases() const {
  std::vector<model::BenchmarkCase> cases;
  for (const Samples& samples : list_) {
    set_samples(cases.emplace_back(samples.benchmark), samples.values);
  }
  return cases;
}

Result<model::Report> benchmark_report(std::vector<model::BenchmarkCase> cases) {
  if (cases.empty()) return fail(codes::bad_report, "the report holds no benchmark result");
  for (auto& benchmark : cases) {
    if (benchmark.name.empty()) benchmark.name = "(unnamed)";
    if (!std::isfinite(benchmark.mean) || !std::isfinite(benchmark.deviation) ||
        benchmark.deviation < 0 || benchmark.count < 1) {
      return fail(codes::bad_report, "the figures of benchmark \"{}\" make no sense",
                  benchmark.name);
    }
  }
  if (cases.size() > model::kReportItemsMax) cases.resize(model::kReportItemsMax);
  model::Report report;
  report.cases = std::move(cases);
  return report;
}

}  // namespace tollgate::evidence
