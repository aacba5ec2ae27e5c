#include "domain/model/kinds/integration.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>

namespace tollgate::model {
namespace {

void validate(const void* spec, ProblemSink& sink) {
  const auto& integration = *static_cast<const Integration*>(spec);
  for (size_t i = 0; i < integration.secrets.size(); ++i) {
    const std::string& secret = integration.secrets[i];
    if ((secret.starts_with("env:") && secret.size() > 4) ||
        (secret.starts_with("file:") && secret.size() > 5)) {
      continue;
    }
    // What stands there may be a secret, so it is not shown.
    sink.add(codes::bad_value, fmt::format("/spec/secrets/{}", i),
             "a secret is a reference: env:NAME or file:PATH");
  }
  constexpr std::array kAskable = {Sender::alertmanager, Sender::datadog, Sender::github,
                                   Sender::gitlab, Sender::jenkins};
  if (integration.confirm &&
      std::find(kAskable.begin(), kAskable.end(), integration.sender) == kAskable.end()) {
    sink.add(codes::field_conflict, "/spec/confirm",
             "nothing of this sender can be asked; confirm is for alertmanager, datadog, github, "
             "gitlab and jenkins");
  }
  if (integration.confirm && !integration.api) {
    sink.add(codes::missing_field, "/spec/confirm", "confirm needs api: the sender's API is asked");
  }
  if (integration.commit_status && (integration.sender != Sender::github || !integration.api)) {
    sink.add(codes::field_conflict, "/spec/commitStatus",
             "commitStatus is for sender github with api");
  }
  for (size_t i = 0; i < integration.rules.size(); ++i) {
    const IntegrationRule& rule = integration.rules[i];
    if (rule.service == "*" && rule.project.find('*') == std::string::npos) {
      sink.add(codes::bad_value, fmt::format("/spec/rules/{}/service", i),
               "service \"*\" needs a star in project to stand for");
    }
    if (!rule.pipeline.empty() && (rule.environment.empty() || rule.environment == "*")) {
      sink.add(codes::missing_field, fmt::format("/spec/rules/{}/environment", i),
               "a rule with pipeline needs an environment: runs name none");
    }
  }
}

}  // namespace

bool fits_pattern(std::string_view pattern, std::string_view text, std::string* star) {
  const size_t first = pattern.find('*');
  if (first == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, first))) return false;
  const std::string_view rest = pattern.substr(first + 1);
  // The shortest text for the first star that lets the rest fit.
  for (size_t end = first; end <= text.size(); ++end) {
    if (!fits_pattern(rest, text.substr(end))) continue;
    if (star != nullptr) *star = text.substr(first, end - first);
    return true;
  }
  return false;
}

std::optional<Mapped> map_names(const IntegrationRule& rule, const SenderNames& names) {
  std::string star;
  if (!fits_pattern(rule.project, names.project, &star)) return std::nullopt;
  const bool tells_environment = !names.environment.empty();
  if (tells_environment && !rule.sender_environment.empty() &&
      !fits_pattern(rule.sender_environment, names.environment)) {
    return std::nullopt;
  }
  if (!rule.pipeline.empty() && !fits_pattern(rule.pipeline, names.pipeline)) return std::nullopt;
  Mapped mapped{.service = rule.service == "*" ? star : rule.service,
                .environment = rule.environment,
                .region = rule.region};
  if (mapped.environment.empty() || mapped.environment == "*")
    mapped.environment = lower_case(names.environment);
  return mapped;
}

const KindDef& integration_kind() {
  static constexpr KindDef kind = {
      .api_version = "tollgate/v1",
      .kind = "Integration",
      .plural = "integrations",
      .title = "A sender of webhooks and what it speaks for.",
      .doc =
          "Deliveries go to /v1/hooks/NAME. Rules map the sender's projects and environments to "
          "services and environments.",
      .introduced_in = "0.2",
      .example = R"(apiVersion: tollgate/v1
kind: Integration
metadata:
  name: github
spec:
  sender: github
  secrets:
    - env:GITHUB_WEBHOOK_SECRET
  api:
    url: https://api.github.com
    appId: "4711"
    privateKey: file:/etc/tollgate/github-app.pem
  rules:
    - project: acme/checkout
      senderEnvironment: prod*
      service: checkout
      environment: production
    - project: acme/*
      service: "*"
)",
      .spec_type = &reflect::type_of<Integration>,
      .make = &make_spec<Integration>,
      .validate = &validate};
  return kind;
}

}  // namespace tollgate::model
