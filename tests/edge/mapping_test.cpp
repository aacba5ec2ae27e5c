// Which service and environment facts belong to, and from where deliveries may come.
#include "edge/webhooks/mapping.hpp"

#include "edge/webhooks/told.hpp"
#include "edge/webhooks/translate.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"

#include <gtest/gtest.h>

namespace tollgate::webhooks {
namespace {

model::Bundle bundle_of(std::string_view integration_spec) {
  std::string text;
  for (const char* service : {"checkout", "search"}) {
    text += fmt::format(
        "---\napiVersion: openslo/v1\nkind: Service\nmetadata: {{name: {}}}\nspec: {{}}\n",
        service);
  }
  for (const char* environment : {"production", "staging"}) {
    text += fmt::format(
        "---\napiVersion: tollgate/v1\nkind: Environment\nmetadata: {{name: {}}}\nspec: {{}}\n",
        environment);
  }
  text += fmt::format(
      "---\napiVersion: tollgate/v1\nkind: Integration\nmetadata: {{name: vendor}}\nspec:\n"
      "  sender: github\n  secrets: [\"env:X\"]\n{}",
      integration_spec);
  const model::SourceText source{.file = "policy.yaml", .text = text};
  model::Loaded loaded = model::load(std::span(&source, 1));
  Problems problems = std::move(loaded.problems);
  model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
  for (const Error& problem : problems) ADD_FAILURE() << problem.text();
  return bundle;
}

/// "service/environment ..." of what is placed, or the reasons.
template <class T>
std::string placed(std::string_view spec, T record) {
  const model::Bundle bundle = bundle_of(spec);
  const auto* integration = bundle.find("Integration", "vendor")->as<model::Integration>();
  const Placed result =
      place(*integration, bundle, {std::move(record)}, model::Assurance::signature);
  std::string text;
  for (const model::Observation& observation : result.records) {
    const doc::Node json = observation_json(observation);
    text += fmt::format("{}/{} ", json.text_or("service", "-"), json.text_or("environment", "-"));
  }
  for (const std::string& reason : result.dropped) text += reason;
  return text;
}

model::DeploymentObserved deployment(const std::string& project, const std::string& environment) {
  model::DeploymentObserved observed;
  observed.project = project;
  observed.sender_environment = environment;
  observed.id = "1";
  return observed;
}

constexpr std::string_view kRules = R"(  rules:
    - project: acme/shop
      senderEnvironment: prod*/search
      service: search
      environment: production
    - {project: acme/shop, senderEnvironment: "prod*", service: checkout, environment: production}
    - {project: "acme/*", service: "*"}
)";

TEST(Mapping, TheFirstRuleThatFitsCounts) {
  EXPECT_EQ(placed(kRules, deployment("acme/shop", "prod-eu/search")), "search/production ");
  EXPECT_EQ(placed(kRules, deployment("acme/shop", "prod-eu")), "checkout/production ");
  EXPECT_EQ(placed(kRules, deployment("acme/search", "Staging")), "search/staging ");
  EXPECT_EQ(placed(kRules, deployment("acme/search", "qa")),
            "there is no environment \"qa\"; add a rule for acme/search in \"qa\"");
  EXPECT_EQ(placed(kRules, deployment("acme/other", "qa")),
            "a rule maps \"acme/other\" to service \"other\", which does not exist");
  EXPECT_EQ(placed(kRules, deployment("elsewhere/x", "qa")),
            "no rule is for project \"elsewhere/x\" and environment \"qa\"");
}

TEST(Mapping, WithoutRulesNamesMustBeTheSame) {
  EXPECT_EQ(placed("", deployment("acme/checkout", "Production")), "checkout/production ");
  EXPECT_EQ(placed("", deployment("acme/other", "production")),
            "no rule is for project \"acme/other\"");
}

TEST(Mapping, ARunCanBeADeployment) {
  model::PipelineObserved run;
  run.project = "acme/checkout";
  run.name = "deploy-prod";
  run.id = "run/1";
  const std::string_view rules = R"(  rules:
    - {project: acme/checkout, pipeline: "deploy-*", service: checkout, environment: production}
    - {project: acme/checkout, service: checkout}
)";
  const model::Bundle bundle = bundle_of(rules);
  const auto* integration = bundle.find("Integration", "vendor")->as<model::Integration>();
  const Placed result = place(*integration, bundle, {run}, model::Assurance::token);
  ASSERT_EQ(result.records.size(), 2u);
  const auto& deployed = std::get<model::DeploymentObserved>(result.records[0]);
  EXPECT_EQ(deployed.environment, "production");
  EXPECT_EQ(deployed.origin.integration, "vendor");
  EXPECT_EQ(deployed.origin.assurance, model::Assurance::token);
  run.name = "lint";
  EXPECT_EQ(place(*integration, bundle, {run}, model::Assurance::token).records.size(), 1u);
}

TEST(Mapping, AChangeBelongsToEachServiceOfItsRepository) {
  model::ChangeObserved change;
  change.project = "acme/shop";
  EXPECT_EQ(placed(kRules, change), "search/- checkout/- ");
}

TEST(Mapping, AlertsCountWhateverTheyAreAbout) {
  model::AlertObserved alert;
  alert.id = "1";
  alert.project = "nobody";
  EXPECT_EQ(placed(kRules, alert), "-/- ");
  alert.project = "checkout";
  alert.sender_environment = "production";
  EXPECT_EQ(placed("", alert), "checkout/production ");
}

TEST(Mapping, PatternsHaveStars) {
  std::string star;
  EXPECT_TRUE(model::fits_pattern("acme/*", "acme/shop", &star));
  EXPECT_EQ(star, "shop");
  EXPECT_TRUE(model::fits_pattern("*-*-prod", "a-b-c-prod", &star));
  EXPECT_EQ(star, "a");
  EXPECT_FALSE(model::fits_pattern("acme/*", "other/shop"));
  EXPECT_TRUE(model::fits_pattern("*", ""));
  EXPECT_FALSE(model::fits_pattern("", "x"));
}

TEST(Mapping, SendersOfPolicyAndCatalogueAreTheSame) {
  const auto& names = reflect::EnumNames<model::Sender>::names;
  const auto senders = all_senders();
  ASSERT_EQ(names.size(), senders.size());
  for (size_t i = 0; i < names.size(); ++i) EXPECT_EQ(names[i], senders[i]->name);
}

TEST(Peers, NetworksAndAddresses) {
  EXPECT_TRUE(is_allowed_peer({}, "192.0.2.7:1"));
  EXPECT_TRUE(is_allowed_peer({"192.0.2.0/24"}, "192.0.2.7:1"));
  EXPECT_FALSE(is_allowed_peer({"192.0.2.0/24"}, "192.0.3.7:1"));
  EXPECT_TRUE(is_allowed_peer({"192.0.3.7"}, "192.0.3.7:1"));
  EXPECT_TRUE(is_allowed_peer({"2001:db8::/32"}, "[2001:db8::1]:443"));
  EXPECT_FALSE(is_allowed_peer({"2001:db8::/32"}, "[2001:db9::1]:443"));
  EXPECT_TRUE(is_allowed_peer({"192.0.2.0/24"}, "[::ffff:192.0.2.9]:443"));
  EXPECT_FALSE(is_allowed_peer({"192.0.2.0/33", "rubbish"}, "192.0.2.7:1"));
}

TEST(Told, StrictAboutNamesLenientAboutDefaults) {
  const auto read = [](doc::Node body) { return read_told(body, Time{1'700'000'000'000}); };
  const auto told = read(doc::Node::object({{"type", "deployment.observed"},
                                            {"service", "checkout"},
                                            {"environment", "production"},
                                            {"version", "1.0"},
                                            {"origin", "forged"}}));
  ASSERT_TRUE(told) << told.error().text();
  const auto& deployed = std::get<model::DeploymentObserved>(*told);
  EXPECT_EQ(deployed.id, "1.0");
  EXPECT_EQ(deployed.at.ms, 1'700'000'000'000);
  EXPECT_EQ(deployed.origin.sender, "record");
  EXPECT_EQ(deployed.origin.assurance, model::Assurance::told);
  const auto typo = read(doc::Node::object(
      {{"type", "deployment"}, {"version", "1"}, {"servise", "x"}, {"environment", "e"}}));
  ASSERT_FALSE(typo);
  EXPECT_EQ(read(doc::Node::object({{"type", "deploymint"}})).error().code, codes::unknown_name);
}

}  // namespace
}  // namespace tollgate::webhooks
