#include "edge/webhooks/mapping.hpp"

#include "edge/webhooks/fields.hpp"
#include "foundation/base/address.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <arpa/inet.h>

namespace tollgate::webhooks {
namespace {

class Placer {
 public:
  Placer(const model::Integration& integration, const model::Bundle& bundle,
         model::Assurance assurance)
      : integration_(integration), bundle_(bundle), assurance_(assurance) {}

  void place(model::DeploymentObserved record) {
    if (!place_both(record)) return;
    keep(std::move(record));
  }

  void place(model::PipelineObserved record) {
    for (const model::IntegrationRule& rule : integration_.rules) {
      if (rule.pipeline.empty()) continue;
      const auto mapped = model::map_names(
          rule, {.project = record.project, .environment = {}, .pipeline = record.name});
      if (!mapped || !exists(mapped->service, mapped->environment)) continue;
      keep(deployment_of(record, *mapped));
      break;
    }
    const auto mapped = find(record.project, {});
    if (!mapped) return;
    record.service = mapped->service;
    keep(std::move(record));
  }

  void place(model::ChangeObserved record) {
    // A repository may hold several services.
    std::vector<std::string> services;
    for (const model::IntegrationRule& rule : integration_.rules) {
      const auto mapped =
          model::map_names(rule, {.project = record.project, .environment = {}, .pipeline = {}});
      if (!mapped || bundle_.find_service(mapped->service) == nullptr) continue;
      if (std::find(services.begin(), services.end(), mapped->service) == services.end())
        services.push_back(mapped->service);
    }
    if (integration_.rules.empty()) {
      if (const auto mapped = by_name(record.project, {})) services.push_back(mapped->service);
    }
    if (services.empty()) return drop_project(record.project);
    for (const std::string& service : services) {
      record.service = service;
      keep(record);
    }
  }

  void place(model::IncidentObserved record) { place_loosely(std::move(record)); }
  void place(model::AlertObserved record) { place_loosely(std::move(record)); }

  void place(model::ApprovalObserved record) {
    if (!place_both(record)) return;
    keep(std::move(record));
  }

  void place(model::QuestionReceived record) {
    const auto mapped = find(record.project, record.sender_environment);
    if (!mapped) return;
    if (!exists(mapped->service, mapped->environment)) {
      return drop(fmt::format("there is no environment \"{}\"; add a rule for {} in {}",
                              mapped->environment, record.project, record.sender_environment));
    }
    record.request.service = mapped->service;
    record.request.environment = mapped->environment;
    keep(std::move(record));
  }

  Placed take() { return std::move(placed_); }

 private:
  bool exists(const std::string& service, const std::string& environment) const {
    return bundle_.find_service(service) != nullptr &&
           bundle_.find_environment(environment) != nullptr;
  }

  /// Without rules: the last part of the project is the service.
  std::optional<model::Mapped> by_name(std::string_view project,
                                       std::string_view environment) const {
    model::Mapped mapped{.service = lower_case(last_part(project)),
                         .environment = lower_case(environment),
                         .region = {}};
    if (bundle_.find_service(mapped.service) == nullptr) return std::nullopt;
    return mapped;
  }

  /// Where names belong, by the first rule whose service exists; tells why not.
  std::optional<model::Mapped> find(const std::string& project, const std::string& environment) {
    if (integration_.rules.empty()) {
      auto mapped = by_name(project, environment);
      if (!mapped) drop_project(project);
      return mapped;
    }
    for (const model::IntegrationRule& rule : integration_.rules) {
      if (!rule.pipeline.empty()) continue;
      auto mapped =
          model::map_names(rule, {.project = project, .environment = environment, .pipeline = {}});
      if (!mapped) continue;
      if (bundle_.find_service(mapped->service) != nullptr) return mapped;
      drop(fmt::format("a rule maps \"{}\" to service \"{}\", which does not exist", project,
                       mapped->service));
      return std::nullopt;
    }
    drop(environment.empty() ? fmt::format("no rule is for project \"{}\"", project)
                             : fmt::format("no rule is for project \"{}\" and environment \"{}\"",
                                           project, environment));
    return std::nullopt;
  }

  template <class T>
  bool place_both(T& record) {
    const auto mapped = find(record.project, record.sender_environment);
    if (!mapped) return false;
    if (bundle_.find_environment(mapped->environment) == nullptr) {
      drop(fmt::format("there is no environment \"{}\"; add a rule for {} in \"{}\"",
                       mapped->environment, record.project, record.sender_environment));
      return false;
    }
    record.service = mapped->service;
    record.environment = mapped->environment;
    if constexpr (requires { record.region; }) {
      if (record.region.empty()) record.region = mapped->region;
    }
    return true;
  }

  /// Incidents and alerts count wherever they are about; what is not known stays empty.
  template <class T>
  void place_loosely(T record) {
    std::optional<model::Mapped> mapped;
    if (integration_.rules.empty()) {
      mapped = by_name(record.project, record.sender_environment);
    } else {
      for (const model::IntegrationRule& rule : integration_.rules) {
        mapped = model::map_names(
            rule,
            {.project = record.project, .environment = record.sender_environment, .pipeline = {}});
        if (mapped) break;
      }
    }
    if (mapped && bundle_.find_service(mapped->service) != nullptr) {
      record.service = mapped->service;
      if (bundle_.find_environment(mapped->environment) != nullptr)
        record.environment = mapped->environment;
    }
    keep(std::move(record));
  }

  static model::DeploymentObserved deployment_of(const model::PipelineObserved& run,
                                                 const model::Mapped& mapped) {
    using model::DeploymentStatus;
    using model::RunStatus;
    DeploymentStatus status = DeploymentStatus::canceled;
    if (run.status == RunStatus::pending) status = DeploymentStatus::pending;
    if (run.status == RunStatus::running) status = DeploymentStatus::running;
    if (run.status == RunStatus::succeeded) status = DeploymentStatus::succeeded;
    if (run.status == RunStatus::failed) status = DeploymentStatus::failed;
    return {.origin = run.origin,
            .service = mapped.service,
            .environment = mapped.environment,
            .project = run.project,
            .id = run.attempt > 1 ? fmt::format("{}/{}", run.id, run.attempt) : run.id,
            .run = run.id,
            .region = mapped.region,
            .status = status,
            .at = run.at,
            .started = run.started,
            .version = version_of_ref(run.ref),
            .commit = run.commit,
            .ref = run.ref,
            .url = run.url};
  }

  void drop_project(const std::string& project) {
    drop(fmt::format("no rule is for project \"{}\"", project));
  }

  void drop(std::string reason) {
    auto& dropped = placed_.dropped;
    if (std::find(dropped.begin(), dropped.end(), reason) == dropped.end())
      dropped.push_back(std::move(reason));
  }

  template <class T>
  void keep(T record) {
    record.origin.integration = integration_.name;
    record.origin.assurance = assurance_;
    placed_.records.emplace_back(std::move(record));
  }

  const model::Integration& integration_;
  const model::Bundle& bundle_;
  const model::Assurance assurance_;
  Placed placed_;
};

}  // namespace

Placed place(const model::Integration& integration, const model::Bundle& bundle,
             std::vector<model::Observation> records, model::Assurance assurance) {
  Placer placer(integration, bundle, assurance);
  for (model::Observation& record : records) {
    std::visit([&placer](auto& value) { placer.place(std::move(value)); }, record);
  }
  return placer.take();
}

bool is_allowed_peer(const std::vector<std::string>& ranges, std::string_view peer) {
  if (ranges.empty()) return true;
  std::string_view host = peer.substr(0, peer.rfind(':'));
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  const auto address = parse_address(host);
  return address && is_in_networks(ranges, *address);
}

}  // namespace tollgate::webhooks
