// Jenkins' remote API: builds of a job, brought into the form of the notification plugin so that
// the translator of its deliveries reads them. Source: Jenkins' remote access API.
#include "edge/vendors/api.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::vendors {
namespace {

using doc::Node;

constexpr int64_t kPageSize = 100;
constexpr std::string_view kTree =
    "number,url,result,building,timestamp,duration,"
    "actions[parameters[name,value],lastBuiltRevision[SHA1,branch[name]]]";

Result<Headers> login(const model::Integration& integration) {
  TOLLGATE_TRY(const std::string token, api_secret(integration, integration.api->token));
  return Headers{{"authorization", "Basic " + base64_encode(integration.api->user + ":" + token)}};
}

/// "job/folder/job/name" of "folder/name".
std::string job_path(std::string_view project) {
  std::string path;
  for (const std::string_view part : split(project, '/')) {
    if (!part.empty()) path += (path.empty() ? "job/" : "/job/") + percent_encode(part);
  }
  return path;
}

/// "job/folder/job/name/7/" and nothing that would change an address.
bool is_build_path(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  const auto parts = split(path, '/');
  if (parts.size() < 3 || parts.size() % 2 == 0 || !parse_integer(parts.back())) return false;
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    const std::string_view part = parts[i];
    if (i % 2 == 0 ? part != "job" : part.empty() || part == "." || part == "..") return false;
    if (part.find_first_of("?#\\") != std::string_view::npos) return false;
  }
  return true;
}

/// Where the build that a delivery tells of is found. Errors: bad_value.
Result<std::string> path_of(const std::string& id, const std::string& project) {
  if (is_build_path(id)) return id.ends_with('/') ? id : id + "/";
  const size_t mark = id.rfind('#');
  const auto number = mark == std::string::npos
                          ? Result<int64_t>(fail(codes::bad_value, "no number"))
                          : parse_integer(std::string_view(id).substr(mark + 1));
  if (number && *number > 0) return fmt::format("{}/{}/", job_path(project), *number);
  return fail(codes::bad_value, "\"{}\" is no build of Jenkins", id);
}

/// A build of the API as the notification plugin tells it; `path` is where it was found.
Node as_notification(const Node& build, const std::string& project, const std::string& path) {
  const bool is_running = build.boolean_or("building", false);
  const int64_t begin = build.integer_or("timestamp", 0);
  const int64_t duration = build.integer_or("duration", 0);
  Node parameters = Node::object();
  Node scm = Node::object();
  const Node* actions = build.find("actions");
  for (const Node& action :
       actions != nullptr && actions->is_array() ? actions->items() : Node::Array()) {
    if (!action.is_object()) continue;
    const Node* list = action.find("parameters");
    for (const Node& one : list != nullptr && list->is_array() ? list->items() : Node::Array()) {
      const Node* value = one.is_object() ? one.find("value") : nullptr;
      if (value != nullptr) parameters.set(std::string(one.text_or("name")), *value);
    }
    const Node* revision = action.find("lastBuiltRevision");
    if (revision == nullptr || !revision->is_object()) continue;
    scm.set("commit", revision->text_or("SHA1"));
    const Node* branch = revision->find("branch");
    const bool has_branch = branch != nullptr && branch->is_array() && !branch->items().empty() &&
                            branch->items().front().is_object();
    std::string_view name = has_branch ? branch->items().front().text_or("name") : "";
    if (name.starts_with("refs/remotes/")) name.remove_prefix(13);
    if (!name.empty()) scm.set("branch", name);
  }
  Node told = Node::object({{"number", build.integer_or("number", 0)},
                            {"phase", is_running ? "STARTED" : "COMPLETED"},
                            {"status", build.text_or("result")},
                            {"timestamp", is_running ? begin : begin + duration},
                            {"duration", duration},
                            {"url", path},
                            {"full_url", build.text_or("url")},
                            {"parameters", std::move(parameters)},
                            {"scm", std::move(scm)}});
  return Node::object({{"name", project}, {"build", std::move(told)}});
}

Result<model::Observation> confirm(const model::Integration& integration,
                                   const model::Observation& observation, const Outside& outside) {
  const auto* deployment = std::get_if<model::DeploymentObserved>(&observation);
  const auto* run = std::get_if<model::PipelineObserved>(&observation);
  if (deployment == nullptr && run == nullptr)
    return fail(codes::bad_value, "Jenkins is asked about builds only");
  const std::string id = deployment != nullptr ? deployment->id : run->id;
  const std::string& project = deployment != nullptr ? deployment->project : run->project;
  TOLLGATE_TRY(const std::string path, path_of(id, project));
  TOLLGATE_TRY(const Headers headers, login(integration));
  TOLLGATE_TRY(const ApiAnswer answer,
               get_api(integration, outside,
                       fmt::format("/{}api/json?tree={}", path, percent_encode(kTree)), headers));
  const Node body = as_notification(answer.body, project, id);
  TOLLGATE_TRY(const auto found, as_delivery(model::Sender::jenkins, "build", body));
  const auto told = agree_with_one(observation, found);
  if (told || deployment == nullptr || told.error().code != codes::not_found) return told;
  // A rule made a deployment of a run that names no environment: the run itself must agree.
  TOLLGATE_CHECK(agree_with_one(as_run(*deployment), found));
  return observation;
}

Result<BackfillPage> backfill(const model::Integration& integration,
                              const BackfillQuestion& question, const Outside& outside) {
  int64_t from = 0;
  if (!question.cursor.empty()) {
    TOLLGATE_TRY(from, parse_integer(question.cursor));
  }
  TOLLGATE_TRY(const Headers headers, login(integration));
  const std::string job = job_path(question.project);
  BackfillPage page{.next = std::to_string(from), .requests = 1};
  TOLLGATE_TRY(const ApiAnswer answer,
               ask_api(integration, outside,
                       fmt::format("/{}/api/json?tree={}", job,
                                   percent_encode(fmt::format("allBuilds[{}]{{{},{}}}", kTree, from,
                                                              from + kPageSize))),
                       headers));
  page.wait_until = rate_limit(answer, outside.clock.now());
  if (page.wait_until) return page;
  const Node* builds = answer.body.is_object() ? answer.body.find("allBuilds") : nullptr;
  if (answer.status != 200 || builds == nullptr || !builds->is_array()) {
    return fail(deliver::is_final(answer.status) ? codes::bad_value : codes::bad_response,
                "Jenkins answered {} for the builds of {}", answer.status, question.project);
  }
  bool is_last = static_cast<int64_t>(builds->items().size()) < kPageSize;
  // Newest first, by the time they began.
  for (const Node& build : builds->items()) {
    const Time begin{build.integer_or("timestamp", 0)};
    if (begin >= question.until) continue;
    if (begin < question.since) {
      is_last = true;
      break;
    }
    const int64_t number = build.integer_or("number", 0);
    auto records =
        as_delivery(model::Sender::jenkins, "build",
                    as_notification(build, question.project, fmt::format("{}/{}/", job, number)));
    if (!records) {
      page.skipped.push_back(fmt::format("build {}: {}", number, records.error().message));
      continue;
    }
    for (model::Observation& record : *records) page.records.push_back(std::move(record));
  }
  page.next = is_last ? "" : std::to_string(from + kPageSize);
  return page;
}

}  // namespace

extern const VendorDef kJenkins = {.sender = model::Sender::jenkins,
                                   .doc = "Builds, with their parameters and commits.",
                                   .confirm = confirm,
                                   .backfill = backfill};

}  // namespace tollgate::vendors
