#include "app/render/slo_overview.hpp"

#include <algorithm>

namespace tollgate::render {
namespace {

/// The environments whose budgets are worth a line: production ones, or all if none is.
std::vector<std::string> shown_environments(const model::Bundle& bundle, std::string_view only) {
  if (!only.empty()) return {std::string(only)};
  std::vector<std::string> production;
  std::vector<std::string> all;
  for (const model::Resource* resource : bundle.of_kind("Environment")) {
    all.push_back(resource->metadata.name);
    const auto* environment = resource->as<model::Environment>();
    if (environment != nullptr && environment->is_production) production.push_back(all.back());
  }
  if (!production.empty()) return production;
  if (all.empty()) all.emplace_back();
  return all;
}

/// A row before it is known whether it is among the worst: small, for there may be very many.
struct Candidate {
  double rank = 0;  // overspent before thin before healthy; without data last
  const model::Slo* slo = nullptr;
  uint32_t environment = 0;
};

Result<engine::BudgetAnswer> ask(const engine::Engine& engine, const model::Slo& slo,
                                 const std::string& environment) {
  return engine.budget(slo.address(), environment, std::nullopt, engine::WithPace::no);
}

bool is_worse(const Candidate& a, const Candidate& b) { return a.rank < b.rank; }

}  // namespace

SloOverview slo_overview(const engine::Engine& engine, std::string_view environment, size_t limit) {
  constexpr double kNoData = 2.0;
  SloOverview overview{.policy = engine.policy(), .rows = {}, .states = {}};
  const model::Bundle& bundle = overview.policy->bundle();
  const std::vector<std::string> environments = shown_environments(bundle, environment);
  std::vector<Candidate> candidates;
  for (uint32_t place = 0; place < environments.size(); ++place) {
    for (const model::Resource* resource : bundle.of_kind("SLO")) {
      const auto* slo = resource->as<model::Slo>();
      if (slo == nullptr) continue;
      const auto answer = ask(engine, *slo, environments[place]);
      const bool has_data = answer && answer->budget.total > 0;
      ++overview.states[answer ? slo::budget_state_name(answer->budget.state) : "no_data"];
      const double left = has_data ? static_cast<double>(answer->budget.left.value) / 1e6 : kNoData;
      candidates.push_back({.rank = left, .slo = slo, .environment = place});
    }
  }
  overview.count = static_cast<int64_t>(candidates.size());
  std::stable_sort(candidates.begin(), candidates.end(), is_worse);
  if (candidates.size() > limit) candidates.resize(limit);
  overview.rows.reserve(candidates.size());
  for (const Candidate& each : candidates) {
    SloOverview::Row row{
        .slo = each.slo, .environment = environments[each.environment], .answer = {}, .error = {}};
    auto answer = ask(engine, *each.slo, row.environment);
    if (answer) {
      row.answer = std::move(*answer);
    } else {
      row.error = answer.error().message;
    }
    overview.rows.push_back(std::move(row));
  }
  return overview;
}

}  // namespace tollgate::render
