// agreement@1: two sources that measure the same thing say the same.
#include "domain/gate/checks/support.hpp"
#include "domain/slo/ratio.hpp"

#include <algorithm>

namespace tollgate::gate {
namespace {

struct Agreement {
  std::string with;  // SLI
  std::optional<std::string> slo;
  Duration over = hours(1);
  Duration max_age = hours(1);
  Ppm tolerance{5'000};
  Ppm volume_tolerance{200'000};
};

}  // namespace
}  // namespace tollgate::gate

template <>
struct tollgate::reflect::Reflect<tollgate::gate::Agreement> {
  using Agreement = tollgate::gate::Agreement;
  static constexpr std::string_view name = "agreement@1";
  static constexpr std::array fields = {
      field<&Agreement::with>("with", "SLI that measures the same from another source.",
                              {.is_required = true, .refers_to = "SLI"}),
      field<&Agreement::slo>("slo", "SLO to look at; absent: each SLO of the service.",
                             {.refers_to = "SLO"}),
      field<&Agreement::over>("over", "Span that is compared.", {.min = 60'000, .example = "1h"}),
      field<&Agreement::max_age>("maxAge", "Older data of either source is not compared.",
                                 {.min = 1, .example = "10m"}),
      field<&Agreement::tolerance>("tolerance", "How far the two shares of bad events may differ.",
                                   {.min = 0, .max = 1'000'000, .example = "0.5%"}),
      field<&Agreement::volume_tolerance>(
          "volumeTolerance", "How far the smaller number of events may lie below the larger one.",
          {.min = 0, .max = 1'000'000, .example = "20%"})};
};

namespace tollgate::gate {
namespace {

const model::Sli* find_sli(const model::Bundle& bundle, std::string_view name) {
  for (const model::Resource* resource : bundle.of_kind("SLI")) {
    const auto* const sli = resource->as<model::Sli>();
    if (sli != nullptr && sli->name == name) return sli;
  }
  return nullptr;
}

Result<CompiledCheck> compile(const doc::Node& with, const CheckPlace& place) {
  TOLLGATE_TRY(auto parameters, read_parameters<Agreement>(with));
  TOLLGATE_TRY(const slo::Resolved first, slo_at(place));
  const model::Sli* const sli = find_sli(place.bundle, parameters->with);
  if (sli == nullptr)
    return fail(codes::unknown_name, "agreement@1 compares with the SLI \"{}\", which is not there",
                parameters->with);
  slo::Resolved second = first;
  second.indicator = slo::indicator_of(place.bundle, *sli);
  second.objective.parts.clear();  // the other SLI stands for the whole of a composite
  if (second.indicator == first.indicator) {
    return fail(codes::field_conflict,
                "agreement@1 compares {} with the SLI \"{}\", which asks the same source the same",
                first.objective.slo, parameters->with);
  }
  const Duration over = parameters->over;
  return CompiledCheck{.subject = first.objective.slo,
                       .parameters = std::move(parameters),
                       .needs = {reading_need(first, over), reading_need(second, over)}};
}

// Figures: bad and total of the SLO, bad and total of the other SLI, span in ms.
Finding evaluate(const void* erased, const CheckInput& input) {
  const auto& parameters = *static_cast<const Agreement*>(erased);
  Finding finding{.needed = {parameters.tolerance.value, model::Unit::ppm},
                  .relation = model::Relation::at_most};
  for (const int need : {0, 1}) {
    finding.need = need;
    const Fact& fact = input.fact(static_cast<size_t>(need));
    if (refuse_reading(fact, parameters.max_age, input.now, finding)) return finding;
  }
  const model::Reading& one = *input.fact(0).reading;
  const model::Reading& other = *input.fact(1).reading;
  finding.with_figures({one.bad, one.total, other.bad, other.total, parameters.over.ms});
  const int64_t most = std::max(one.total, other.total);
  const int64_t missing = slo::ppm_down(most - std::min(one.total, other.total), most);
  // Contradiction makes both untrustworthy: it says nothing about the service.
  if (missing > parameters.volume_tolerance.value) {
    finding.reason = "volumes_differ";
    finding.observed = {missing, model::Unit::ppm};
    finding.needed = {parameters.volume_tolerance.value, model::Unit::ppm};
    return finding;
  }
  const int64_t difference =
      std::abs(slo::ppm_down(one.bad, one.total) - slo::ppm_down(other.bad, other.total));
  finding.observed = {difference, model::Unit::ppm};
  if (difference > parameters.tolerance.value) {
    finding.reason = "shares_differ";
    return finding;
  }
  finding.state = model::CheckState::pass;
  finding.reason = "agree";
  return finding;
}

std::string words(const model::CheckRecord& record) {
  const std::string shared = shared_words(record);
  if (!shared.empty() || record.figures.size() < 5 || !record.observed) return shared;
  const std::string both =
      fmt::format("{} bad of {} against {} bad of {} in {}", number_text(record.figures[0]),
                  number_text(record.figures[1]), number_text(record.figures[2]),
                  number_text(record.figures[3]), duration_words({record.figures[4]}));
  if (record.reason == "volumes_differ") {
    return fmt::format("one source misses {} of what the other counts, at most {} is trusted: {}",
                       quantity_text(*record.observed), quantity_text(*record.needed), both);
  }
  if (record.reason == "shares_differ") {
    return fmt::format("the sources contradict each other by {}, at most {} is trusted: {}",
                       quantity_text(*record.observed), quantity_text(*record.needed), both);
  }
  return fmt::format("the sources agree within {}: {}", quantity_text(*record.needed), both);
}

std::vector<std::string> remedies(const model::CheckRecord& record) {
  if (record.reason == "volumes_differ" || record.reason == "shares_differ")
    return {"find out which source is wrong: tollgate source list"};
  return shared_remedies(record);
}

}  // namespace

extern const CheckDef agreement_v1 = {
    .name = "agreement@1",
    .title = "Two sources of one SLI say the same",
    .doc =
        "Compares the SLO with a second SLI that measures the same from another source, over the "
        "span `over`. Passes if the shares of bad events differ by at most `tolerance` and neither "
        "source misses more than `volumeTolerance` of the events. Otherwise unknown, never a "
        "failure: sources that contradict each other say nothing about the service.",
    .introduced_in = "0.2.0",
    .controls = {"monitoring"},
    .is_per_slo = true,
    .parameters = &reflect::type_of<Agreement>,
    .example = "{with: checkout-from-the-edge, tolerance: 0.5%}",
    .validate = validate_parameters<Agreement>,
    .compile = compile,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

}  // namespace tollgate::gate
