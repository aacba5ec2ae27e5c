// previous-environment@1: the version was in the environment before this one, for long enough.
#include "domain/gate/checks/support.hpp"

namespace tollgate::gate {
namespace {

struct PreviousEnvironment {
  std::optional<std::string> environment;
  Duration bake;
};

}  // namespace
}  // namespace tollgate::gate

template <>
struct tollgate::reflect::Reflect<tollgate::gate::PreviousEnvironment> {
  using PreviousEnvironment = tollgate::gate::PreviousEnvironment;
  static constexpr std::string_view name = "previous-environment@1";
  static constexpr std::array fields = {
      field<&PreviousEnvironment::environment>(
          "environment", "Where it must have been; absent: the next lower in order.",
          {.refers_to = "Environment", .example = "staging"}),
      field<&PreviousEnvironment::bake>("bake", "How long it must have been there.",
                                        {.min = 0, .max = 86'400'000 * 90LL, .example = "24h"})};
};

namespace tollgate::gate {
namespace {

/// The environment with the greatest order below this one; null if this is the first.
const model::Environment* before(const CheckPlace& place) {
  const model::Environment* best = nullptr;
  for (const model::Resource* resource : place.bundle.of_kind("Environment")) {
    const auto* environment = resource->as<model::Environment>();
    if (environment->order >= place.environment.order) continue;
    if (best == nullptr || environment->order > best->order) best = environment;
  }
  return best;
}

Result<CompiledCheck> compile(const doc::Node& with, const CheckPlace& place) {
  TOLLGATE_TRY(auto parameters, read_parameters<PreviousEnvironment>(with));
  CompiledCheck check{.subject = place.environment.name, .parameters = nullptr, .needs = {}};
  const model::Environment* wanted = before(place);
  if (parameters->environment) {
    TOLLGATE_TRY(wanted, place.bundle.environment(*parameters->environment));
  }
  if (wanted != nullptr) {
    check.subject = wanted->name;
    check.needs.push_back({.kind = Need::Kind::release_before, .environment = wanted->name});
  }
  check.parameters = std::move(parameters);
  return check;
}

// Figures: how long it has been there, in ms.
Finding evaluate(const void* erased, const CheckInput& input) {
  const auto& parameters = *static_cast<const PreviousEnvironment*>(erased);
  Finding finding;
  finding.state = model::CheckState::pass;
  finding.reason = "first_environment";
  if (input.places.empty()) return finding;
  const ReleaseFact* release = input.fact(0).release;
  if (release == nullptr) return unknown("not_asked");
  finding.need = 0;
  finding.state = model::CheckState::fail;
  finding.reason = release->position < 0 ? "never_there" : "taken_back";
  if (release->position < 0 || release->is_gone) return finding;
  const Duration baked = input.now - release->since;
  finding.with_figures({baked.ms});
  finding.observed = {baked.ms, model::Unit::milliseconds};
  finding.needed = {parameters.bake.ms, model::Unit::milliseconds};
  if (baked >= parameters.bake) {
    finding.state = model::CheckState::pass;
    finding.reason = "baked";
    return finding;
  }
  finding.reason = "baking";
  finding.holds = true;
  finding.retry_at_ms = (release->since + parameters.bake).ms;
  return finding;
}

std::string words(const model::CheckRecord& record) {
  if (record.reason == "first_environment") return "there is no environment before this one";
  if (record.reason == "never_there") return fmt::format("it was never in {}", record.subject);
  if (record.reason == "taken_back") {
    return fmt::format("it failed in {}, or was rolled back there", record.subject);
  }
  if (!record.observed || !record.needed) return {};
  return fmt::format("it has been in {} for {}, needs at least {}", record.subject,
                     quantity_text(*record.observed), quantity_text(*record.needed));
}

std::vector<std::string> remedies(const model::CheckRecord& record) {
  if (record.reason == "never_there") {
    return {fmt::format("release it to {} first", record.subject)};
  }
  if (record.reason == "taken_back") {
    return {fmt::format("release a version that stays in {}", record.subject)};
  }
  if (record.reason == "baking" && record.retry_at) {
    return {fmt::format("wait until {}", time_text(*record.retry_at))};
  }
  return {};
}

}  // namespace

extern const CheckDef previous_environment_v1 = {
    .name = "previous-environment@1",
    .title = "The version proved itself in the environment before",
    .doc =
        "Passes if the version was released to the environment before, `bake` ago or longer, and "
        "stayed there. Where releases are confirmed (release finish) only confirmed ones count, "
        "elsewhere an allowed gate does. Holds while it bakes; fails if it was never there, failed "
        "or was rolled back.",
    .introduced_in = "0.2.0",
    .controls = {"change-testing"},
    .parameters = &reflect::type_of<PreviousEnvironment>,
    .example = "{environment: staging, bake: 24h}",
    .validate = validate_parameters<PreviousEnvironment>,
    .compile = compile,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

}  // namespace tollgate::gate
