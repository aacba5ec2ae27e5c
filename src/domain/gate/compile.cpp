// Compiling: the release policies that select a place become one tree of check instances with their
// parameters read, their SLOs resolved and their needs numbered.
#include "domain/gate/checks/support.hpp"
#include "domain/gate/gate.hpp"

#include <algorithm>

namespace tollgate::gate {
namespace {

using model::RuleOp;

/// Check instances that one gate may hold; a policy beyond it is refused rather than slow.
constexpr size_t kChecksMax = 1000;

class Compiler {
 public:
  Compiler(const model::Bundle& bundle, const model::Service& service,
           const model::Environment& environment, model::ChangeClass change_class)
      : bundle_(bundle), service_(service), environment_(environment), change_class_(change_class) {
    tier_ = bundle.tier_of(service);
    budget_policy_ = tier_ == nullptr ? nullptr : bundle.budget_policy_of(*tier_);
  }

  Result<CompiledGate> run() {
    gate_.environment = environment_.name;
    gate_.enforcement = environment_.enforcement;
    gate_.on_inconclusive = environment_.on_inconclusive;
    gate_.on_error = environment_.on_error;
    gate_.nodes.push_back({.op = RuleOp::all_of});
    for (const model::ReleasePolicy* policy :
         bundle_.release_policies_for(service_, environment_.name, change_class_)) {
      gate_.policies.push_back(policy->name);
      TOLLGATE_CHECK(add(policy->rule, policy->name));
    }
    gate_.nodes[0].end = static_cast<uint32_t>(gate_.nodes.size());
    number_needs();
    return std::move(gate_);
  }

 private:
  /// Adds one rule of a policy and everything below it, in preorder.
  Result<void> add(const model::Rule& rule, std::string_view fallback_name) {
    if (rule.check) return add_check(rule, fallback_name);
    const size_t index = gate_.nodes.size();
    CompiledNode node{.rule = rule.name.empty() ? std::string(fallback_name) : rule.name};
    const std::vector<model::Rule>* parts = &rule.all_of;
    if (!rule.any_of.empty()) {
      node.op = RuleOp::any_of;
      parts = &rule.any_of;
    } else if (rule.at_least) {
      node.op = RuleOp::at_least;
      node.at_least = static_cast<uint32_t>(*rule.at_least);
      parts = &rule.of;
    }
    gate_.nodes.push_back(std::move(node));
    for (const model::Rule& part : *parts) TOLLGATE_CHECK(add(part, ""));
    gate_.nodes[index].end = static_cast<uint32_t>(gate_.nodes.size());
    return {};
  }

  Result<void> add_check(const model::Rule& rule, std::string_view fallback_name) {
    const CheckDef* def = find_check(*rule.check);
    if (def == nullptr) {
      return fail(codes::unknown_check, "there is no check \"{}\"{}", *rule.check,
                  did_you_mean(*rule.check, check_names()));
    }
    const std::string name = rule.name.empty() ? std::string(fallback_name) : rule.name;
    if (!def->is_per_slo) return add_instance(*def, rule.with, nullptr, name);
    const std::string_view wanted = rule.with.text_or("slo");
    if (!wanted.empty()) {
      TOLLGATE_TRY(const model::Slo* slo, bundle_.find_slo(wanted, service_.name));
      return add_instance(*def, rule.with, slo, name);
    }
    const std::vector<const model::Slo*> slos = bundle_.slos_of(service_);
    if (slos.empty()) return add_missing_slo(*def, name);
    if (slos.size() == 1) return add_instance(*def, rule.with, slos.front(), name);
    const size_t index = gate_.nodes.size();
    gate_.nodes.push_back({.op = RuleOp::all_of, .rule = name});
    for (const model::Slo* slo : slos) TOLLGATE_CHECK(add_instance(*def, rule.with, slo, ""));
    gate_.nodes[index].end = static_cast<uint32_t>(gate_.nodes.size());
    return {};
  }

  Result<void> add_instance(const CheckDef& def, const doc::Node& with, const model::Slo* slo,
                            const std::string& name) {
    const CheckPlace place{.bundle = bundle_,
                           .service = service_,
                           .environment = environment_,
                           .tier = tier_,
                           .budget_policy = budget_policy_,
                           .change_class = change_class_,
                           .slo = slo};
    TOLLGATE_TRY(CompiledCheck check, def.compile(with, place));
    check.def = &def;
    return push(std::move(check), name);
  }

  /// A check over SLOs of a service that has none: it is there, and it is unknown.
  Result<void> add_missing_slo(const CheckDef& def, const std::string& name) {
    return push({.def = &def, .subject = service_.name, .parameters = nullptr, .needs = {}}, name);
  }

  Result<void> push(CompiledCheck check, const std::string& name) {
    if (gate_.checks.size() >= kChecksMax) {
      return fail(codes::limit_exceeded, "the policies ask for more than {} checks of {}",
                  kChecksMax, service_.name);
    }
    const auto index = static_cast<uint32_t>(gate_.checks.size());
    gate_.checks.push_back(std::move(check));
    gate_.nodes.push_back({.op = RuleOp::check, .check = index, .rule = name});
    gate_.nodes.back().end = static_cast<uint32_t>(gate_.nodes.size());
    return {};
  }

  void number_needs() {
    for (CompiledCheck& check : gate_.checks) {
      for (const Need& need : check.needs) {
        const auto same = std::find(gate_.needs.begin(), gate_.needs.end(), need);
        check.places.push_back(static_cast<uint32_t>(same - gate_.needs.begin()));
        if (same == gate_.needs.end()) gate_.needs.push_back(need);
      }
    }
  }

  const model::Bundle& bundle_;
  const model::Service& service_;
  const model::Environment& environment_;
  const model::ChangeClass change_class_;
  const model::Tier* tier_ = nullptr;
  const model::ErrorBudgetPolicy* budget_policy_ = nullptr;
  CompiledGate gate_;
};

}  // namespace

Need reading_need(const slo::Resolved& slo, Duration window) {
  return {.kind = Need::Kind::reading,
          .objective = slo.objective,
          .indicator = slo.indicator,
          .window = window};
}

Duration need_window(const Need& need) {
  return need.window.ms != 0 ? need.window : slo::nominal_length(need.objective.window);
}

std::vector<std::string> check_names() {
  std::vector<std::string> names;
  for (const CheckDef* check : all_checks()) names.emplace_back(check->name);
  return names;
}

Result<CompiledGate> compile_gate(const model::Bundle& bundle, std::string_view service,
                                  std::string_view environment, model::ChangeClass change_class) {
  TOLLGATE_TRY(const model::Service* found_service, bundle.service(service));
  TOLLGATE_TRY(const model::Environment* found_environment, bundle.environment(environment));
  return Compiler(bundle, *found_service, *found_environment, change_class).run();
}

namespace {

/// The problems of one rule and those below it; `path` is where it stands in the resource.
void validate_rule(const model::Rule& rule, const std::string& path, model::ProblemSink& sink) {
  if (rule.check) {
    const CheckDef* def = find_check(*rule.check);
    if (def == nullptr) {
      sink.add(codes::unknown_check, path + "/check",
               fmt::format("there is no check \"{}\"{}", *rule.check,
                           did_you_mean(*rule.check, check_names())));
      return;
    }
    Problems problems;
    def->validate(rule.with, problems);
    for (const Error& problem : problems)
      sink.add(problem.code, path + "/with" + problem.field, problem.message);
  }
  const std::pair<const char*, const std::vector<model::Rule>*> lists[] = {
      {"/allOf/", &rule.all_of}, {"/anyOf/", &rule.any_of}, {"/of/", &rule.of}};
  for (const auto& [name, rules] : lists) {
    for (size_t i = 0; i < rules->size(); ++i) {
      validate_rule((*rules)[i], path + name + std::to_string(i), sink);
    }
  }
}

}  // namespace

Problems validate_gates(const model::Bundle& bundle) {
  Problems problems;
  for (const model::Resource* resource : bundle.of_kind("ReleasePolicy")) {
    const auto* policy = resource->as<model::ReleasePolicy>();
    model::ProblemSink sink(resource->file, resource->source, problems);
    validate_rule(policy->rule, "/spec/rule", sink);
  }
  return problems;
}

}  // namespace tollgate::gate
