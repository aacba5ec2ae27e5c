// agreement: two sources that measure the same thing say the same. Version 2 compares what is sure:
// two small or sampled counts contradict each other only if their intervals do.
#include "domain/gate/checks/support.hpp"
#include "domain/slo/evidence.hpp"
#include "domain/slo/ratio.hpp"

#include <algorithm>
#include <cmath>

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

struct Compiled {
  int version = 2;
  Agreement parameters;
  slo::Objective objective;
};

}  // namespace
}  // namespace tollgate::gate

template <>
struct tollgate::reflect::Reflect<tollgate::gate::Agreement> {
  using Agreement = tollgate::gate::Agreement;
  static constexpr std::string_view name = "agreement";
  static constexpr std::array fields = {
      field<&Agreement::with>(
          "with",
          "SLI that measures the same from another source. One that is counted here is "
          "counted by the SLO of the service that has its name.",
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

/// The reading to compare with. A DataSource is asked; what is counted here is counted for an SLO,
/// the one of the service that has the name of the SLI (as for the parts of a composite).
Result<slo::Resolved> other_side(const CheckPlace& place, const slo::Resolved& first,
                                 const model::Sli& sli) {
  slo::Resolved second = first;
  second.indicator = slo::indicator_of(place.bundle, sli);
  second.objective.parts.clear();  // the other SLI stands for the whole of a composite
  if (!second.indicator.source.empty()) return second;
  const auto counted = place.bundle.find_slo(concat({place.slo->service, "/", sli.name}));
  if (!counted) return second;
  return slo::resolve(place.bundle, **counted, &place.environment);
}

template <int version>
Result<CompiledCheck> compile(const doc::Node& with, const CheckPlace& place) {
  TOLLGATE_TRY(const auto parameters, read_parameters<Agreement>(with));
  TOLLGATE_TRY(const slo::Resolved first, slo_at(place));
  const model::Sli* const sli = find_sli(place.bundle, parameters->with);
  if (sli == nullptr)
    return fail(codes::unknown_name,
                "agreement@{} compares with the SLI \"{}\", which is not there", version,
                parameters->with);
  TOLLGATE_TRY(const slo::Resolved second, other_side(place, first, *sli));
  if (second.objective.slo == first.objective.slo && second.indicator == first.indicator) {
    return fail(codes::field_conflict,
                "agreement@{} compares {} with the SLI \"{}\", which asks the same source the "
                "same{}",
                version, first.objective.slo, parameters->with,
                first.indicator.source.empty()
                    ? "; what is counted here needs an SLO of the SLI's name, and `slo` says which "
                      "one to compare"
                    : "");
  }
  const Duration over = parameters->over;
  auto compiled = std::make_shared<Compiled>();
  compiled->version = version;
  compiled->parameters = *parameters;
  compiled->objective = first.objective;
  // Events are compared, whatever the objective makes of them.
  compiled->objective.method = slo::BudgetingMethod::occurrences;
  return CompiledCheck{.subject = first.objective.slo,
                       .parameters = std::move(compiled),
                       .needs = {reading_need(first, over), reading_need(second, over)}};
}

/// A share between 0 and 1, rounded to the nearest ppm.
int64_t in_ppm(double share) { return static_cast<int64_t>(share * slo::kWhole + 0.5); }

/// The sources' shares of bad events as they are: how far apart.
int64_t share_difference(const model::Reading& one, const model::Reading& other) {
  return std::abs(slo::ppm_down(one.bad, one.total) - slo::ppm_down(other.bad, other.total));
}

/// Events that one source misses for sure, 95 %: sampled totals are estimates, whose variance is
/// the sum of w (w - 1) over the sampled events. Source: Horvitz and Thompson, JASA 47 (1952).
int64_t surely_missing(const model::Reading& one, const model::Reading& other) {
  const auto variance = [](const model::Reading& reading) {
    if (!reading.squares) return 0.0;
    const double squares =
        static_cast<double>(reading.squares->good) + static_cast<double>(reading.squares->bad);
    return std::max(0.0, squares - static_cast<double>(reading.total));
  };
  constexpr double kTwoSided95 = 1.959963984540054;
  const double unsure = kTwoSided95 * std::sqrt(variance(one) + variance(other));
  const double missing = static_cast<double>(std::abs(one.total - other.total)) - unsure;
  return missing > 0 ? static_cast<int64_t>(missing) : 0;
}

/// Version 2: adds what both are worth and their intervals to the figures, and gives how far the
/// shares are apart for sure; 0 if the intervals overlap. False if the SLO's own rule asks for
/// more evidence; `finding` is then complete.
bool add_intervals(const Compiled& compiled, const CheckInput& input, Finding& finding,
                   int64_t& apart) {
  std::array<stats::Interval, 2> shares;
  const double limit =
      static_cast<double>(slo::allowed_bad(compiled.objective).value) / slo::kWhole;
  bool is_enough = true;
  for (const size_t i : {0U, 1U}) {
    const slo::Evidence evidence = slo::evidence_of(compiled.objective, *input.fact(i).reading);
    shares[i] = slo::bad_interval(evidence);
    finding.with_figures({evidence.effective, in_ppm(shares[i].low), in_ppm(shares[i].high)});
    const slo::Sufficiency enough = slo::sufficiency(compiled.objective, evidence, limit);
    if (enough == slo::Sufficiency::enough || !is_enough) continue;
    is_enough = false;
    finding.need = static_cast<int>(i);
    finding.reason = slo::sufficiency_name(enough);
  }
  const double gap = std::max(shares[0].low - shares[1].high, shares[1].low - shares[0].high);
  apart = in_ppm(std::max(0.0, gap));
  return is_enough;
}

// Figures: bad and total of the SLO, bad and total of the other SLI, span in ms; in version 2, for
// either source: how many unsampled events its events are worth, and the ends of the interval of
// its share of bad ones in ppm.
Finding evaluate(const void* erased, const CheckInput& input) {
  const auto& compiled = *static_cast<const Compiled*>(erased);
  const Agreement& parameters = compiled.parameters;
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
  int64_t apart = 0;
  if (compiled.version == 1) {
    apart = share_difference(one, other);
  } else if (!add_intervals(compiled, input, finding, apart)) {
    return finding;
  }
  const int64_t most = std::max(one.total, other.total);
  const int64_t missing =
      slo::ppm_down(compiled.version == 1 ? most - std::min(one.total, other.total)
                                          : std::min(most, surely_missing(one, other)),
                    most);
  // Contradiction makes both untrustworthy: it says nothing about the service.
  if (missing > parameters.volume_tolerance.value) {
    finding.reason = "volumes_differ";
    finding.observed = {missing, model::Unit::ppm};
    finding.needed = {parameters.volume_tolerance.value, model::Unit::ppm};
    return finding;
  }
  finding.observed = {apart, model::Unit::ppm};
  if (apart > parameters.tolerance.value) {
    finding.reason = "shares_differ";
    return finding;
  }
  finding.state = model::CheckState::pass;
  finding.reason = "agree";
  return finding;
}

/// "70 bad of 1,000", and from version 2 on its interval and what a sample is worth. `first`: where
/// the source's interval stands in the figures.
std::string counted(const model::CheckRecord& record, size_t counts, size_t first) {
  const std::vector<int64_t>& figures = record.figures;
  std::string text =
      concat({number_text(figures[counts]), " bad of ", number_text(figures[counts + 1])});
  if (figures.size() < 11) return text;
  text += fmt::format(" ({} to {}", quantity_text({figures[first + 1], model::Unit::ppm}),
                      quantity_text({figures[first + 2], model::Unit::ppm}));
  if (figures[first] < figures[counts + 1])
    text += concat({", a sample worth ", count_text(figures[first], "event", "events")});
  return text + ")";
}

std::string words(const model::CheckRecord& record) {
  const bool has_intervals = record.figures.size() >= 11;
  const std::string shared = has_intervals ? std::string() : shared_words(record);
  if (!shared.empty() || record.figures.size() < 5) return shared;
  const std::string both = fmt::format("{} against {} in {}", counted(record, 0, 5),
                                       counted(record, 2, 8), duration_words({record.figures[4]}));
  if (record.reason == "thin" || record.reason == "wide")
    return "not enough evidence by the SLO's own rule to compare the sources: " + both;
  if (!record.observed) return {};
  const std::string sure = has_intervals ? " for sure" : "";
  if (record.reason == "volumes_differ") {
    return fmt::format("one source misses {}{} of what the other counts, at most {} is trusted: {}",
                       quantity_text(*record.observed), sure, quantity_text(*record.needed), both);
  }
  if (record.reason == "shares_differ") {
    return fmt::format("the sources contradict each other by {}{}, at most {} is trusted: {}",
                       quantity_text(*record.observed), sure, quantity_text(*record.needed), both);
  }
  if (has_intervals && record.observed->amount == 0)
    return fmt::format("the sources agree: {}", both);
  return fmt::format("the sources agree within {}: {}", quantity_text(*record.needed), both);
}

std::vector<std::string> remedies(const model::CheckRecord& record) {
  if (record.reason == "volumes_differ" || record.reason == "shares_differ")
    return {"find out which source is wrong: tollgate source list"};
  if (record.reason == "wide") return {"wait for more events"};
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
    .compile = compile<1>,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

extern const CheckDef agreement_v2 = {
    .name = "agreement@2",
    .title = "Two sources of one SLI say the same, as far as is known",
    .doc =
        "As agreement@1, over what is sure (95 %): the sources contradict each other only if the "
        "intervals of their shares of bad events lie further apart than `tolerance`, or one source "
        "misses more than `volumeTolerance` of the events beyond what sampling explains. Intervals "
        "that overlap agree. Unknown also where the SLO's own rule of evidence "
        "(tollgate.dev/min-events, tollgate.dev/max-interval) is not met by either source.",
    .introduced_in = "0.2.0",
    .controls = {"monitoring"},
    .is_per_slo = true,
    .parameters = &reflect::type_of<Agreement>,
    .example = "{with: checkout-from-the-edge, tolerance: 0.5%}",
    .validate = validate_parameters<Agreement>,
    .compile = compile<2>,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

}  // namespace tollgate::gate
