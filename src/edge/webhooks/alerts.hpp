// What Alertmanager and Grafana have in common: a list of alerts with labels.
#pragma once

#include "edge/webhooks/sender.hpp"

namespace tollgate::webhooks {

/// One observation for each alert of `body`, which has Alertmanager's form.
/// Errors: bad_webhook for an alert without labels, status or time.
Result<Translation> translate_alerts(const doc::Node& body);

/// The label that most likely names the service ("service", "app", ...), or empty.
std::string service_label(const std::map<std::string, std::string>& labels);
/// The label that most likely names the environment, or empty.
std::string environment_label(const std::map<std::string, std::string>& labels);

}  // namespace tollgate::webhooks
