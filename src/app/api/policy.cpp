// The policy in force: shown, compared with a candidate, replaced.
#include "app/api/route.hpp"
#include "app/render/answers.hpp"
#include "domain/gate/gate.hpp"
#include "domain/model/load.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::api {
namespace {

std::string etag(const Digest& digest) { return fmt::format("\"{}\"", digest_text(digest)); }

/// The bundle in a body {files: [{file, text}]}; every problem of every file at once.
Result<model::Bundle> read_bundle(const Call& call, const doc::Node& body, Problems& problems) {
  const doc::Node* files = body.find("files");
  if (files == nullptr || !files->is_array()) {
    return fail(codes::missing_field, "the body must hold files: [{{file, text}}, ...]");
  }
  std::vector<model::SourceText> texts;
  for (const doc::Node& file : files->items()) {
    texts.push_back(
        {.file = std::string(file.text_or("file")), .text = std::string(file.text_or("text"))});
  }
  model::Loaded loaded = model::load(texts);
  problems = std::move(loaded.problems);
  model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
  if (problems.empty()) problems = gate::validate_gates(bundle);
  if (problems.empty()) problems = call.engine().check_zones(bundle);
  SourceDesk* const sources = call.api.parts().sources;
  if (problems.empty() && sources != nullptr) problems = sources->check(bundle);
  if (problems.empty()) return bundle;
  return fail(codes::check_found_problems, "the policy has {}; nothing was changed",
              count_text(static_cast<int64_t>(problems.size()), "problem", "problems"));
}

/// Problems of files, each with its place in words: a pointer alone would not name the file.
net::Response refuse(const Error& error, const Call& call, Problems problems) {
  for (Error& problem : problems) problem.message = problem.text();
  return net::problem(error, call.request.path, problems);
}

Result<net::Response> show(Call& call) {
  const auto policy = call.engine().policy();
  const std::string tag = etag(policy->digest());
  if (call.request.header("if-none-match") == tag)
    return net::Response{.status = 304, .headers = {{"ETag", tag}}};
  net::Response response = json_response(render::policy_json(policy->bundle()));
  response.headers.push_back({"ETag", tag});
  return response;
}

Result<net::Response> plan(Call& call) {
  TOLLGATE_TRY(const doc::Node body, call.json());
  Problems problems;
  const auto bundle = read_bundle(call, body, problems);
  if (!bundle) return refuse(bundle.error(), call, std::move(problems));
  TOLLGATE_TRY(const engine::PlanAnswer answer, call.engine().plan(*bundle));
  return json_response(render::plan_json(answer));
}

/// If-Match says which policy the caller has seen; "*" replaces whatever is there.
Result<std::optional<Digest>> expected_digest(const Call& call) {
  const std::string_view tag = trim(call.request.header("if-match"));
  if (tag == "*") return std::optional<Digest>();
  if (tag.empty()) {
    return fail(codes::precondition_required,
                "send If-Match with the ETag of the policy you changed, or *");
  }
  if (tag.size() < 2 || tag.front() != '"' || tag.back() != '"') {
    return fail(codes::bad_request, "If-Match must be an ETag in quotes, or *");
  }
  TOLLGATE_TRY(const Digest digest, parse_digest(tag.substr(1, tag.size() - 2)));
  return std::optional<Digest>(digest);
}

Result<net::Response> apply(Call& call) {
  TOLLGATE_TRY(const auto expected, expected_digest(call));
  TOLLGATE_TRY(const doc::Node body, call.json());
  Problems problems;
  const auto bundle = read_bundle(call, body, problems);
  if (!bundle) return refuse(bundle.error(), call, std::move(problems));
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  TOLLGATE_TRY(const engine::ApplyAnswer answer,
               call.engine().apply(*bundle, std::string(body.text_or("reason")), expected, caller));
  net::Response response = json_response(render::apply_json(answer));
  response.headers.push_back({"ETag", etag(answer.digest)});
  return response;
}

Result<const model::KindDef*> kind_of(const Call& call) {
  const model::KindDef* kind = model::find_kind(call.captures[0]);
  if (kind != nullptr) return kind;
  std::vector<std::string> known;
  for (const model::KindDef* def : model::all_kinds()) known.emplace_back(def->kind);
  return fail(codes::unknown_kind, "\"{}\" is not a kind{}", call.captures[0],
              did_you_mean(call.captures[0], known));
}

Result<net::Response> list_resources(Call& call) {
  TOLLGATE_TRY(const model::KindDef* kind, kind_of(call));
  const auto policy = call.engine().policy();
  TOLLGATE_TRY(const doc::Node list, render::resources_json(policy->bundle(), kind->kind, ""));
  return json_response(list);
}

Result<net::Response> show_resource(Call& call) {
  TOLLGATE_TRY(const model::KindDef* kind, kind_of(call));
  const auto policy = call.engine().policy();
  TOLLGATE_TRY(const doc::Node resource,
               render::resources_json(policy->bundle(), kind->kind, call.captures[1]));
  return json_response(resource);
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/v1/policy", .answer = show},
    RouteDef{
        .method = "POST", .path = "/v1/policy/apply", .access = Access::apply, .answer = apply},
    RouteDef{.method = "POST", .path = "/v1/policy/plan", .answer = plan},
    RouteDef{.method = "GET", .path = "/v1/resources/{kind}", .answer = list_resources},
    RouteDef{.method = "GET", .path = "/v1/resources/{kind}/{name+}", .answer = show_resource},
};

}  // namespace

const std::span<const RouteDef> kPolicyRoutes = kRoutes;

}  // namespace tollgate::api
