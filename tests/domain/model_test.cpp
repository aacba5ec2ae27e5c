// Resources: loading, conversion, references, bundles, lint, and the verdicts of the public OpenSLO
// cases.
#include "domain/model/bundle.hpp"
#include "domain/model/events.hpp"
#include "domain/model/lint.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/doc/canonical.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/doc/yaml.hpp"
#include "foundation/reflect/reflect.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace tollgate::model {
namespace {

namespace fs = std::filesystem;

SourceText read_source(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return {.file = path.filename().string(), .text = text.str()};
}

std::vector<SourceText> read_folder(const fs::path& folder) {
  std::vector<SourceText> texts;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") texts.push_back(read_source(entry.path()));
  }
  std::sort(texts.begin(), texts.end(),
            [](const SourceText& a, const SourceText& b) { return a.file < b.file; });
  return texts;
}

Loaded load_text(std::string_view text) {
  const SourceText source{.file = "a.yaml", .text = std::string(text)};
  return load({&source, 1});
}

std::string lines_of(const Problems& problems) {
  std::string lines;
  for (const Error& problem : problems) lines += problem.text() + "\n";
  return lines;
}

/// A bundle that must be free of problems.
Bundle good_bundle(std::string_view text) {
  Loaded loaded = load_text(text);
  Bundle bundle = Bundle::build(std::move(loaded.resources), loaded.problems);
  EXPECT_TRUE(loaded.problems.empty()) << lines_of(loaded.problems);
  return bundle;
}

Bundle starter_bundle() {
  Loaded loaded = load(read_folder(fs::path(TOLLGATE_SOURCE_DIR) / "share/starter"));
  Bundle bundle = Bundle::build(std::move(loaded.resources), loaded.problems);
  EXPECT_TRUE(loaded.problems.empty()) << lines_of(loaded.problems);
  return bundle;
}

std::string slo_text(std::string_view objective, std::string_view method = "Occurrences",
                     std::string_view window = "{duration: 30d, isRolling: true}") {
  return fmt::format(
      "apiVersion: openslo/v1\nkind: Service\nmetadata: {{name: pay}}\n---\n"
      "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: up}}\nspec:\n  service: pay\n"
      "  indicator:\n    metadata: {{name: x}}\n    spec:\n      ratioMetric:\n"
      "        good: {{metricSource: {{spec: {{query: a}}}}}}\n"
      "        total: {{metricSource: {{spec: {{query: b}}}}}}\n"
      "  budgetingMethod: {}\n  timeWindow: [{}]\n  objectives: [{}]\n",
      method, window, objective);
}

TEST(Kinds, AreSortedAndTheirExamplesLoad) {
  const auto kinds = all_kinds();
  for (size_t i = 0; i < kinds.size(); ++i) {
    if (i > 0) {
      EXPECT_LT(kinds[i - 1]->kind, kinds[i]->kind);
    }
    const Loaded loaded = load_text(kinds[i]->example);
    ASSERT_EQ(loaded.resources.size(), 1u) << kinds[i]->kind << "\n" << lines_of(loaded.problems);
    EXPECT_EQ(loaded.resources[0].kind, kinds[i]);
    EXPECT_EQ(find_kind(kinds[i]->plural), kinds[i]);
    EXPECT_FALSE(kinds[i]->title.empty() || kinds[i]->doc.empty());
  }
  EXPECT_EQ(find_kind("slo"), &slo_kind());
  EXPECT_EQ(find_kind("nothing"), nullptr);
}

TEST(Kinds, RandomSpecsKeepTheirNormalForm) {
  for (const KindDef* kind : all_kinds()) {
    Metadata metadata;
    metadata.name = "x";
    for (uint64_t seed = 0; seed < 100; ++seed) {
      const auto spec = kind->make(metadata);
      reflect::fill_random(kind->spec_type(), spec.get(), seed);
      const doc::Node node = reflect::encode(kind->spec_type(), spec.get());
      const auto again = kind->make(metadata);
      Problems problems;
      ASSERT_TRUE(reflect::decode(kind->spec_type(), node, again.get(), {}, problems))
          << kind->kind << " " << seed << "\n"
          << lines_of(problems) << doc::pretty_json(node);
      EXPECT_EQ(doc::canonical_json(reflect::encode(kind->spec_type(), again.get())),
                doc::canonical_json(node));
    }
  }
}

TEST(Load, NamesWhatIsUnknownAndTheNearestThing) {
  struct Case {
    std::string_view text;
    std::string_view message;
  };
  const Case cases[] = {
      {"apiVersion: foo\nkind: Service\nmetadata: {name: a}\n",
       "a.yaml:1:13: error[TG0217]: unsupported version foo"},
      {"apiVersion: openslo/v2\nkind: Service\nmetadata: {name: a}\n",
       "did you mean \"openslo/v1\"?"},
      {"apiVersion: openslo/v1\nkind: Servce\nmetadata: {name: a}\n",
       "a.yaml:2:7: error[TG0214]: openslo/v1 has no kind \"Servce\"; did you mean \"Service\"?"},
      {"apiVersion: openslo/v1\nkind: Tier\nmetadata: {name: a}\n",
       "openslo/v1 has no kind \"Tier\"; it belongs to tollgate/v1"},
      {"apiVersion: openslo/v1\nkind: Service\nmetadata: {name: a b}\n", "\"a b\" is not a name"},
      {"apiVersion: openslo/v1\nkind: Service\nmetadata: {nme: a}\n", "did you mean \"name\"?"},
      {"apiVersion: openslo/v1\nkind: Service\nmetadata: {name: a}\nspce: {}\n",
       "a.yaml:4:1: error[TG0211]: unknown field \"spce\"; did you mean \"spec\"?"},
      {"apiVersion: openslo/v1\nkind: Service\nmetadata: {name: a}\nspec: {markdown: x}\n",
       "a.yaml:4:8: error[TG0211]: unknown field \"markdown\""},
      {"kind: Service\n", "a resource needs \"apiVersion\" and \"kind\""},
      {"- 1\n", "a resource must be an object, not integer"},
      {"a: [\n", "the YAML is broken"},
      {"apiVersion: tollgate/v1\nkind: Tier\nmetadata: {name: a, labels: {'-x': y}}\n",
       "is not a label key"},
      {"apiVersion: tollgate/v1\nkind: ReleasePolicy\nmetadata: {name: a}\nspec:\n  rule:\n"
       "    check: coverage\n",
       "a.yaml:6:12: error[TG0213]: \"check\": \"coverage\" is not a check with its version"},
      {"apiVersion: tollgate/v1\nkind: ReleasePolicy\nmetadata: {name: a}\nspec:\n  rule:\n"
       "    allOf:\n      - {check: coverage@1, anyOf: [{check: tests@1}]}\n",
       "a.yaml:7:9: error[TG0218]: a rule has exactly one of"},
      {"apiVersion: tollgate/v1\nkind: ReleasePolicy\nmetadata: {name: a}\nspec:\n  rule:\n"
       "    {atLeast: 2, of: [{check: tests@1}]}\n",
       "\"atLeast\" asks for 2 of 1 rules"},
      {"apiVersion: tollgate/v1\nkind: ErrorBudgetPolicy\nmetadata: {name: a}\nspec:\n"
       "  thresholds: [{burnRateAbove: 6, allow: none}]\n",
       "\"burnRateAbove\" and \"window\" belong together"}};
  for (const Case& c : cases) {
    const Loaded loaded = load_text(c.text);
    EXPECT_EQ(loaded.resources.size(), 0u) << c.text;
    EXPECT_NE(lines_of(loaded.problems).find(c.message), std::string::npos)
        << c.text << "\n"
        << lines_of(loaded.problems);
  }
}

TEST(Load, ChecksWhatTheFieldsOfAnSloMustBeToEachOther) {
  struct Case {
    std::string text;
    std::string_view message;
  };
  const Case cases[] = {
      {slo_text("{target: 1}"), "\"target\" must be at least 0 and below 1"},
      {slo_text("{targetPercent: 100}"), "\"targetPercent\" must be at least 0 and below 100"},
      {slo_text("{target: 0.9, targetPercent: 90}"), "exactly one of \"target\""},
      {slo_text("{displayName: x}"), "exactly one of \"target\""},
      {slo_text("{target: 0.9}", "Timeslices"), "Timeslices need \"timeSliceTarget\""},
      {slo_text("{target: 0.9}", "RatioTimeslices"), "RatioTimeslices need \"timeSliceWindow\""},
      {slo_text("{target: 0.9}", "occurences"), "did you mean \"Occurrences\"?"},
      {slo_text("{target: 0.9, compositeWeight: 0}"), "\"compositeWeight\" must be above 0"},
      {slo_text("{target: 0.9, indicatorRef: y}"), "not at both"},
      {slo_text("{target: 0.9}", "Occurrences", "{duration: 30d}"), "needs \"calendar\""},
      {slo_text("{target: 0.9}", "Occurrences", "{duration: 30days, isRolling: true}"),
       "\"30days\" is not a duration such as"},
      {slo_text("{target: 0.9}", "Occurrences", "{duration: 0d, isRolling: true}"),
       "longer than nothing"},
      {slo_text("{target: 0.9}", "Occurrences",
                "{duration: 1d, isRolling: true}, {duration: 2d, isRolling: true}"),
       "exactly one time window"}};
  for (const Case& c : cases) {
    const Loaded loaded = load_text(c.text);
    EXPECT_EQ(loaded.resources.size(), 1u) << c.text;
    EXPECT_NE(lines_of(loaded.problems).find(c.message), std::string::npos)
        << c.text << "\n"
        << lines_of(loaded.problems);
  }
  EXPECT_TRUE(
      load_text(slo_text("{target: 0.9, timeSliceTarget: 1, timeSliceWindow: 5}", "Timeslices"))
          .problems.empty());
}

/// Names of the resources in `file` that are refused, by what their problems say.
std::string verdict(const fs::path& file) {
  const SourceText source = read_source(file);
  return lines_of(load({&source, 1}).problems);
}

TEST(Conformance, OsloCasesGetTheVerdictsOfItsGoldenFiles) {
  const fs::path folder = fs::path(TOLLGATE_SHARED_DIR) / "cases/slo/oslo/test/inputs/validate";
  if (!fs::exists(folder)) GTEST_SKIP() << "no shared data";
  struct Case {
    const char* file;
    size_t resources;
    std::vector<std::string_view> messages;
  };
  const Case cases[] = {
      // The op on a ratio is a warning here, so the first SLO of v1 and v2alpha is read.
      {"v1.yaml", 2, {"\"example service\" is not a name"}},
      {"v2alpha.yaml", 2, {"\"example service\" is not a name"}},
      {"v1alpha.yaml",
       2,
       {"\"my-rad service\" is not a name", "needs \"value\" in each objective",
        "Timeslices need \"timeSliceTarget\""}},
      {"unknown-field.yaml", 0, {"unknown field \"markdown\""}},
      {"invalid-apiversion.yaml", 0, {"unsupported version foo"}},
      {"mix/1.yaml", 0, {"\"example service\" is not a name"}},
      {"mix/2.yaml", 0, {"\"example service\" is not a name"}},
      {"mix/3.yaml", 0, {"\"example service\" is not a name"}},
      {"recursive/1.yaml", 0, {"\"example service\" is not a name"}},
      {"recursive/nested/2.yaml", 0, {"\"example service\" is not a name"}},
      {"recursive/nested/nested2/nested3/3.yaml", 0, {"\"example service\" is not a name"}}};
  for (const Case& c : cases) {
    const SourceText source = read_source(folder / c.file);
    const Loaded loaded = load({&source, 1});
    EXPECT_EQ(loaded.resources.size(), c.resources) << c.file << "\n" << lines_of(loaded.problems);
    for (const std::string_view message : c.messages) {
      EXPECT_NE(lines_of(loaded.problems).find(message), std::string::npos)
          << c.file << "\n"
          << lines_of(loaded.problems);
    }
  }
}

TEST(Conformance, OpenSloExamplesAreReadAndOnlyOpOnARatioIsWarnedAbout) {
  const fs::path folder = fs::path(TOLLGATE_SHARED_DIR) / "cases/slo/OpenSLO/examples";
  if (!fs::exists(folder)) GTEST_SKIP() << "no shared data";
  for (const SourceText& source : read_folder(folder)) {
    Loaded loaded = load({&source, 1});
    EXPECT_TRUE(loaded.problems.empty()) << source.file << "\n" << lines_of(loaded.problems);
    ASSERT_EQ(loaded.resources.size(), 1u) << source.file;
    Problems references;
    const Bundle bundle = Bundle::build(std::move(loaded.resources), references);
    const std::vector<Finding> findings = lint(bundle, {}, {});
    const auto warned = std::count_if(findings.begin(), findings.end(), [](const Finding& f) {
      return f.problem.code == codes::not_portable && f.severity == Severity::warning;
    });
    const bool is_clean = source.file == "occurences-slo.yaml";
    EXPECT_EQ(warned, is_clean ? 0 : 1) << source.file;
  }
}

TEST(Conformance, FormatCasesAreReadWhateverTheirForm) {
  const fs::path folder =
      fs::path(TOLLGATE_SHARED_DIR) / "cases/slo/oslo/internal/files/testdata/format";
  if (!fs::exists(folder)) GTEST_SKIP() << "no shared data";
  EXPECT_EQ(verdict(folder / "valid-service.yaml"), "");
  EXPECT_EQ(verdict(folder / "valid-service.json"), "");
  EXPECT_EQ(verdict(folder / "list-of-services.yaml"), "");
  EXPECT_EQ(verdict(folder / "two-documents.yaml"), "");
  EXPECT_NE(verdict(folder / "invalid-service.yaml").find("is not a name"), std::string::npos);
}

TEST(Convert, OlderAndNewerVersionsBecomeTheSameSlo) {
  const Bundle alpha = good_bundle(R"(
apiVersion: openslo/v1
kind: Service
metadata: {name: pay}
---
apiVersion: openslo/v1alpha
kind: SLO
metadata: {name: up}
spec:
  service: pay
  budgetingMethod: Occurrences
  timeWindows: [{unit: Day, count: 30, isRolling: true}]
  objectives:
    - target: 0.99
      value: 1
      ratioMetrics:
        incremental: true
        good: {source: prometheus, queryType: promql, query: a}
        total: {source: prometheus, queryType: promql, query: b}
)");
  const Bundle next = good_bundle(R"(
- {apiVersion: openslo.com/v2alpha, kind: Service, metadata: {name: pay}}
- apiVersion: openslo.com/v2alpha
  kind: SLO
  metadata: {name: up}
  spec:
    serviceRef: pay
    budgetingMethod: Occurrences
    timeWindow: [{duration: 30d, isRolling: true}]
    sli:
      metadata: {name: up}
      spec:
        ratioMetric:
          counter: true
          good: {dataSourceSpec: {type: prometheus}, spec: {queryType: promql, query: a}}
          total: {dataSourceSpec: {type: prometheus}, spec: {queryType: promql, query: b}}
    objectives: [{target: 0.99}]
)");
  EXPECT_TRUE(diff(alpha, next).empty());
  EXPECT_EQ(digest_text(alpha.digest()), digest_text(next.digest()));
}

TEST(Bundle, TheDigestIsAboutContentNotAboutFormOrOrder) {
  const Bundle a = good_bundle(
      "# a comment\napiVersion: openslo/v1\nkind: Service\nmetadata:\n  name: pay\n"
      "  labels: {tier: [gold], x: [b, c]}\nspec: {}\n---\n"
      "apiVersion: tollgate/v1\nkind: Tier\nmetadata: {name: gold}\nspec: {revenueShare: 50%}\n");
  const Bundle b = good_bundle(
      R"([{"kind":"Tier","apiVersion":"tollgate/v1","metadata":{"name":"gold"},)"
      R"("spec":{"revenueShare":0.5}},)"
      R"({"kind":"Service","apiVersion":"openslo/v1","metadata":{"labels":{"x":["b","c"],)"
      R"("tier":"gold"},"name":"pay"}}])");
  const Bundle c = good_bundle(
      "{apiVersion: openslo/v1, kind: Service, metadata: {name: pay, labels: {tier: silver}}}");
  EXPECT_EQ(digest_text(a.digest()), digest_text(b.digest()));
  EXPECT_NE(digest_text(a.digest()), digest_text(c.digest()));
  EXPECT_EQ(a.entries()[0]->canonical,
            R"({"apiVersion":"openslo/v1","kind":"Service","metadata":{"labels":{"tier":"gold",)"
            R"("x":["b","c"]},"name":"pay"},"spec":{}})");
}

TEST(Bundle, TheLedgersCopyBuildsTheSameBundle) {
  const Bundle bundle = starter_bundle();
  std::vector<doc::Node> documents;
  for (const auto& resource : bundle.entries())
    documents.insert(documents.begin(), resource->document());
  const auto rebuilt = Bundle::from_resources(documents);
  ASSERT_TRUE(rebuilt) << rebuilt.error().text();
  EXPECT_EQ(digest_text(rebuilt->digest()), digest_text(bundle.digest()));
  EXPECT_TRUE(diff(bundle, *rebuilt).empty());
  const Service* service = rebuilt->find_service("checkout");
  ASSERT_NE(service, nullptr);
  EXPECT_EQ(rebuilt->tier_of(*service)->name, "tier-1");
}

TEST(Bundle, TheLedgersCopyIsReadWhateverLaterRulesSay) {
  const auto node =
      doc::parse_json(R"({"apiVersion":"tollgate/v1","kind":"Tier","metadata":{"name":"x"},)"
                      R"("spec":{"costPerMinute":-5,"later":true}})");
  const auto bundle = Bundle::from_resources({*node});
  ASSERT_TRUE(bundle);
  EXPECT_EQ(bundle->entries()[0]->document(), *node);
  EXPECT_FALSE(Bundle::from_resources({doc::Node(1)}));
  EXPECT_FALSE(Bundle::from_resources({doc::Node::object({{"kind", "Tier"}})}));
}

TEST(Bundle, FindsEverythingByName) {
  const Bundle bundle = starter_bundle();
  const Service* checkout = bundle.find_service("checkout");
  ASSERT_NE(checkout, nullptr);
  const std::vector<const Slo*> slos = bundle.slos_of(*checkout);
  ASSERT_EQ(slos.size(), 1u);
  EXPECT_EQ(slos[0]->address(), "checkout/availability");
  EXPECT_EQ(*bundle.find_slo("checkout/availability"), slos[0]);
  EXPECT_EQ(*bundle.find_slo("availability"), slos[0]);
  EXPECT_EQ(*bundle.find_slo("availability", "checkout"), slos[0]);
  EXPECT_FALSE(bundle.find_slo("availability", "other"));
  EXPECT_NE(bundle.find_slo("checkout/availabilty")
                .error()
                .message.find("did you mean \"checkout/availability\"?"),
            std::string::npos);
  EXPECT_EQ(bundle.budget_policy_of(*bundle.tier_of(*checkout))->name, "strict");
  EXPECT_EQ(bundle.environment("prodution").error().message,
            "there is no environment \"prodution\"; did you mean \"production\"?");
  EXPECT_EQ(bundle.service("x").error().code, codes::unknown_service);
  EXPECT_EQ(bundle.indicator_of(*slos[0])->ratio_metric.has_value(), true);
  EXPECT_EQ(bundle.target_in(*slos[0], nullptr).value, 999'000);
  EXPECT_EQ(bundle.target_in(*slos[0], bundle.find_environment("staging")).value, 990'000);
  EXPECT_EQ(bundle.target_in(*slos[0], bundle.find_environment("production")).value, 999'000);
  const std::vector<SloAlert> alerts = bundle.alerts_of(*slos[0]);
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].condition_spec->condition.threshold, 14.4);
  EXPECT_TRUE(Bundle().entries().empty());
}

TEST(Bundle, SelectsReleasePoliciesByPlaceKindOfChangeAndLabels) {
  const std::string policy =
      "---\napiVersion: tollgate/v1\nkind: ReleasePolicy\nmetadata: {{name: {}}}\n"
      "spec: {{selects: {{{}}}, rule: {{check: tests@1}}}}\n";
  const Bundle bundle = good_bundle(
      "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: pay, labels: {tier: t, zone: [eu, "
      "us]}}\n---\napiVersion: tollgate/v1\nkind: Tier\nmetadata: {name: t}\n---\n"
      "apiVersion: tollgate/v1\nkind: Environment\nmetadata: {name: prod}\n" +
      fmt::format(fmt::runtime(policy), "b-all", "") +
      fmt::format(fmt::runtime(policy), "a-env", "environments: [prod]") +
      fmt::format(fmt::runtime(policy), "c-class", "changeClasses: [emergency]") +
      fmt::format(fmt::runtime(policy), "d-label", "matchLabels: {zone: us}") +
      fmt::format(fmt::runtime(policy), "e-other", "matchLabels: {zone: asia}") +
      fmt::format(fmt::runtime(policy), "f-tier", "tiers: [t], services: [pay]"));
  const auto names = [&](std::string_view environment, ChangeClass change_class) {
    std::vector<std::string> found;
    for (const ReleasePolicy* selected :
         bundle.release_policies_for(*bundle.find_service("pay"), environment, change_class)) {
      found.push_back(selected->name);
    }
    return found;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names("prod", ChangeClass::normal), (Names{"a-env", "b-all", "d-label", "f-tier"}));
  EXPECT_EQ(names("dev", ChangeClass::emergency), (Names{"b-all", "c-class", "d-label", "f-tier"}));
}

TEST(Bundle, NamesReferencesToNothingAndDuplicatesWithTheirPlace) {
  Loaded loaded = load_text(
      "apiVersion: tollgate/v1\nkind: Tier\nmetadata: {name: gold}\n"
      "spec: {errorBudgetPolicy: strct}\n---\n"
      "apiVersion: tollgate/v1\nkind: Tier\nmetadata: {name: gold}\n---\n"
      "apiVersion: tollgate/v1\nkind: ErrorBudgetPolicy\nmetadata: {name: strict}\n"
      "spec: {thresholds: [{budgetLeftBelow: 0%, allow: none}]}\n---\n"
      "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: pay, labels: {tier: gld}}\n---\n"
      "apiVersion: tollgate/v1\nkind: Environment\nmetadata: {name: prod}\n"
      "spec: {objectives: [{slo: pay/up, target: 99%}]}\n");
  const Bundle bundle = Bundle::build(std::move(loaded.resources), loaded.problems);
  const std::string lines = lines_of(loaded.problems);
  EXPECT_EQ(loaded.problems.size(), 4u) << lines;
  for (const std::string_view line :
       {"a.yaml:4:27: error[TG0215]: there is no ErrorBudgetPolicy \"strct\"; did you mean "
        "\"strict\"?",
        "a.yaml:8:18: error[TG0216]: Tier/gold is defined already at a.yaml:1",
        "error[TG0215]: there is no Tier \"gld\"; did you mean \"gold\"?",
        "there is no SLO \"pay/up\""}) {
    EXPECT_NE(lines.find(line), std::string::npos) << line << "\n" << lines;
  }
}

TEST(Bundle, DifferencesNameResourcesAndFields) {
  const Bundle before = good_bundle(slo_text("{target: 0.9}"));
  const Bundle after = good_bundle(slo_text("{target: 0.99}") +
                                   "---\napiVersion: tollgate/v1\nkind: Tier\n"
                                   "metadata: {name: gold}\n");
  const auto differences = diff(before, after);
  ASSERT_EQ(differences.size(), 2u);
  EXPECT_EQ(differences[0].key, "SLO/pay/up");
  ASSERT_EQ(differences[0].fields.size(), 1u);
  EXPECT_EQ(differences[0].fields[0].path, "/spec/objectives/0/target");
  EXPECT_EQ(differences[1].key, "Tier/gold");
  EXPECT_EQ(differences[1].kind, ResourceDifference::Kind::added);
  EXPECT_EQ(diff(after, before)[1].kind, ResourceDifference::Kind::removed);
}

TEST(Events, AnOutlineLeavesOutTheInnerPartsOfVerdictsAndNothingOfPolicies) {
  // Metric sources are free text: here one that speaks of verdicts.
  const doc::Node source =
      doc::Node::object({{"spec", doc::Node::object({{"tree", "up"}})}, {"type", "verdict.given"}});
  const Event policy{.actor = {.subject = "ci"},
                     .data = PolicyApplied{.resources = {source}, .removed = {}, .reason = {}}};
  const std::string policy_leaf = encode_event(policy);
  const auto policy_outline = decode_event(policy_leaf, EventParts::outline);
  ASSERT_TRUE(policy_outline) << policy_outline.error().text();
  EXPECT_EQ(encode_event(*policy_outline), policy_leaf);

  VerdictGiven given{.decision = "d", .verdict = {.outcome = Outcome::allow}};
  given.verdict.request = {.service = "shop", .environment = "production", .version = "1"};
  given.verdict.checks.push_back({.check = "tests@1"});
  given.verdict.tree = {.check = 0};
  const auto outline =
      decode_event(encode_event({.actor = {.subject = "ci"}, .data = given}), EventParts::outline);
  ASSERT_TRUE(outline) << outline.error().text();
  const Verdict& verdict = std::get<VerdictGiven>(outline->data).verdict;
  EXPECT_EQ(verdict.outcome, Outcome::allow);
  EXPECT_TRUE(verdict.checks.empty());
}

/// A verdict of which every part may be anything that its field table allows.
VerdictGiven random_verdict(uint64_t seed) {
  VerdictGiven given;
  reflect::fill_random(reflect::type_of<VerdictGiven>(), &given, seed);
  Verdict& verdict = given.verdict;
  verdict.checks.resize(verdict.checks.size() + 1);
  reflect::fill_random(reflect::type_of<CheckRecord>(), &verdict.checks.back(), seed + 1);
  TreeRecord& root = verdict.tree;
  root = {.rule = verdict.because,
          .op = static_cast<RuleOp>(1 + seed % 3),
          .state = static_cast<CheckState>(seed % 5),
          .decided = seed % 2 == 0};
  if (root.op == RuleOp::at_least) root.at_least = 2;
  for (size_t i = 0; i < verdict.checks.size(); ++i) {
    root.children.push_back({.rule = i % 2 == 0 ? "" : verdict.checks[i].reason,
                             .op = RuleOp::check,
                             .state = verdict.checks[i].state,
                             .decided = (seed >> i) % 2 == 0,
                             .check = static_cast<int64_t>(i)});
  }
  root.children.push_back({.op = RuleOp::all_of, .state = CheckState::not_reached});
  // Likely and unlikely neighbours.
  const std::vector<Reading> readings = verdict.readings;
  for (Reading reading : readings) {
    reading.window = seconds(static_cast<int64_t>(seed));
    reading.from = reading.to - reading.window;
    reading.good %= int64_t{1} << 50;
    reading.bad %= int64_t{1} << 50;
    reading.total = reading.good + reading.bad;
    reading.completeness = {1'000'000};
    verdict.readings.push_back(reading);
    verdict.readings.push_back(reading);
  }
  return given;
}

TEST(Events, AVerdictComesBackFromItsCompactForm) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    const Event event{.actor = {.subject = "ci"}, .data = random_verdict(seed)};
    const std::string leaf = encode_event(event);
    const auto again = decode_event(leaf);
    ASSERT_TRUE(again) << again.error().text() << "\n" << leaf;
    EXPECT_EQ(again->version, 2);
    EXPECT_EQ(encode_event(*again), leaf);
    EXPECT_EQ(doc::canonical_json(doc::parse_json(leaf).value()), leaf);
    // Version 1 spells everything, so equal bytes are equal values.
    Event spelt = event;
    spelt.version = 1;
    Event spelt_again = *again;
    spelt_again.version = 1;
    ASSERT_EQ(encode_event(spelt_again), encode_event(spelt)) << leaf;
    EXPECT_LT(leaf.size(), encode_event(spelt).size());
  }
}

TEST(Events, ABrokenCompactFormIsRefusedAndNeverBelieved) {
  const std::string leaf = encode_event({.actor = {.subject = "ci"}, .data = random_verdict(7)});
  const auto with = [&leaf](std::string_view part, std::string_view other) {
    std::string changed = leaf;
    const size_t at = changed.find(part);
    EXPECT_NE(at, std::string::npos) << part << " in " << leaf;
    if (at != std::string::npos) changed.replace(at, part.size(), other);
    return decode_event(changed);
  };
  EXPECT_TRUE(with("\"outcome\"", "\"outcome\""));
  EXPECT_FALSE(with("\"outcome\"", "\"outcame\""));
  EXPECT_FALSE(with("\"tree\":{", "\"trees\":{"));
  EXPECT_FALSE(with("\"checks\":[[", "\"checks\":[[1,"));
  EXPECT_FALSE(with("\"sources\":[", "\"sources\":1,\"more\":["));
  EXPECT_FALSE(with("\"version\":2}", "\"version\":3}"));
  EXPECT_EQ(with("\"version\":2}", "\"version\":3}").error().code, codes::unknown_event);
}

TEST(Lint, TheStarterIsClean) {
  const std::vector<std::string> checks = {"error-budget@2", "burn-rate@2", "coverage@1", "tests@1",
                                           "findings@1",     "freshness@1", "benchmark@1"};
  for (const Finding& finding : lint(starter_bundle(), {}, checks)) {
    ADD_FAILURE() << finding.problem.text();
  }
}

TEST(Lint, FindsWhatIsAllowedButUnwise) {
  const std::string alert =
      ", alertPolicies: [{kind: AlertPolicy, metadata: {name: never}, spec: {conditions: [{kind: "
      "AlertCondition, metadata: {name: c}, spec: {severity: page, condition: {op: gt, threshold: "
      "14.4, lookbackWindow: 1h}}}], notificationTargets: [{kind: AlertNotificationTarget, "
      "metadata: {name: t}, spec: {target: mail}}]}}]";
  std::string text = slo_text("{target: 0.9, op: gt}");
  text.pop_back();
  text += "\n  alertPolicies:" + alert.substr(std::string(", alertPolicies:").size()) + "\n";
  text +=
      "---\napiVersion: tollgate/v1\nkind: Environment\nmetadata: {name: prod}\n"
      "spec: {onError: allow}\n---\n"
      "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: bare, labels: {team: x}}\n";
  std::set<std::string> found;
  std::string lines;
  for (const Finding& finding : lint(good_bundle(text), {}, {})) {
    found.insert(std::string(code_info(finding.problem.code).name));
    lines += finding.problem.text() + "\n";
  }
  EXPECT_EQ(found, (std::set<std::string>{"not_portable", "unreachable_alert", "no_owner",
                                          "no_objective", "fails_open", "no_gate"}))
      << lines;
  EXPECT_NE(lines.find("alert never can never fire: burn rate 14.4 at target 90 % needs 144 %"),
            std::string::npos)
      << lines;
}

TEST(Lint, UnknownChecksAreErrorsWithTheNearestName) {
  const Bundle bundle = good_bundle(
      "apiVersion: tollgate/v1\nkind: ReleasePolicy\nmetadata: {name: a}\nspec:\n  rule:\n"
      "    anyOf:\n      - check: coverag@1\n");
  const std::vector<std::string> checks = {"coverage@1", "tests@1"};
  const auto findings = lint(bundle, {}, checks);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].severity, Severity::error);
  EXPECT_EQ(findings[0].problem.text(),
            "a.yaml:7:16: error[TG0605]: there is no check \"coverag@1\"; did you mean "
            "\"coverage@1\"? (at /spec/rule/anyOf/0/check)");
}

}  // namespace
}  // namespace tollgate::model
