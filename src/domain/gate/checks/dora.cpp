// dora@1: a delivery figure of the service stands as well as it should.
#include "domain/delivery/sli.hpp"
#include "domain/gate/checks/support.hpp"
#include "domain/stats/interval.hpp"

namespace tollgate::gate {
namespace {

struct Dora {
  std::string figure;
  Ppm at_most{150'000};
  Duration window = days(90);
  int64_t min_events = 10;
  bool must_be_sure = false;
};

}  // namespace
}  // namespace tollgate::gate

template <>
struct tollgate::reflect::Reflect<tollgate::gate::Dora> {
  using Dora = tollgate::gate::Dora;
  static constexpr std::string_view name = "dora@1";
  static constexpr std::array fields = {
      field<&Dora::figure>("figure",
                           "Figure, with its limit if it is about spans: change-failure-rate, "
                           "rework, rollback-success, lead-time <= 2d, restore <= 1h, ...",
                           {.is_required = true, .size_max = 100, .example = "restore <= 1h"}),
      field<&Dora::at_most>("atMost", "Share of its events that may be bad.",
                            {.min = 0, .max = 1'000'000, .example = "15%"}),
      field<&Dora::window>("window", "How far back it looks.", {.min = 3'600'000}),
      field<&Dora::min_events>("minEvents", "Fewer events are no ground for an answer.",
                               {.min = 1}),
      field<&Dora::must_be_sure>(
          "mustBeSure", "Fail only if it is 95 % sure that the true share is above atMost.")};
};

namespace tollgate::gate {
namespace {

constexpr Ppm kConfidence{950'000};

void validate(const doc::Node& with, Problems& problems) {
  Dora parameters{};
  const size_t before = problems.size();
  reflect::decode(reflect::type_of<Dora>(), with, &parameters, {}, problems);
  if (problems.size() > before || parameters.figure.empty()) return;
  const auto sli = delivery::parse_sli(parameters.figure);
  if (!sli) problems.push_back(sli.error());
}

Result<CompiledCheck> compile(const doc::Node& with, const CheckPlace& place) {
  TOLLGATE_TRY(const auto parameters, read_parameters<Dora>(with));
  TOLLGATE_TRY(const delivery::Sli sli, delivery::parse_sli(parameters->figure));
  const std::string subject =
      fmt::format("{}/{}", place.service.name, delivery::sli_figure_name(sli.figure));
  Need need;
  need.objective.slo = subject;
  need.indicator.source = "delivery";
  need.indicator.good = parameters->figure;
  need.window = parameters->window;
  return CompiledCheck{.subject = subject, .parameters = parameters, .needs = {std::move(need)}};
}

// Figures: bad, total, atMost in ppm, window in ms.
Finding evaluate(const void* erased, const CheckInput& input) {
  const auto& parameters = *static_cast<const Dora*>(erased);
  Finding finding{.relation = model::Relation::at_most, .need = 0};
  const Fact& fact = input.fact(0);
  if (refuse_reading(fact, parameters.window, input.now, finding)) return finding;
  const model::Reading& reading = *fact.reading;
  finding.with_figures(
      {reading.bad, reading.total, parameters.at_most.value, parameters.window.ms});
  finding.needed = {parameters.at_most.value, model::Unit::ppm};
  if (reading.total < parameters.min_events) {
    finding.state = model::CheckState::unknown;
    finding.reason = "thin_history";
    return finding;
  }
  finding.observed = {reading.bad * 1'000'000 / reading.total, model::Unit::ppm};
  const double limit = static_cast<double>(parameters.at_most.value) / 1e6;
  const stats::Share share{.hits = reading.bad, .total = reading.total};
  const bool is_above = parameters.must_be_sure
                            ? stats::is_surely_above(share, limit, kConfidence)
                            : reading.bad * 1'000'000 > parameters.at_most.value * reading.total;
  finding.state = is_above ? model::CheckState::fail : model::CheckState::pass;
  finding.reason = is_above ? "too_many" : "within";
  return finding;
}

std::string words(const model::CheckRecord& record) {
  std::string shared = shared_words(record);
  if (!shared.empty() || record.figures.size() < 4) return shared;
  const std::string counts =
      fmt::format("{} of {} were bad over {}", number_text(record.figures[0]),
                  number_text(record.figures[1]), duration_words({record.figures[3]}));
  if (record.reason == "thin_history") return "Too few deliveries to judge: " + counts;
  return fmt::format("{}; at most {} may be", counts, percent_text(record.figures[2]));
}

std::vector<std::string> remedies(const model::CheckRecord& record) {
  if (record.reason == "thin_history") return {"wait for more deliveries, or lower `minEvents`"};
  if (record.state != model::CheckState::fail) return shared_remedies(record);
  return {"ship smaller changes and make roll-backs faster until the figure recovers",
          "look at the failures behind it with `tollgate dora --service SERVICE`"};
}

}  // namespace

extern const CheckDef dora_v1 = {
    .name = "dora@1",
    .title = "A delivery figure of the service stands as well as it should",
    .doc =
        "Counts the events of a delivery figure over `window` from the records of the ledger and "
        "fails if more than `atMost` of them were bad: deployments that failed, changes that took "
        "longer than their limit, and so on (docs/DORA.md). Unknown with fewer than `minEvents`.",
    .introduced_in = "0.2.0",
    .controls = {"change authorisation"},
    .parameters = &reflect::type_of<Dora>,
    .example = "{figure: change-failure-rate, atMost: 15%}",
    .validate = validate,
    .compile = compile,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

}  // namespace tollgate::gate
