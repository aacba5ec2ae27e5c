#include "edge/webhooks/alerts.hpp"

#include "edge/webhooks/fields.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/digest.hpp"

namespace tollgate::webhooks {
namespace {

using doc::Node;

/// Longest label value that is kept.
constexpr size_t kLabelSizeMax = 300;

std::string first_of(const std::map<std::string, std::string>& labels,
                     std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = labels.find(name);
    if (found != labels.end() && !found->second.empty()) return found->second;
  }
  return {};
}

std::map<std::string, std::string> labels_of(const Node& labels) {
  std::map<std::string, std::string> kept;
  for (const doc::Member& member : labels.members()) {
    if (kept.size() >= model::kAlertLabelsMax) break;
    std::string value = text_at(labels, member.key);
    if (value.size() <= kLabelSizeMax && member.key.size() <= kLabelSizeMax)
      kept.emplace(member.key, std::move(value));
  }
  return kept;
}

/// For senders that give no fingerprint: the labels tell alerts apart.
std::string fingerprint_of(const std::map<std::string, std::string>& labels) {
  std::string text;
  for (const auto& [key, value] : labels) text += key + '\n' + value + '\n';
  constexpr size_t kDigits = 16;
  return digest_text(sha256(text)).substr(7, kDigits);
}

Result<model::AlertObserved> read_alert(const Node& alert) {
  model::AlertObserved observed;
  const Node* labels = value_at(alert, "labels");
  if (labels == nullptr || !labels->is_object())
    return fail(codes::bad_webhook, "an alert has no labels");
  observed.labels = labels_of(*labels);
  observed.name = first_of(observed.labels, {"alertname"});
  observed.severity = first_of(observed.labels, {"severity"});
  observed.project = service_label(observed.labels);
  observed.sender_environment = environment_label(observed.labels);
  observed.id = text_at(alert, "fingerprint");
  if (observed.id.empty()) observed.id = fingerprint_of(observed.labels);
  observed.url = text_at(alert, "generatorURL");
  TOLLGATE_TRY(const std::string status, required_text(alert, "status"));
  TOLLGATE_TRY(observed.started, time_at(alert, {"startsAt"}));
  if (status == "firing") {
    observed.at = observed.started;
  } else if (status == "resolved") {
    observed.status = model::AlertStatus::resolved;
    TOLLGATE_TRY(observed.at, time_at(alert, {"endsAt"}));
  } else {
    return fail(codes::bad_webhook, "an alert is \"{}\", neither firing nor resolved",
                status.substr(0, 40));
  }
  return observed;
}

}  // namespace

std::string service_label(const std::map<std::string, std::string>& labels) {
  return first_of(
      labels, {"service", "service_name", "app", "app_kubernetes_io_name", "application", "job"});
}

std::string environment_label(const std::map<std::string, std::string>& labels) {
  return first_of(labels, {"environment", "env", "deployment_environment", "stage", "namespace"});
}

Result<Translation> translate_alerts(const Node& body) {
  const Node* alerts = value_at(body, "alerts");
  if (alerts == nullptr || !alerts->is_array())
    return fail(codes::bad_webhook, "the body has no list of alerts");
  if (alerts->items().size() > kObservationsMax) {
    return fail(codes::limit_exceeded, "the delivery holds {} alerts; {} are taken at once",
                alerts->items().size(), kObservationsMax);
  }
  Translation translation;
  for (const Node& alert : alerts->items()) {
    TOLLGATE_TRY(model::AlertObserved observed, read_alert(alert));
    translation.records.emplace_back(std::move(observed));
  }
  if (translation.records.empty()) return ignored("the list of alerts is empty");
  return translation;
}

}  // namespace tollgate::webhooks
