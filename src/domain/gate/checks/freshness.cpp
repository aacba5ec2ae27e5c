// freshness@1: the data that the other checks look at is recent and whole.
#include "domain/gate/checks/support.hpp"

namespace tollgate::gate {
namespace {

struct Freshness {
  std::optional<std::string> slo;
  Duration max_age = minutes(10);
  Ppm min_completeness{0};
  Duration over = hours(1);
};

}  // namespace
}  // namespace tollgate::gate

template <>
struct tollgate::reflect::Reflect<tollgate::gate::Freshness> {
  using Freshness = tollgate::gate::Freshness;
  static constexpr std::string_view name = "freshness@1";
  static constexpr std::array fields = {
      field<&Freshness::slo>("slo", "SLO to look at; absent: each SLO of the service.",
                             {.refers_to = "SLO"}),
      field<&Freshness::max_age>("maxAge", "Largest age of the source's watermark.",
                                 {.min = 1, .example = "10m"}),
      field<&Freshness::min_completeness>("minCompleteness",
                                          "Least share of the span `over` that has data.",
                                          {.min = 0, .max = 1'000'000, .example = "95%"}),
      field<&Freshness::over>("over", "Span that must be whole.",
                              {.min = 60'000, .example = "1h"})};
};

namespace tollgate::gate {
namespace {

Result<CompiledCheck> compile(const doc::Node& with, const CheckPlace& place) {
  TOLLGATE_TRY(auto parameters, read_parameters<Freshness>(with));
  TOLLGATE_TRY(const slo::Resolved at, slo_at(place));
  const Duration over = parameters->over;
  return CompiledCheck{.subject = at.objective.slo,
                       .parameters = std::move(parameters),
                       .needs = {reading_need(at, over)}};
}

// Figures: watermark's age in ms, completeness in ppm, span in ms.
Finding evaluate(const void* erased, const CheckInput& input) {
  const auto& parameters = *static_cast<const Freshness*>(erased);
  Finding finding{.needed = {parameters.max_age.ms, model::Unit::milliseconds},
                  .relation = model::Relation::at_most,
                  .need = 0};
  // Stale data carries no decision: it is neither good nor bad.
  if (refuse_reading(input.fact(0), parameters.max_age, input.now, finding)) return finding;
  const model::Reading& reading = *input.fact(0).reading;
  finding.observed = {finding.age_ms, model::Unit::milliseconds};
  finding.with_figures({finding.age_ms, reading.completeness.value, parameters.over.ms});
  if (reading.completeness.value < parameters.min_completeness.value) {
    finding.reason = "incomplete";
    finding.observed = {reading.completeness.value, model::Unit::ppm};
    finding.needed = {parameters.min_completeness.value, model::Unit::ppm};
    finding.relation = model::Relation::at_least;
    return finding;
  }
  finding.state = model::CheckState::pass;
  finding.reason = "fresh";
  return finding;
}

std::string words(const model::CheckRecord& record) {
  if (record.reason == "incomplete" && record.figures.size() >= 3) {
    return fmt::format("{} of the last {} has data, needs at least {}",
                       quantity_text(*record.observed), duration_words({record.figures[2]}),
                       quantity_text(*record.needed));
  }
  std::string shared = shared_words(record);
  if (!shared.empty() || record.figures.size() < 3) return shared;
  return concat({"data is ", duration_words({record.figures[0]}), " old, ",
                 percent_text(record.figures[1]), " of the last ",
                 duration_words({record.figures[2]}), " has data"});
}

std::vector<std::string> remedies(const model::CheckRecord& record) {
  if (record.reason == "incomplete")
    return {"find out why the source has gaps, or wait until the span is whole"};
  return shared_remedies(record);
}

}  // namespace

extern const CheckDef freshness_v1 = {
    .name = "freshness@1",
    .title = "The data that decides is recent and whole",
    .doc =
        "Passes if the watermark of the SLO's source is at most `maxAge` old and at least "
        "`minCompleteness` of the "
        "span `over` has data. Otherwise unknown, never a failure: stale or broken data says "
        "nothing about the "
        "service.",
    .introduced_in = "0.1.0",
    .controls = {"monitoring"},
    .is_per_slo = true,
    .parameters = &reflect::type_of<Freshness>,
    .example = "{maxAge: 10m, minCompleteness: 95%}",
    .validate = validate_parameters<Freshness>,
    .compile = compile,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

}  // namespace tollgate::gate
