#include "sim/parts.hpp"

#include "foundation/base/codes.hpp"

namespace tollgate::sim {

model::Reading Signals::read(const engine::ReadingRequest& request) {
  model::Reading reading{.slo = request.objective->slo,
                         .environment = request.environment,
                         .window = {},
                         .from = request.span.from,
                         .to = request.span.to,
                         .slices = {},
                         .source = "cells",
                         .watermark = request.as_of - seconds(30),
                         .fetched_at = request.as_of,
                         .error = {},
                         .doubt = doubt_};
  if (mood_ == SignalMood::failing) {
    reading.error = "no answer from the store";
    reading.watermark = {};
    reading.completeness = Ppm{0};
    return reading;
  }
  if (mood_ == SignalMood::stale) reading.watermark = request.as_of - hours(5);
  if (mood_ == SignalMood::absent) return reading;
  const auto draw = static_cast<int64_t>(mixed(static_cast<uint64_t>(request.as_of.ms)) % 1000);
  reading.total = mood_ == SignalMood::thin ? 1 + draw % 10 : 10'000 + draw;
  reading.bad = mood_ == SignalMood::spent ? reading.total / (5 + draw % 60) : draw % 3;
  if (!request.indicator->source.empty())
    reading.bad += reading.total * other_bad_.value / 1'000'000;
  if (reading.bad > reading.total) reading.bad = reading.total;
  reading.good = reading.total - reading.bad;
  if (weight_ > 1) reading.squares = {.good = reading.good * weight_, .bad = reading.bad * weight_};
  return reading;
}

Result<void> Deliverer::deliver(const engine::Notification& notification) {
  if (chance_.percent(failing_percent_)) {
    if (chance_.percent(20))
      return fail(codes::bad_value, "{} has no address", notification.target);
    return fail(codes::unreachable, "{} does not answer", notification.target);
  }
  // The identifier ends with the position of the effect.
  delivered_.insert(std::atoll(notification.id.c_str() + notification.id.rfind('-') + 1));
  return {};
}

model::Report make_report(model::ReportKind kind, uint64_t draw) {
  const auto figure = static_cast<int64_t>(mixed(draw) % 1000);
  model::Report report;
  report.kind = kind;
  switch (kind) {
    case model::ReportKind::coverage:
      report.format = "lcov";
      report.lines = {.covered = 500 + figure / 2, .valid = 1000};
      break;
    case model::ReportKind::tests:
      report.format = "junit";
      report.total = 200;
      report.failed = figure % 3 == 0 ? 1 : 0;
      report.passed = 200 - *report.failed;
      report.skipped = 0;
      if (*report.failed > 0) report.failures = {"it adds up"};
      break;
    case model::ReportKind::benchmark:
      report.format = "go";
      report.cases = {{.name = "parse",
                       .unit = "ns",
                       .mean = 1000.0 + static_cast<double>(figure % 100),
                       .deviation = 10,
                       .count = 1 + figure % 10}};
      break;
    case model::ReportKind::findings:
      report.format = "sarif";
      report.levels = {.error = figure % 4};
      for (int64_t i = 0; i < figure % 4; ++i) {
        report.findings.push_back({.rule = "R1",
                                   .level = "error",
                                   .file = "main.c",
                                   .line = i,
                                   .fingerprint = fmt::format("f{}", (figure + i) % 7)});
      }
      break;
    case model::ReportKind::provenance:
      report.format = "provenance";
      report.provenance = {
          {.subjects = {{.name = "checkout",
                         .digest = digest_text(sha256(fmt::format("artifact {}", draw)))}},
           .predicate = "https://slsa.dev/provenance/v1",
           .builder = figure % 4 == 0 ? "https://elsewhere.example" : "https://builder.example",
           .source = "git+https://git.example/checkout",
           .commit = fmt::format("{:040x}", figure % 5)}};
      break;
  }
  return report;
}

}  // namespace tollgate::sim
