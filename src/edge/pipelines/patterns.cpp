#include "edge/pipelines/patterns.hpp"

#include "foundation/base/codes.hpp"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <array>

namespace tollgate::pipelines {
namespace {

constexpr Action kDeploy = Action::deploy;
constexpr Action kPublish = Action::publish;
// In front of a command's name: the beginning, a space, a quote, a path.
#define CMD "(?:^|[\\s/\"'`(])"

Pattern deploys(std::string what, std::string regex, std::string unless = {}) {
  return {.what = std::move(what),
          .action = kDeploy,
          .regex = CMD + std::move(regex),
          .unless = std::move(unless)};
}
Pattern publishes(std::string what, std::string regex, std::string unless = {}) {
  return {.what = std::move(what),
          .action = kPublish,
          .regex = CMD + std::move(regex),
          .unless = std::move(unless)};
}
Pattern uses(Action action, std::string what, std::string regex, std::string unless = {}) {
  return {.what = std::move(what),
          .where = Where::uses,
          .action = action,
          .regex = "(?i)" + std::move(regex),
          .unless = unless.empty() ? unless : "(?i)" + unless};
}
Pattern codes_for(Action action, std::string what, std::string regex, std::string unless = {}) {
  return {.what = std::move(what),
          .where = Where::code,
          .action = action,
          .regex = std::move(regex),
          .unless = std::move(unless)};
}
Pattern named(Action action, std::string what, std::string regex, std::string unless) {
  return {.what = std::move(what),
          .where = Where::name,
          .action = action,
          .regex = "(?i)" + std::move(regex),
          .unless = "(?i)" + std::move(unless)};
}
Pattern asks(Where where, std::string what, std::string regex) {
  return {
      .what = std::move(what), .where = where, .gate = Gate::tollgate, .regex = std::move(regex)};
}

constexpr const char* kDry = "--dry-run|--noop|--no-push|--snapshot|--help|--version";

std::vector<Pattern> deploy_commands() {
  return {
      deploys("kubectl apply",
              "(?:kubectl|oc)\\b.*\\s(?:apply|replace|patch|scale|rollout\\s+(?"
              ":restart|undo)|set\\s+"
              "image|create\\s+-f|autoscale|expose|new-app|start-build)\\b",
              kDry),
      deploys("kubectl argo rollouts",
              "kubectl(?:\\s+|-)argo(?:\\s+|-)rollouts\\b.*\\s(?:promote|set|"
              "restart|undo|abort)\\b"),
      deploys("helm upgrade", "helm3?\\b.*\\s(?:upgrade|install|rollback)\\b",
              "plugin\\s+install|--dry-run|helm.*\\stemplate\\b|apt|brew|pip"),
      deploys("helmfile", "helmfile\\b.*\\s(?:apply|sync)\\b"),
      deploys("argocd app sync", "argocd\\s+app\\s+(?:sync|set|create|rollback)\\b"),
      deploys("flux", "flux\\s+(?:reconcile|bootstrap|create|resume)\\b", "--export"),
      deploys("terraform apply",
              "(?:terraform|terragrunt|tofu)\\b.*\\s(?:"
              "apply|destroy|import)(?:-all)?\\b"),
      deploys("pulumi up", "pulumi\\s+(?:up|destroy|update)\\b"),
      deploys("cdk deploy", "cdk\\s+deploy\\b"),
      deploys("sam deploy", "sam\\s+deploy\\b"),
      deploys("serverless deploy", "(?:serverless|sls)\\s+deploy\\b"),
      deploys("aws",
              "aws\\b.*\\s(?:update-service|update-function-code|publish-version|"
              "create-stack|"
              "update-stack|create-deployment|update-environment|create-change-set|"
              "execute-change-set|start-instance-refresh|update-kubeconfig-and-"
              "apply)\\b"),
      deploys("aws cloudformation deploy", "aws\\s+cloudformation\\s+deploy\\b"),
      deploys("aws s3 sync", "aws\\s+s3\\s+(?:sync|cp|mv)\\b.*\\ss3://[^\\s]+\\s*(?:-|$)"),
      deploys("gcloud deploy",
              "gcloud\\b.*\\b(?:(?:run|app|functions)\\s+(?:"
              "services\\s+)?deploy|run\\s+services\\s+"
              "update|deploy\\s+releases\\s+create|instance-"
              "groups\\s+.*rolling-action)\\b"),
      deploys("gsutil", "gsutil\\b.*\\s(?:cp|rsync)\\b.*\\sgs://[^\\s]+\\s*$"),
      deploys("az deploy",
              "az\\s+(?:webapp|functionapp|containerapp|"
              "staticwebapp|spring|deployment)\\b"
              ".*\\s(?:deploy|deployment|up|update|create)\\b"),
  };
}

/// Hosts, platforms and whatever is called so.
std::vector<Pattern> more_deploy_commands() {
  return {
      deploys("ansible-playbook", "ansible-playbook\\b", "--check|--syntax-check|--version"),
      deploys("capistrano", "(?:cap|bundle\\s+exec\\s+cap)\\s+\\S+\\s+deploy"),
      deploys("eb deploy", "eb\\s+deploy\\b"),
      deploys("fly deploy", "fly(?:ctl)?\\s+deploy\\b"),
      deploys("heroku", "heroku\\s+(?:container:release|releases:rollback)\\b"),
      deploys("git push to a host", "git\\s+push\\b.*\\b(?:heroku|dokku|gh-pages)\\b"),
      deploys("vercel", "vercel\\b.*--prod"),
      deploys("netlify deploy", "netlify\\s+deploy\\b"),
      deploys("wrangler deploy", "wrangler\\s+(?:pages\\s+)?(?:deploy|publish)\\b"),
      deploys("firebase deploy", "firebase\\s+deploy\\b"),
      deploys("docker stack deploy", "docker\\s+(?:stack\\s+deploy|service\\s+update)\\b"),
      deploys("ssh", "ssh\\b.*\\b(?:docker|podman|systemctl|deploy|restart|kubectl)\\b",
              "ssh-(?:keygen|keyscan|add|agent)"),
      deploys("copy to a host",
              "(?:rsync|scp)\\b.*\\s[\\w.$@{}-]+@?[\\w.$@{}-]*:[^\\s/]*/"
              "?[^\\s]*\\s*$",
              "s3:|gs:|http"),
      deploys("nomad run", "nomad\\s+(?:job\\s+)?run\\b"),
      deploys("cf push", "cf\\s+push\\b"),
      deploys("skaffold", "skaffold\\s+(?:run|deploy)\\b"),
      deploys("kamal deploy", "kamal\\s+(?:deploy|redeploy|rollback)\\b"),
      deploys("mkdocs gh-deploy", "(?:mkdocs\\s+gh-deploy|mike\\s+deploy)\\b"),
      deploys("a deploy target",
              "(?:make|npm\\s+run|yarn(?:\\s+run)?|pnpm(?:\\s+run)?|(?:\\./"
              ")?gradlew?|task|just|rake|"
              "invoke|nox\\s+-s)\\s+(?:\\S+\\s+)*[\\w:./-]*deploy[\\w:-]*",
              "(?:un|non)deploy|deploy[\\w:-]*(?:test|lint|check)|(?:test|lint|"
              "check)[\\w:-]*deploy"),
      deploys("a deploy script", "(?:[\\w.-]+/)*[\\w-]*deploy[\\w-]*\\.(?:sh|py|rb|js|ts|ps1)\\b",
              "(?i)test|shellcheck|chmod|lint|package-|undeploy"),
  };
}

std::vector<Pattern> publish_commands() {
  return {
      publishes("docker push",
                "(?:docker|podman|nerdctl|buildah)\\s+(?:"
                "image\\s+|manifest\\s+)?push\\b"),
      publishes("docker buildx --push", "docker\\s+buildx?\\b.*--push\\b"),
      publishes("docker compose push", "docker(?:-|\\s+)compose\\b.*\\spush\\b"),
      publishes("docker buildx imagetools", "docker\\s+buildx\\s+imagetools\\s+create\\b", kDry),
      publishes("kaniko", "kaniko/executor\\b.*--destination", kDry),
      publishes("skopeo copy", "skopeo\\s+(?:copy|sync)\\b"),
      publishes("crane push", "crane\\s+(?:push|copy|cp|tag)\\b"),
      publishes("flux push artifact", "flux\\s+(?:push|tag)\\s+artifact\\b"),
      publishes("oras push", "oras\\s+(?:push|copy|cp)\\b"),
      publishes("ko", "ko\\s+(?:build|publish|apply|resolve)\\b", "--local|--push=false"),
      publishes("npm publish",
                "(?:npm|yarn|pnpm|bun|lerna)\\s+(?:-\\S+\\s+)*(?:npm\\s+)?publish\\b", kDry),
      publishes("twine upload", "twine\\s+upload\\b"),
      publishes("python publish", "(?:poetry|uv|flit|hatch|pdm)\\s+publish\\b", kDry),
      publishes("cargo publish", "cargo\\s+publish\\b", kDry),
      publishes("gem push", "gem\\s+push\\b"),
      publishes("maven deploy", "(?:\\./)?mvnw?\\b.*\\s(?:[\\w.:-]*:)?deploy(?:-file)?\\b",
                "-Dmaven.deploy.skip=true"),
      publishes("gradle publish",
                "(?:\\./)?gradlew?\\b.*\\s[\\w:]*(?:publish\\w*|uploadArchives)\\b",
                "(?i)MavenLocal|--dry-run"),
      publishes("goreleaser release", "goreleaser\\s+release\\b",
                "--snapshot|--skip[= ]\\S*publish"),
      publishes("promu release", "promu\\s+release\\b"),
      publishes("gh release", "(?:gh|hub|glab)\\s+release\\s+(?:create|upload|edit)\\b"),
      publishes("helm push", "helm3?\\s+(?:push|cm-push)\\b"),
      publishes("chart-releaser", "cr\\s+(?:upload|index)\\b"),
      publishes("nuget push", "nuget\\s+push\\b"),
      publishes("buf push", "buf\\s+push\\b"),
      publishes("git push of tags", "git\\s+push\\b.*(?:--tags|--follow-tags|refs/tags)"),
      publishes("gcloud builds submit", "gcloud\\b.*\\bbuilds\\s+submit\\b"),
      publishes("a publish target",
                "(?:make|npm\\s+run|yarn\\s+run|pnpm\\s+run|task|just|rake)\\s+"
                "(?:\\S+\\s+)*[\\w:./-]*"
                "(?:publish|push|upload-release)[\\w:-]*",
                "(?i)dry|test|mavenlocal|nopush|no-push"),
      publishes("a publish script",
                "(?:[\\w.-]+/"
                ")*[\\w-]*(?:publish|push|upload)[\\w-]*\\.(?:sh|py|rb|js)\\b",
                "(?i)test|chmod|lint|codecov|coverage|PUSH=false|shellcheck"),
  };
}

std::vector<Pattern> other_patterns() {
  constexpr const char* kNoDeploy =
      "setup-|install-|test|preview-url|cancel|wait|status|undeploy|cleanup";
  constexpr const char* kNoRelease =
      "test|result|report|coverage|checks|drafter|notes|changelog|setup-|"
      "download|install|fetch|"
      "get-|latest|wait|comment|snapshot|create-pull-request|-push-protection";
  return {
      // Actions and orbs, by what they are called.
      uses(kDeploy, "an action that deploys", "(?:^|[/.])[^/@]*deploy[^/@]*(?:@|$|/)", kNoDeploy),
      uses(kDeploy, "an action that deploys", "[/-](?:gh-pages|github-pages|pages-action)\\b",
           "configure-pages|upload-pages"),
      uses(kDeploy, "an action that deploys",
           "^(?:appleboy/(?:ssh|scp)-action|cloudflare/"
           "wrangler-action|superfly/flyctl-actions|"
           "hashicorp/tfc-workflows|digitalocean/app_action|amondnet/"
           "vercel-action|nwtgck/"
           "actions-netlify|docker://prominfra/prombench|helmfile/"
           "helmfile-action|"
           "burnett01/rsync-deployments|azure/"
           "(?:webapps|functions|k8s|static-web-apps)[^@]*|"
           "google-github-actions/(?:run|functions|appengine)[^@]*)"),
      uses(kDeploy, "a deploy by an orb or a builder",
           "(?:gke-deploy|skaffold|cloud-builders/kubectl)"),
      uses(kPublish, "an action that publishes",
           "(?:^|[/._-])(?:publish|release|releaser|releases|push)[^/"
           "@]*(?:@|$|\\.ya?ml)",
           kNoRelease),
      uses(kPublish, "an action that publishes",
           "(?:gh-release|release-action|goreleaser-action|"
           "upload-release|upload-to-github-release|semantic-release|"
           "changesets/action)",
           "drafter"),
      uses(kPublish, "a release workflow", "(?:maven-cd|cd|continuous-delivery)\\.ya?ml@"),
      // Shared libraries of Jenkins and plug-ins.
      codes_for(kDeploy, "a deploy step",
                "\\b(?:[a-z]\\w*)?[dD]eploy\\w*\\s*\\(|^(?:[a-z]\\w*)?[dD]"
                "eploy\\w*\\s+['\"\\w]",
                "\\b(?:disable|skip|un|is|should|no|can|has)\\w*[dD]eploy|"
                "def\\s+\\w*[dD]eploy\\w*|"
                "\\b(?:stage|when)\\b"),
      codes_for(kDeploy, "a deploy plug-in",
                "\\b(?:kubernetesApply|kubernetesDeploy|sshPublisher|"
                "ansiblePlaybook|ansibleTower|"
                "openshift\\w*|azureWebAppPublish|ecsDeploy|terraformApply|"
                "helmInstall|argoSync)\\b"),
      codes_for(kPublish, "an image push", "\\.push\\s*\\("),
      codes_for(kPublish, "a publish step", "\\b(?:[a-z]\\w*)?[pP]ublish\\w*\\s*\\(",
                "publish(?:HTML|Coverage|Checks|Issues|Test|Report|Cucumber|"
                "Valgrind|Lcov)|"
                "\\b(?:is|should|can|skip|no)[pP]ublish|def\\s"),
      codes_for(kDeploy, "a build of a deploy job", "\\bbuild\\b.*['\"][^'\"]*deploy[^'\"]*['\"]"),
      // Names, where nothing else tells.
      named(kPublish, "named so", "\\bpublish(?:es|ing)?\\b|\\bpush (?:the )?(?:image|container)",
            "publish(?:es|ing)?\\s+(?:\\w+\\s+)?(?:test|report|result|coverage|"
            "comment|check|summary|"
            "artifact|metric)|unpublish|dry"),
      named(kDeploy, "named so",
            "^(?:re)?deploy\\b|\\bdeploy(?:ing)? to\\b|^deploy[_-]|[_-]deploy$",
            "test|check|lint|wait|verify|undeploy|preview|setup"),
      // Gates.
      asks(Where::command, "tollgate gate", CMD "tollgate\\b.*\\sgate\\b"),
      asks(Where::command, "the gate's HTTP interface", "/v1/(?:gates|adapters)\\b"),
      asks(Where::code, "the gate's HTTP interface",
           "/v1/(?:gates|adapters)\\b|\\btollgateGate\\b"),
      asks(Where::uses, "the gate action", "(?i)(?:^|/)tollgate(?:-gate|-action|/gate)?(?:@|/|$)"),
  };
}

/// Clusters that live as long as the job.
constexpr std::string_view kThrowawayCommand = CMD
    "(?:kind\\s+create|minikube\\s+start|k3d\\s+cluster\\s+create|microk8s|"
    "ctlptl\\s+create)|"
    "make\\s+(?:\\S+\\s+)*[\\w-]*(?:kind|minikube|k3d)[\\w-]*";
constexpr std::string_view kThrowawayUses =
    "(?i)(?:kind-action|setup-minikube|k3d-action|setup-k3s|"
    "create-k3s|action-k3s|chart-testing|kubernetes-in)";
#undef CMD

}  // namespace

std::span<const Pattern> known_patterns() {
  static const std::vector<Pattern> patterns = [] {
    std::vector<Pattern> all = deploy_commands();
    for (auto more : {more_deploy_commands(), publish_commands(), other_patterns()})
      all.insert(all.end(), more.begin(), more.end());
    return all;
  }();
  return patterns;
}

struct Matcher::Sets {
  struct Entry {
    Pattern pattern;
    std::unique_ptr<RE2> unless;
  };
  struct Set {
    std::unique_ptr<RE2::Set> regexes = std::make_unique<RE2::Set>(RE2::Quiet, RE2::UNANCHORED);
    std::vector<size_t> entries;  // of each regex
  };
  std::vector<Entry> entries;
  std::map<Where, Set> by_where;
  RE2 throwaway_command{kThrowawayCommand.data(), RE2::Quiet};
  RE2 throwaway_uses{kThrowawayUses.data(), RE2::Quiet};

  template <class Wanted>
  const Pattern* first(Where where, std::string_view text, Wanted wanted) const {
    const auto set = by_where.find(where);
    std::vector<int> hits;
    const re2::StringPiece piece(text.data(), text.size());
    if (set == by_where.end() || !set->second.regexes->Match(piece, &hits)) return nullptr;
    std::sort(hits.begin(), hits.end());
    for (const int hit : hits) {
      const Entry& entry = entries[set->second.entries[static_cast<size_t>(hit)]];
      if (!wanted(entry.pattern)) continue;
      if (entry.unless && RE2::PartialMatch(piece, *entry.unless)) continue;
      return &entry.pattern;
    }
    return nullptr;
  }
};

Matcher::Matcher(std::unique_ptr<Sets> sets) : sets_(std::move(sets)) {}
Matcher::~Matcher() = default;

Result<std::unique_ptr<Matcher>> Matcher::make(std::vector<Pattern> own) {
  if (own.size() > kOwnPatternsMax)
    return fail(codes::limit_exceeded, "more than {} patterns", kOwnPatternsMax);
  auto sets = std::make_unique<Sets>();
  own.insert(own.end(), known_patterns().begin(), known_patterns().end());
  for (Pattern& pattern : own) {
    Sets::Set& set = sets->by_where[pattern.where];
    std::string problem;
    if (set.regexes->Add(pattern.regex, &problem) < 0)
      return fail(codes::bad_value, "pattern \"{}\": {}", pattern.what, problem);
    set.entries.push_back(sets->entries.size());
    std::unique_ptr<RE2> unless;
    if (!pattern.unless.empty()) {
      unless = std::make_unique<RE2>(pattern.unless, RE2::Quiet);
      if (!unless->ok())
        return fail(codes::bad_value, "pattern \"{}\": {}", pattern.what, unless->error());
    }
    sets->entries.push_back({std::move(pattern), std::move(unless)});
  }
  for (auto& [where, set] : sets->by_where) {
    if (!set.regexes->Compile()) return fail(codes::limit_exceeded, "the patterns are too large");
  }
  return std::unique_ptr<Matcher>(new Matcher(std::move(sets)));
}

const Pattern* Matcher::action(Where where, std::string_view text) const {
  for (const Action action : {Action::deploy, Action::publish}) {
    const Pattern* const found =
        sets_->first(where, text, [&](const Pattern& p) { return p.action == action; });
    if (found != nullptr) return found;
  }
  return nullptr;
}

const Pattern* Matcher::gate(Where where, std::string_view text) const {
  return sets_->first(where, text, [](const Pattern& p) { return p.gate.has_value(); });
}

bool Matcher::makes_throwaway(Where where, std::string_view text) const {
  const RE2& regex = where == Where::uses ? sets_->throwaway_uses : sets_->throwaway_command;
  return (where == Where::uses || where == Where::command) &&
         RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), regex);
}

}  // namespace tollgate::pipelines
