// Prometheus rules: equal to Sloth's own where its files need no plugin, the same verdicts on good
// and bad files, and files of Sloth and Pyrra as resources of ours.
#include "domain/rules/rules.hpp"

#include "domain/model/bundle.hpp"
#include "domain/model/lint.hpp"
#include "domain/rules/parts.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/doc/yaml.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace tollgate::rules {
namespace {

namespace fs = std::filesystem;

/// Where the peers' files stand; empty if they are not there.
std::string cases() {
  const std::string folder = std::string(TOLLGATE_SHARED_DIR) + "/cases/slo/";
  return fs::exists(folder) ? folder : "";
}

#define NEEDS_CASES() \
  if (cases().empty()) GTEST_SKIP() << "skipped: no shared data"

model::SourceText read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return {.file = path, .text = text.str()};
}

RuleOptions sloth_options() {
  return {.style = Style::sloth,
          .windows = usual_windows(days(30)).value(),
          .labels = {{"cmd", "examplesgen.sh"}},
          .version = "dev"};
}

std::string texts_of(const Problems& problems) {
  std::string all;
  for (const Error& problem : problems) all += problem.text() + "\n";
  return all;
}

Generated rules_of(const std::string& yaml, Style style = Style::sloth) {
  RuleOptions options = sloth_options();
  options.style = style;
  const model::SourceText text{.file = "slo.yaml", .text = yaml};
  return generate(std::span(&text, 1), options);
}

class SlothGolden : public testing::TestWithParam<const char*> {};

TEST_P(SlothGolden, the_rules_are_those_of_sloth_as_parsed_yaml) {
  NEEDS_CASES();
  const std::string folder = cases() + "sloth/examples/";
  const model::SourceText text = read(folder + GetParam());
  const Generated ours = generate(std::span(&text, 1), sloth_options());
  ASSERT_TRUE(ours.problems.empty()) << texts_of(ours.problems);
  const auto theirs = doc::parse_yaml(read(folder + "_gen/" + GetParam()).text, "golden");
  ASSERT_TRUE(theirs) << theirs.error().text();
  ASSERT_EQ(ours.documents.size(), theirs->size());
  for (size_t i = 0; i < theirs->size(); ++i) {
    if (ours.documents[i] == (*theirs)[i]) continue;
    ADD_FAILURE() << GetParam() << " document " << i << "\nours:\n"
                  << doc::pretty_json(ours.documents[i]).substr(0, 3000);
  }
}

INSTANTIATE_TEST_SUITE_P(
    AllWithoutPlugins, SlothGolden,
    testing::Values("getting-started.yml", "home-wifi.yml", "k8s-getting-started.yml",
                    "k8s-home-wifi.yml", "k8s-multifile.yml", "kubernetes-apiserver.yml",
                    "multifile.yml", "no-alerts.yml", "openslo-getting-started.yml",
                    "openslo-kubernetes-apiserver.yml", "raw-home-wifi.yml",
                    "slo-plugin-getting-started.yml", "slo-plugin-k8s-getting-started.yml",
                    "victoria-metrics.yml"),
    [](const auto& golden) {
      std::string name = golden.param;
      for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
      return name;
    });

TEST(SlothWindows, embedded_ones_are_sloths_and_a_file_replaces_them) {
  NEEDS_CASES();
  for (const auto& [file, period] :
       {std::pair("google-28d.yaml", days(28)), std::pair("google-30d.yaml", days(30))}) {
    const auto node =
        doc::parse_yaml(read(cases() + "sloth/internal/alert/windows/" + file).text, file);
    const AlertWindows theirs = read_windows(node->front()).value();
    const AlertWindows ours = usual_windows(period).value();
    EXPECT_EQ(theirs.period, ours.period);
    for (size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(theirs.windows[i].budget_percent, ours.windows[i].budget_percent);
      EXPECT_EQ(theirs.windows[i].long_window, ours.windows[i].long_window);
      EXPECT_EQ(theirs.windows[i].short_window, ours.windows[i].short_window);
    }
  }
  const auto week = doc::parse_yaml(read(cases() + "sloth/examples/windows/7d.yaml").text, "7d");
  const AlertWindows windows = read_windows(week->front()).value();
  EXPECT_EQ(go_number(burn_factor(windows, windows.windows[0])), "13.44");
  EXPECT_EQ(go_number(burn_factor(windows, windows.windows[3])), "0.98");
  const AlertWindows four_weeks = usual_windows(days(28)).value();
  EXPECT_EQ(go_number(burn_factor(four_weeks, four_weeks.windows[1])), "5.6000000000000005");
}

TEST(Numbers, print_as_go_and_prometheus_print_them) {
  EXPECT_EQ(go_number((100 - 99.9) / 100), "0.0009999999999999432");
  EXPECT_EQ(go_number((100 - 99.999) / 100), "1.0000000000047748e-05");
  EXPECT_EQ(go_number(14.4), "14.4");
  EXPECT_EQ(go_number(6), "6");
  EXPECT_EQ(go_number(1e20), "100000000000000000000");
  EXPECT_EQ(go_number(1e21), "1e+21");
  EXPECT_EQ(promql_duration(days(28)), "4w");
  EXPECT_EQ(promql_duration(days(30)), "30d");
  EXPECT_EQ(promql_duration(minutes(90)), "1h30m");
}

constexpr std::string_view kGood = R"(
version: prometheus/v1
service: shop
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(errors[{{.window}}]))
        total_query: sum(rate(requests[{{ .window }}]))
    alerting: {name: ShopErrors}
)";

std::string changed(std::string_view from, std::string_view to) {
  std::string text(kGood);
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(SlothValidation, refuses_what_sloth_refuses) {
  EXPECT_TRUE(rules_of(std::string(kGood)).problems.empty());
  const std::pair<std::string_view, std::string_view> bad[] = {
      {"objective: 99.9", "objective: 101"},
      {"objective: 99.9", "objective: 0"},
      {"service: shop", "service: ''"},
      {"service: shop", "service: _shop"},
      {"name: availability", "name: a"},
      {"{name: ShopErrors}", "{}"},
      {"{name: ShopErrors}", "{page_alert: {disable: true}}"},
      {"[{{ .window }}]", "[5m]"},
      {"sum(rate(requests[{{ .window }}]))", "sum(rate(errors[{{.window}}]))"},
      {"events:", "plugin: {id: x}\n      unused:"},
  };
  for (const auto& [from, to] : bad)
    EXPECT_FALSE(rules_of(changed(from, to)).problems.empty()) << from << " -> " << to;
  EXPECT_TRUE(rules_of(changed("{name: ShopErrors}",
                               "{page_alert: {disable: true}, ticket_alert: {disable: true}}"))
                  .problems.empty());
  const std::string twice = std::string(kGood) + std::string(kGood).substr(kGood.find("  - name"));
  const Generated second = rules_of(twice);
  ASSERT_FALSE(second.problems.empty());
  EXPECT_EQ(second.problems.front().code, codes::duplicate_name);
}

TEST(SlothValidation, one_id_in_two_files_is_refused) {
  const std::array<model::SourceText, 2> texts = {{{.file = "a.yaml", .text = std::string(kGood)},
                                                   {.file = "b.yaml", .text = std::string(kGood)}}};
  const Generated made = generate(texts, sloth_options());
  ASSERT_EQ(made.problems.size(), 1U);
  EXPECT_EQ(made.problems.front().code, codes::duplicate_name);
  EXPECT_EQ(made.problems.front().file, "b.yaml");
}

TEST(SlothValidation, a_field_in_the_other_spelling_is_told_not_ignored_in_silence) {
  const Generated found =
      rules_of(changed("{name: ShopErrors}", "{name: ShopErrors, pageAlert: {disable: true}}"));
  EXPECT_TRUE(found.problems.empty()) << texts_of(found.problems);
  ASSERT_EQ(found.warnings.size(), 1U);
  EXPECT_EQ(found.warnings.front().message,
            "\"pageAlert\" has no meaning here and is ignored; in this format it is written "
            "\"page_alert\"");
  EXPECT_EQ(found.warnings.front().mark.line, 11U);
}

TEST(TollgateRules, keep_totals_divide_sums_and_know_silence) {
  const Generated made = rules_of(std::string(kGood), Style::tollgate);
  ASSERT_TRUE(made.problems.empty()) << texts_of(made.problems);
  const std::string text = doc::write_yaml(made.documents.at(0));
  for (const std::string_view part :
       {"slo:events_total:rate30d", "avg_over_time(slo:events_bad:rate5m", "> 0)", "* 3600 >= 3",
        "ShopErrorsNoData", "absent(slo:events_total:rate5m"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
  // As text it reads back as what it is.
  const auto back = doc::parse_yaml(text, "rules.yaml");
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->front() == made.documents.front());
}

TEST(OpenSlo, a_v1_slo_with_alert_policies_becomes_rules_with_alerts) {
  const Generated made = rules_of(R"(
apiVersion: openslo/v1
kind: SLO
metadata: {name: availability}
spec:
  service: shop
  indicator:
    metadata: {name: shop-availability}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: prometheus, spec: {query: 'sum(rate(ok[{{.window}}]))'}}}
        total: {metricSource: {type: prometheus, spec: {query: 'sum(rate(all[{{.window}}]))'}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: a, target: 0.99}]
  alertPolicies: [{alertPolicyRef: burn}]
)");
  ASSERT_TRUE(made.problems.empty()) << texts_of(made.problems);
  const std::string text = doc::compact_json(made.documents.at(0));
  EXPECT_NE(text.find("slo:sli_error:ratio_rate4w"), std::string::npos);
  EXPECT_NE(text.find("\"alert\":\"burn\""), std::string::npos);
  EXPECT_NE(text.find("13.44 * 0.01"), std::string::npos) << text;
}

model::Loaded load(const std::string& yaml) {
  const model::SourceText text{.file = "other.yaml", .text = yaml};
  return model::load(std::span(&text, 1));
}

TEST(Foreign, a_sloth_file_is_an_slo_with_its_service_and_alerts) {
  model::Loaded loaded = load(std::string(kGood) + R"(
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: page}
spec: {target: slack}
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: metrics}
spec: {type: Prometheus, connectionDetails: {url: 'http://prometheus:9090'}}
)");
  ASSERT_TRUE(loaded.problems.empty()) << texts_of(loaded.problems);
  Problems problems;
  const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
  ASSERT_TRUE(problems.empty()) << texts_of(problems);
  const model::Slo* slo = bundle.find_slo("shop/availability").value();
  EXPECT_EQ(model::target_of(slo->objectives.at(0)).value, 999'000);
  EXPECT_EQ(slo->indicator->spec.ratio_metric->bad->metric_source.metric_source_ref, "metrics");
  ASSERT_EQ(slo->alert_policies.size(), 2U);
  EXPECT_EQ(slo->alert_policies[0].spec->notification_targets.at(0).target_ref, "page");
  EXPECT_EQ(slo->alert_policies[1].spec->notification_targets.at(0).target_ref, "");
}

TEST(Foreign, every_example_of_sloth_and_pyrra_loads_or_says_what_it_needs) {
  NEEDS_CASES();
  size_t files = 0;
  size_t slos = 0;
  for (const std::string_view folder :
       {"sloth/examples", "pyrra/examples", "pyrra/examples/kubernetes/manifests/slos",
        "pyrra/examples/openshift/manifests/slos"}) {
    for (const auto& entry : fs::directory_iterator(cases() + std::string(folder))) {
      const std::string name = entry.path().filename();
      if (!entry.is_regular_file()) continue;
      ++files;
      const model::Loaded loaded = load(read(entry.path()).text);
      // Go code, and OpenSLO files that the SDK refuses too (no value, no calendar).
      const bool is_refused = name.starts_with("plugin-") || name.starts_with("openslo-");
      EXPECT_EQ(loaded.problems.empty(), !is_refused) << entry.path() << "\n"
                                                      << texts_of(loaded.problems);
      for (const model::Resource& resource : loaded.resources)
        slos += resource.kind->kind == "SLO" ? 1 : 0;
    }
  }
  EXPECT_GE(files, 50U);
  EXPECT_GE(slos, 60U);
}

TEST(Foreign, the_k8s_kind_and_a_file_of_one_service_share_their_service) {
  const model::Loaded loaded = load(std::string(kGood) + R"(
---
apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata: {name: shop}
spec:
  service: shop
  slos:
    - name: latency
      objective: 95
      sli: {raw: {errorRatioQuery: 'sum(rate(slow[{{.window}}])) / sum(rate(all[{{.window}}]))'}}
      alerting: {name: ShopSlow, ticketAlert: {disable: true}}
)");
  ASSERT_TRUE(loaded.problems.empty()) << texts_of(loaded.problems);
  Problems problems;
  const model::Bundle bundle = model::Bundle::build(loaded.resources, problems);
  EXPECT_TRUE(problems.empty()) << texts_of(problems);
  EXPECT_EQ(bundle.of_kind("Service").size(), 1U);
  EXPECT_EQ(bundle.find_slo("shop/latency").value()->alert_policies.size(), 1U);
}

}  // namespace
}  // namespace tollgate::rules
