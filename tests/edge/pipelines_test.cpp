// The audit of pipelines: small files of each dialect, and real ones read by eye beforehand.
#include "edge/pipelines/audit.hpp"
#include "edge/pipelines/shell.hpp"
#include "foundation/base/text.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace tollgate::pipelines {
namespace {

namespace fs = std::filesystem;

const Matcher& matcher() {
  static const auto made = Matcher::make();
  return **made;
}

AuditReport audit_of(const Sources& sources, std::vector<Allowance> allowances = {}) {
  const AuditRules rules{.matcher = &matcher(),
                         .allowances = std::move(allowances),
                         .now = parse_time("2026-06-01T00:00:00Z").value()};
  Result<AuditReport> report = audit(sources, rules);
  EXPECT_TRUE(report) << report.error().text();
  return std::move(*report);
}

/// "line action state" of each step, one a line.
std::string shown(const AuditReport& report) {
  std::string text;
  for (const Error& error : report.unreadable) text += error.text() + "\n";
  for (const DeployStep& step : report.steps) {
    text +=
        fmt::format("{} {} {}\n", step.line, action_name(step.action), step_state_name(step.state));
  }
  return text;
}

std::string audit_one(const std::string& path, const std::string& text) {
  return shown(audit_of({{path, text}}));
}

TEST(Pipelines, ShellCommandsAreCutWhereAShellEndsThem) {
  const auto commands = shell_commands(
      "# kubectl apply\nset -e; sudo KUBECONFIG=x kubectl apply \\\n  -f a.yml && echo kubectl "
      "apply\nif ! test x; then helm upgrade y || true; fi\nbash -c 'kubectl\n apply -f b'\n");
  std::vector<std::string> texts;
  for (const Command& command : commands)
    texts.push_back(
        fmt::format("{}:{}{}", command.line, command.text, command.ignores_failure ? " ?" : ""));
  EXPECT_EQ(texts, (std::vector<std::string>{"2:set -e", "2:kubectl apply    -f a.yml", "4:test x",
                                             "4:helm upgrade y ?", "4:fi", "5:bash -c 'kubectl",
                                             "6:apply -f b'"}));
}

constexpr const char* kWorkflow = ".github/workflows/release.yml";

TEST(Pipelines, AGateInTheJobOrInAJobBeforeCountsAndOneWhoseAnswerIsIgnoredDoesNot) {
  const std::string head = "on: push\njobs:\n";
  const std::string gate = "      - run: tollgate gate --service a --env production --version 1\n";
  const std::string deploy = "      - run: |\n          echo x\n          kubectl apply -f k8s\n";
  EXPECT_EQ(audit_one(kWorkflow, head + "  a:\n    steps:\n" + gate + deploy), "8 deploy gated\n");
  EXPECT_EQ(audit_one(kWorkflow, head + "  a:\n    steps:\n" + deploy + gate), "7 deploy ungated\n")
      << "a gate that is asked afterwards decides nothing";
  EXPECT_EQ(audit_one(kWorkflow, head + "  g:\n    steps:\n" + gate +
                                     "  b:\n    needs: g\n    steps:\n      - run: make\n" +
                                     "  a:\n    needs: [b]\n    steps:\n" + deploy),
            "15 deploy gated\n");
  EXPECT_EQ(audit_one(kWorkflow, head + "  g:\n    continue-on-error: true\n    steps:\n" + gate +
                                     "  a:\n    needs: g\n    steps:\n" + deploy),
            "12 deploy ignored\n");
  EXPECT_EQ(audit_one(kWorkflow,
                      head + "  a:\n    steps:\n      - run: tollgate gate --service a || true\n" +
                          deploy),
            "8 deploy ignored\n");
  EXPECT_EQ(audit_one(kWorkflow, head + "  a:\n    environment: production\n    steps:\n" + deploy),
            "8 deploy gated\n");
}

TEST(Pipelines, WhatIsCalledIsJudgedOnEveryWayToIt) {
  const std::string called =
      "on: workflow_call\njobs:\n  d:\n    steps:\n      - run: helm upgrade a b\n";
  const std::string caller = "on: push\njobs:\n";
  const std::string gated =
      "  g:\n    steps:\n      - run: tollgate gate\n"
      "  a:\n    needs: g\n    uses: ./.github/workflows/deploy.yml\n";
  const std::string bare = "  b:\n    uses: ./.github/workflows/deploy.yml\n";
  const auto with = [&](const std::string& jobs) {
    return audit_of(
        {{".github/workflows/deploy.yml", called}, {".github/workflows/main.yml", caller + jobs}});
  };
  EXPECT_EQ(shown(with(gated)), "5 deploy gated\n");
  const AuditReport both = with(gated + bare);
  EXPECT_EQ(shown(both), "5 deploy ungated\n");
  EXPECT_EQ(both.steps[0].called_from, ".github/workflows/main.yml:10");
  EXPECT_EQ(audit_one(".github/workflows/deploy.yml", called), "5 deploy ungated\n");

  // A composite action may be the gate.
  const AuditReport composite = audit_of(
      {{".github/actions/gate/action.yml",
        "runs:\n  using: composite\n  steps:\n    - run: tollgate gate\n      shell: bash\n"},
       {".github/workflows/main.yml", caller +
                                          "  a:\n    steps:\n      - uses: ./.github/actions/gate\n"
                                          "      - run: terraform apply\n"}});
  EXPECT_EQ(shown(composite), "6 deploy gated\n");
}

TEST(Pipelines, ActionsPublishIfTheirInputsSaySo) {
  const auto workflow = [](const std::string& step) {
    return audit_one(kWorkflow, "on: push\njobs:\n  a:\n    steps:\n" + step);
  };
  EXPECT_EQ(workflow("      - uses: docker/build-push-action@v6\n        with: {push: true}\n"),
            "5 publish ungated\n");
  EXPECT_EQ(workflow("      - uses: docker/build-push-action@v6\n        with: {push: false}\n"),
            "");
  EXPECT_EQ(workflow("      - uses: goreleaser/goreleaser-action@v6\n"
                     "        with: {args: release --snapshot}\n"),
            "");
  EXPECT_EQ(workflow("      - uses: EnricoMi/publish-unit-test-result-action@v2\n"), "");
  EXPECT_EQ(workflow("      - uses: helm/kind-action@v1\n      - run: kubectl apply -f x\n"),
            "6 deploy throwaway\n");
  EXPECT_EQ(workflow("      - run: kubectl apply --dry-run=client -f x\n"), "");
}

TEST(Pipelines, GitlabJobsExtendIncludeReferToEachOtherAndWaitForStages) {
  const std::string main =
      "include: [{local: /ci/deploy.yml}]\n"
      "stages: [check, ship]\n"
      "default: {before_script: [echo hello]}\n"
      "gate:\n  stage: check\n  script: [tollgate gate --service a]\n"
      "production:\n  stage: ship\n  extends: .deploy\n  environment: production\n"
      "early:\n  stage: ship\n  needs: []\n  script:\n    - !reference [.deploy, script]\n";
  const std::string included = ".deploy:\n  script:\n    - kubectl apply -f k8s\n";
  const AuditReport report = audit_of({{".gitlab-ci.yml", main}, {"ci/deploy.yml", included}});
  EXPECT_EQ(shown(report), "7 deploy gated\n11 deploy ungated\n");
  EXPECT_EQ(
      audit_one(".gitlab-ci.yml", "x:\n  script: [./go]\n  environment: {name: production}\n"),
      "1 deploy ungated\n")
      << "an environment is a deployment, whatever the script";
  EXPECT_EQ(audit_one(".gitlab-ci.yml", "x:\n  when: manual\n  script: [helm upgrade a b]\n"),
            "3 deploy person\n");
}

TEST(Pipelines, JenkinsfilesAreReadAsText) {
  const std::string declarative = R"(pipeline {
  agent any // sh 'kubectl apply'
  stages {
    stage('Build') { steps { sh 'make' } }
    stage('Deploy') {
      steps {
        sh """
          set -e
          kubectl apply -f k8s
        """
      }
    }
  }
}
)";
  EXPECT_EQ(audit_one("Jenkinsfile", declarative), "9 deploy ungated\n");
  std::string gated = declarative;
  gated.replace(gated.find("sh 'make'"), 9, "sh 'tollgate gate --service a'");
  EXPECT_EQ(audit_one("Jenkinsfile", gated), "9 deploy gated\n");
  std::string ignored = declarative;
  ignored.replace(ignored.find("sh 'make'"), 9,
                  "sh(script: 'tollgate gate --service a', returnStatus: true)");
  EXPECT_EQ(audit_one("Jenkinsfile", ignored), "9 deploy gated\n") << "its status may be looked at";
  std::string asked = declarative;
  asked.replace(asked.find("sh 'make'"), 9, "input message: 'Really?'");
  EXPECT_EQ(audit_one("Jenkinsfile", asked), "9 deploy person\n");
  EXPECT_EQ(audit_one("Jenkinsfile",
                      "node {\n  stage('x') {\n    deployToCluster('a')\n"
                      "    docker.image('a').push('b')\n"
                      "    build job: 'deploy-production'\n  }\n}\n"),
            "3 deploy ungated\n4 publish ungated\n");
}

TEST(Pipelines, RolloutsAreJudgedByTheirAnalysis) {
  const std::string rollout =
      "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: a}\nspec:\n  strategy:\n";
  EXPECT_EQ(audit_one("r.yaml", rollout + "    canary: {steps: [{setWeight: 20}]}\n"),
            "2 deploy ungated\n");
  EXPECT_EQ(audit_one("r.yaml", rollout + "    canary: {steps: [{setWeight: 20}, {pause: {}}]}\n"),
            "2 deploy person\n");
  EXPECT_EQ(
      audit_one("r.yaml", rollout + "    canary: {steps: [{analysis: {templates: [{templateName: "
                                    "x}]}}]}\n"),
      "2 deploy gated\n");
  EXPECT_EQ(audit_one("r.yaml", rollout + "    blueGreen:\n{{- if .Values.x }}\n      "
                                          "activeService: {{ .Values.y }}\n{{- end }}\n"),
            "2 deploy ungated\n")
      << "charts have templates in them";
  const std::string canary = "apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: a}\n";
  EXPECT_EQ(audit_one("c.yaml", canary + "spec: {analysis: {metrics: [{name: x}]}}\n"),
            "2 deploy gated\n");
  EXPECT_EQ(audit_one("c.yaml",
                      canary + "spec: {skipAnalysis: true, analysis: {metrics: [{name: x}]}}\n"),
            "2 deploy ungated\n");
}

TEST(Pipelines, CircleCiApprovalsAndOrbsAndCloudBuildArgumentsAreUnderstood) {
  EXPECT_EQ(audit_one(".circleci/config.yml",
                      "jobs:\n  ship:\n    steps:\n      - run: {name: go, command: helm upgrade a "
                      "b}\nworkflows:\n  main:\n    jobs:\n      - hold: {type: approval}\n      - "
                      "ship: {requires: [hold]}\n      - aws-ecs/deploy-service-update\n"),
            "4 deploy person\n10 deploy ungated\n");
  EXPECT_EQ(audit_one("cloudbuild.yaml",
                      "steps:\n- name: gcr.io/google.com/cloudsdktool/cloud-sdk\n  args: [gcloud, "
                      "run, deploy, a]\nimages: [\n  'gcr.io/x/y'\n]\n"),
            "3 deploy ungated\n4 publish ungated\n");
}

TEST(Pipelines, AllowancesEndAndThoseThatNothingNeedsAreNamed) {
  const Sources sources = {
      {kWorkflow, "on: push\njobs:\n  a:\n    steps:\n      - run: helm upgrade a b\n"}};
  const auto allowance = [](const std::string& file, const std::string& until) {
    return Allowance{.file = file, .job = "a", .reason = "old", .until = parse_time(until).value()};
  };
  EXPECT_EQ(shown(audit_of(sources, {allowance("*.yml", "2026-07-01T00:00:00Z")})),
            "5 deploy allowed\n");
  const AuditReport ended = audit_of(sources, {allowance("*.yml", "2026-05-01T00:00:00Z")});
  EXPECT_EQ(shown(ended), "5 deploy ungated\n");
  EXPECT_EQ(ended.expired.size(), 1u);
  EXPECT_EQ(audit_of(sources, {allowance("other", "2026-07-01T00:00:00Z")}).unused.size(), 1u);
}

TEST(Pipelines, OwnPatternsCountAndBrokenOnesAreRefused) {
  const auto made = Matcher::make({{.what = "ship", .action = Action::deploy, .regex = "ops/ship"},
                                   {.what = "ask", .gate = Gate::tollgate, .regex = "ops/ask"}});
  ASSERT_TRUE(made);
  const auto report = audit({{kWorkflow,
                              "on: push\njobs:\n  a:\n    steps:\n      - run: ops/ask\n"
                              "      - run: ops/ship\n"}},
                            {.matcher = made->get()});
  EXPECT_EQ(shown(*report), "6 deploy gated\n");
  EXPECT_FALSE(Matcher::make({{.what = "x", .action = Action::deploy, .regex = "("}}));
}

Sources read_all(const fs::path& folder) {
  Sources sources;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    sources[fs::relative(entry.path(), folder).string()] = text.str();
  }
  return sources;
}

/// Files with their steps as a person found them: line and action.
struct ReadByEye {
  const char* file;
  std::set<std::pair<uint32_t, Action>> steps;
};

std::vector<ReadByEye> read_by_eye() {
  constexpr Action d = Action::deploy;
  constexpr Action p = Action::publish;
  return {
      {"LibraryOfCongress+fetch-vue/.gitlab-ci.yml",
       {{24, p},
        {46, p},
        {70, p},
        {93, p},
        {115, p},
        {138, p},
        {158, d},
        {172, d},
        {190, d},
        {209, d},
        {227, d}}},
      {"LibraryOfCongress+fetch-inventory_service/.gitlab-ci.yml",
       {{34, p},
        {65, p},
        {97, p},
        {127, p},
        {156, p},
        {186, p},
        {202, d},
        {218, d},
        {238, d},
        {257, d},
        {276, d}}},
      {"dora-team+fourkeys/bq-workers/tekton-parser/cloudbuild.yaml", {{24, p}, {30, d}, {38, p}}},
      {"jenkins-infra+plugin-site-api/Jenkinsfile", {{87, p}}},
      {"hmcts+rpe-pdf-service/Jenkinsfile_CNP", {{18, d}}},
      {"google+slo-generator/.github/workflows/deploy.yml", {{60, d}}},
      {"fluxcd+flagger/.github/workflows/release.yml",
       {{67, p}, {92, p}, {100, d}, {116, p}, {121, p}, {148, p}}},
      {"jaegertracing+jaeger/.github/workflows/ci-release.yml",
       {{119, p}, {146, p}, {152, p}, {160, p}, {175, p}}},
      {"linkedin+oncall/.github/workflows/create-release-and-publish.yml",
       {{18, p}, {44, p}, {50, p}}},
      {"transparency-dev+tessera/.github/workflows/aws_integration_test.yml",
       {{59, p}, {72, p}, {77, d}, {114, d}, {151, d}}},
      {"slok+sloth/.github/workflows/ci.yaml", {{96, d}, {131, p}, {154, p}, {177, p}}},
  };
}

TEST(Pipelines, RealFilesAreReadWithoutACrashAndStepsFoundByEyeAreFound) {
  const fs::path folder = fs::path(TOLLGATE_SHARED_DIR) / "data/ci_configs";
  if (!fs::exists(folder)) GTEST_SKIP() << "skipped: no shared data";
  const AuditReport report = audit_of(read_all(folder));
  for (const Error& error : report.unreadable) ADD_FAILURE() << error.text();
  EXPECT_EQ(report.files_by_dialect.at("github"), 215);
  EXPECT_EQ(report.files_by_dialect.at("jenkins"), 8);
  EXPECT_EQ(report.files_by_dialect.at("gitlab"), 3);
  EXPECT_EQ(report.files_by_dialect.at("cloudbuild"), 11);
  EXPECT_EQ(report.files_by_dialect.at("flagger"), 5);
  for (const ReadByEye& truth : read_by_eye()) {
    std::set<std::pair<uint32_t, Action>> found;
    for (const DeployStep& step : report.steps) {
      if (step.file == truth.file) found.emplace(step.line, step.action);
    }
    for (const auto& [line, action] : truth.steps) {
      EXPECT_TRUE(found.contains({line, action}))
          << truth.file << ":" << line << " " << action_name(action) << " was found by eye only";
    }
    for (const auto& [line, action] : found) {
      EXPECT_TRUE(truth.steps.contains({line, action}))
          << truth.file << ":" << line << " " << action_name(action) << " was not found by eye";
    }
  }
  const auto state_of = [&report](const std::string& file) {
    for (const DeployStep& step : report.steps) {
      if (step.file == "argo_rollouts_manifests/" + file) return step_state_name(step.state);
    }
    return std::string_view("none");
  };
  EXPECT_EQ(state_of("rollout-analysis-step.yaml"), "gated");
  EXPECT_EQ(state_of("rollout-background-analysis.yaml"), "gated");
  EXPECT_NE(state_of("rollout-canary.yaml"), "gated");
  EXPECT_NE(state_of("rollout-bluegreen.yaml"), "gated");
}

}  // namespace
}  // namespace tollgate::pipelines
