// dependency-release: nothing that the service needs is being released, or in breach. Version 2
// does not know where too little evidence, or a sample, leaves a breach open.
#include "domain/gate/checks/support.hpp"
#include "domain/model/kinds/dependency.hpp"
#include "domain/slo/budget.hpp"

#include <algorithm>

namespace tollgate::gate {
namespace {

struct DependencyRelease {
  bool budgets = true;
  Duration max_age = hours(1);
  Duration retry = minutes(1);
};

/// The needs of one place: first one lease for each service, then one reading for each SLO.
struct Compiled {
  int version = 2;
  DependencyRelease parameters;
  std::vector<std::string> services;
  std::vector<slo::Objective> objectives;
};

}  // namespace
}  // namespace tollgate::gate

template <>
struct tollgate::reflect::Reflect<tollgate::gate::DependencyRelease> {
  using DependencyRelease = tollgate::gate::DependencyRelease;
  static constexpr std::string_view name = "dependency-release";
  static constexpr std::array fields = {
      field<&DependencyRelease::budgets>("budgets", "Whether their error budgets count, too."),
      field<&DependencyRelease::max_age>("maxAge", "Older data about them is no ground.",
                                         {.min = 1, .example = "1h"}),
      field<&DependencyRelease::retry>("retry", "When to ask again while one is released.",
                                       {.min = 1000, .max = 86'400'000, .example = "1m"})};
};

namespace tollgate::gate {
namespace {

std::vector<std::string> needed_by(const CheckPlace& place) {
  std::vector<std::string> services;
  for (const model::Resource* resource : place.bundle.of_kind("Dependency")) {
    const auto* dependency = resource->as<model::Dependency>();
    if (dependency->service != place.service.name) continue;
    services.insert(services.end(), dependency->depends_on.begin(), dependency->depends_on.end());
  }
  std::sort(services.begin(), services.end());
  services.erase(std::unique(services.begin(), services.end()), services.end());
  return services;
}

template <int version>
Result<CompiledCheck> compile(const doc::Node& with, const CheckPlace& place) {
  TOLLGATE_TRY(const auto parameters, read_parameters<DependencyRelease>(with));
  auto compiled = std::make_shared<Compiled>();
  compiled->version = version;
  compiled->parameters = *parameters;
  compiled->services = needed_by(place);
  CompiledCheck check{.subject = place.service.name, .parameters = nullptr, .needs = {}};
  for (const std::string& name : compiled->services) {
    check.needs.push_back({.kind = Need::Kind::upstream, .service = name});
  }
  for (const std::string& name : compiled->services) {
    const model::Service* service = place.bundle.find_service(name);
    if (service == nullptr || !parameters->budgets) continue;
    for (const model::Slo* slo : place.bundle.slos_of(*service)) {
      TOLLGATE_TRY(const slo::Resolved at, slo::resolve(place.bundle, *slo, &place.environment));
      compiled->objectives.push_back(at.objective);
      check.needs.push_back(reading_need(at, Duration{0}));
    }
  }
  check.parameters = std::move(compiled);
  return check;
}

/// Whether the counts do not say if the budget is overspent.
bool is_open(const slo::Objective& objective, const slo::Budget& budget) {
  const double limit = static_cast<double>(slo::allowed_bad(objective).value) / 1e6;
  return slo::sufficiency(objective, budget.evidence(), limit) != slo::Sufficiency::enough ||
         slo::is_uncertain(objective, budget, {0});
}

/// What stands in the way of one SLO of a service that is needed; nothing if it is fine.
std::optional<Finding> judge_budget(const Compiled& compiled, size_t index,
                                    const CheckInput& input) {
  const size_t need = compiled.services.size() + index;
  Finding finding{.need = static_cast<int>(need)};
  const slo::Objective& objective = compiled.objectives[index];
  if (refuse_reading(input.fact(need), compiled.parameters.max_age, input.now, finding)) {
    if (!finding.is_error) finding.detail = objective.slo;
    return finding;
  }
  const slo::Budget budget = slo::spending(objective, *input.fact(need).reading);
  if (compiled.version > 1 && is_open(objective, budget)) {
    finding.reason = "upstream_uncertain";
    finding.detail = objective.slo;
    finding.observed = {budget.left.value, model::Unit::ppm};
    return finding;
  }
  if (budget.left.value >= 0) return std::nullopt;
  finding.state = model::CheckState::fail;
  finding.holds = true;
  finding.reason = "upstream_breach";
  finding.detail = objective.slo;
  finding.observed = {budget.left.value, model::Unit::ppm};
  finding.needed = {0, model::Unit::ppm};
  return finding;
}

// Figures: services that are needed.
Finding evaluate(const void* erased, const CheckInput& input) {
  const auto& compiled = *static_cast<const Compiled*>(erased);
  Finding fine;
  fine.state = model::CheckState::pass;
  fine.reason = compiled.services.empty() ? "needs_nothing" : "upstreams_fine";
  fine.with_figures({static_cast<int64_t>(compiled.services.size())});
  std::optional<Finding> unclear;
  for (size_t i = 0; i < compiled.services.size(); ++i) {
    const LeaseFact* lease = input.fact(i).lease;
    if (lease == nullptr) return unknown("not_asked");
    if (lease->token == 0 || lease->until <= input.now) continue;
    Finding released{.state = model::CheckState::fail,
                     .reason = "upstream_released",
                     .detail = compiled.services[i],
                     .holds = true,
                     .retry_at_ms = (input.now + compiled.parameters.retry).ms,
                     .need = static_cast<int>(i)};
    return released.with_figures({lease->token});
  }
  for (size_t i = 0; i < compiled.objectives.size(); ++i) {
    const std::optional<Finding> found = judge_budget(compiled, i, input);
    if (!found) continue;
    if (found->state == model::CheckState::fail) return *found;
    if (!unclear) unclear = found;
  }
  return unclear.value_or(fine);
}

std::string words(const model::CheckRecord& record) {
  if (record.reason == "needs_nothing") return "it needs no other service";
  if (record.reason == "upstreams_fine" && !record.figures.empty()) {
    return fmt::format(
        "{} are neither being released nor in breach",
        count_text(record.figures[0], "service that it needs", "services that it needs"));
  }
  if (record.reason == "upstream_released") {
    return fmt::format("{}, which it needs, is being released", record.detail);
  }
  if (record.reason == "upstream_breach" && record.observed) {
    return fmt::format("{}, which it needs, has {} of its budget left", record.detail,
                       quantity_text(*record.observed));
  }
  if (record.reason == "upstream_uncertain" && record.observed) {
    return fmt::format(
        "{}, which it needs, may have overspent its budget: too little evidence ({} left)",
        record.detail, quantity_text(*record.observed));
  }
  if (record.reason == "no_data") return fmt::format("there is no data for {}", record.detail);
  return shared_words(record);
}

std::vector<std::string> remedies(const model::CheckRecord& record) {
  if (record.reason == "upstream_released") {
    return {fmt::format("wait until the release of {} is over", record.detail)};
  }
  if (record.reason == "upstream_breach") {
    return {fmt::format("wait until {} is back within its budget", record.detail)};
  }
  if (record.reason == "upstream_uncertain") return {"wait for more events"};
  if (record.reason == "no_data") {
    return {"connect or import a signal for this SLO: tollgate signal import FILE --slo " +
            record.detail};
  }
  return shared_remedies(record);
}

}  // namespace

extern const CheckDef dependency_release_v1 = {
    .name = "dependency-release@1",
    .title = "Nothing that the service needs is being released, or in breach",
    .doc =
        "Looks at the services that Dependency resources name for the service. Holds while one of "
        "them holds a queue's lease for the same environment, or has overspent the error budget of "
        "an SLO there; unknown if a budget cannot be read.",
    .introduced_in = "0.2.0",
    .controls = {"change-conflicts"},
    .parameters = &reflect::type_of<DependencyRelease>,
    .example = "{maxAge: 1h}",
    .validate = validate_parameters<DependencyRelease>,
    .compile = compile<1>,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

extern const CheckDef dependency_release_v2 = {
    .name = "dependency-release@2",
    .title = "Nothing that the service needs is being released, or surely in breach",
    .doc =
        "As dependency-release@1. Unknown also while the rule of evidence of an upstream's SLO "
        "(tollgate.dev/min-events, tollgate.dev/max-interval) is not met, or its events were "
        "sampled and the interval leaves open whether its budget is overspent.",
    .introduced_in = "0.2.0",
    .controls = {"change-conflicts"},
    .parameters = &reflect::type_of<DependencyRelease>,
    .example = "{maxAge: 1h}",
    .validate = validate_parameters<DependencyRelease>,
    .compile = compile<2>,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

}  // namespace tollgate::gate
