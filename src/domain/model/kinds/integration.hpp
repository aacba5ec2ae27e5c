// Integration: a sender of webhooks, how it proves who it is, and which services and environments
// it speaks for.
#pragma once

#include "domain/model/kind.hpp"

namespace tollgate::model {

/// The senders of edge/webhooks, in the same order.
enum class Sender {
  alertmanager,
  argo_rollouts,
  cdevents,
  cloudevents,
  datadog,
  flagger,
  github,
  gitlab,
  grafana,
  jenkins,
  pagerduty,
  standard
};

/// Which service and environment a fact belongs to. The first rule that fits counts; a change
/// belongs to the service of each rule that fits.
struct IntegrationRule {
  std::string project;             // pattern: "acme/*"
  std::string sender_environment;  // pattern; empty: any
  std::string pipeline;            // pattern: runs of these names are deployments
  std::string service;             // "*": what the first star of `project` stands for
  std::string environment;         // empty or "*": as the sender names it
  std::string region;
};

/// How to ask and answer the sender.
struct IntegrationApi {
  std::string url;
  std::string token;            // reference
  std::string user;             // of Jenkins, whose token is that of a user
  std::string app_id;           // of a GitHub App
  std::string private_key;      // of it, a reference to PEM
  std::string application_key;  // of Datadog, a reference
};

struct Integration {
  std::string name;
  Labels labels;
  std::string description;
  Sender sender = Sender::standard;
  std::vector<std::string> secrets;
  std::vector<std::string> allowed_addresses;
  bool confirm = false;
  bool commit_status = false;
  std::optional<IntegrationApi> api;
  std::vector<IntegrationRule> rules;
};
const KindDef& integration_kind();

/// Where a rule puts a fact.
struct Mapped {
  std::string service;
  std::string environment;
  std::string region;
};
/// What the sender calls things.
struct SenderNames {
  std::string_view project;
  std::string_view environment;
  std::string_view pipeline;
};
/// Where `rule` puts a fact of these names, if it fits. An environment that the sender does not
/// tell fits every rule and stays empty unless the rule names one.
std::optional<Mapped> map_names(const IntegrationRule& rule, const SenderNames& names);

/// Whether `text` fits `pattern`, in which "*" stands for any characters; what the first star
/// stands for goes to `star`.
bool fits_pattern(std::string_view pattern, std::string_view text, std::string* star = nullptr);

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct EnumNames<model::Sender> {
  static constexpr std::array<std::string_view, 12> names = {
      "alertmanager", "argo-rollouts", "cdevents", "cloudevents", "datadog",   "flagger",
      "github",       "gitlab",        "grafana",  "jenkins",     "pagerduty", "standard"};
};
template <>
struct Reflect<model::IntegrationRule> {
  using T = model::IntegrationRule;
  static constexpr std::string_view name = "IntegrationRule";
  static constexpr std::array fields = {
      field<&T::project>("project",
                         "Repository, project, job or service as the sender names it; * stands "
                         "for anything.",
                         {.is_required = true, .size_max = 300, .example = "acme/checkout"}),
      field<&T::sender_environment>("senderEnvironment",
                                    "Environment as the sender names it; * stands for anything, "
                                    "absent means any.",
                                    {.size_max = 300, .example = "prod*"}),
      field<&T::pipeline>("pipeline",
                          "Runs of pipelines of this name are deployments; * stands for anything.",
                          {.size_max = 300, .example = "deploy"}),
      field<&T::service>("service", "Service; * is what the first star of project stands for.",
                         {.is_required = true, .size_max = 200, .example = "checkout"}),
      field<&T::environment>("environment",
                             "Environment; absent or * is the sender's name in lower case.",
                             {.size_max = 200, .example = "production"}),
      field<&T::region>("region", "Region that such deployments are a part of.",
                        {.size_max = 100})};
};
inline constexpr std::string_view kSecretReferencePattern = "(env|file):.+";
inline constexpr std::string_view kSecretReferenceWords = "a reference: env:NAME or file:PATH";
template <>
struct Reflect<model::IntegrationApi> {
  using T = model::IntegrationApi;
  static constexpr std::string_view name = "IntegrationApi";
  static constexpr std::array fields = {
      field<&T::url>("url", "Address of the API.",
                     {.is_required = true,
                      .size_max = 500,
                      .pattern = "https?://.+",
                      .pattern_words = "an address that begins with https:// or http://",
                      .example = "https://api.github.com"}),
      field<&T::token>("token", "Token, as a reference.",
                       {.size_max = 500,
                        .pattern = kSecretReferencePattern,
                        .pattern_words = kSecretReferenceWords,
                        .example = "env:VENDOR_TOKEN"}),
      field<&T::user>("user", "User that the token belongs to (Jenkins).", {.size_max = 200}),
      field<&T::app_id>("appId", "Identifier of the GitHub App.", {.size_max = 100}),
      field<&T::private_key>("privateKey", "Private key (PEM) of the GitHub App, as a reference.",
                             {.size_max = 500,
                              .pattern = kSecretReferencePattern,
                              .pattern_words = kSecretReferenceWords,
                              .example = "env:VENDOR_TOKEN"}),
      field<&T::application_key>("applicationKey", "Application key (Datadog), as a reference.",
                                 {.size_max = 500,
                                  .pattern = kSecretReferencePattern,
                                  .pattern_words = kSecretReferenceWords,
                                  .example = "env:VENDOR_TOKEN"})};
};
template <>
struct Reflect<model::Integration> {
  using T = model::Integration;
  static constexpr std::string_view name = "Integration";
  static constexpr std::array fields = {
      field<&T::description>("description", "What is connected.",
                             {.size_max = model::kDescriptionSizeMax}),
      field<&T::sender>("sender", "Who sends; see `tollgate hook senders`.",
                        {.is_required = true, .example = "github"}),
      field<&T::secrets>("secrets",
                         "Secrets of the sender, as references; several while one is replaced.",
                         {.is_required = true, .size_max = 8}),
      field<&T::allowed_addresses>("allowedAddresses",
                                   "Addresses or networks that deliveries may come from; absent "
                                   "means any.",
                                   {.size_max = 200}),
      field<&T::confirm>("confirm",
                         "Ask the sender's API before a deployment is believed; for senders that "
                         "do not sign."),
      field<&T::commit_status>("commitStatus",
                               "Verdicts become commit statuses in the projects that rules name "
                               "without a star (GitHub)."),
      field<&T::api>("api", "How to ask and answer the sender."),
      field<&T::rules>("rules",
                       "Which services and environments facts belong to. Without rules: the last "
                       "part of the project and the sender's environment, where both exist.",
                       {.size_max = 1000})};
};

}  // namespace tollgate::reflect
