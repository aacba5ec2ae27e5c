// Every vendor with an API on one page, in the order of model::Sender.
#include "edge/vendors/vendor.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>
#include <array>

namespace tollgate::vendors {

extern const VendorDef kAlertmanager, kDatadog, kGithub, kGitlab, kJenkins;

std::span<const VendorDef* const> all_vendors() {
  static constexpr std::array kVendors = {
      &kAlertmanager, &kDatadog, &kGithub, &kGitlab, &kJenkins,
  };
  return kVendors;
}

const VendorDef* vendor_of(model::Sender sender) {
  const auto vendors = all_vendors();
  const auto found = std::find_if(vendors.begin(), vendors.end(),
                                  [sender](const VendorDef* def) { return def->sender == sender; });
  return found == vendors.end() ? nullptr : *found;
}

bool must_confirm(const model::Integration& integration, const model::Observation& observation) {
  if (!integration.confirm) return false;
  const VendorDef* vendor = vendor_of(integration.sender);
  if (vendor == nullptr || vendor->confirm == nullptr) return false;
  const bool is_alert = std::holds_alternative<model::AlertObserved>(observation);
  const bool is_alerting = integration.sender == model::Sender::alertmanager ||
                           integration.sender == model::Sender::datadog;
  if (is_alert || is_alerting) return is_alert && is_alerting;
  return std::holds_alternative<model::DeploymentObserved>(observation) ||
         std::holds_alternative<model::PipelineObserved>(observation);
}

Result<model::Observation> Apis::confirm(const model::Integration& integration,
                                         const model::Observation& observation) {
  const VendorDef* vendor = vendor_of(integration.sender);
  if (vendor == nullptr || vendor->confirm == nullptr || !integration.api) {
    return fail(codes::bad_value, "the API of Integration {} cannot be asked", integration.name);
  }
  return vendor->confirm(integration, observation, outside_);
}

Result<BackfillPage> Apis::backfill(const model::Integration& integration,
                                    const BackfillQuestion& question) {
  const VendorDef* vendor = vendor_of(integration.sender);
  if (vendor == nullptr || vendor->backfill == nullptr) {
    return fail(codes::bad_value,
                "the past of a sender \"{}\" cannot be fetched; github, gitlab "
                "and jenkins can",
                reflect::enum_name(integration.sender));
  }
  if (!integration.api) {
    return fail(codes::bad_value, "Integration {} has no api: its url and token are needed",
                integration.name);
  }
  return vendor->backfill(integration, question, outside_);
}

}  // namespace tollgate::vendors
