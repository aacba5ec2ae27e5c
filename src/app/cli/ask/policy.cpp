#include "app/cli/ask/policy.hpp"

#include "app/cli/policy_files.hpp"
#include "app/render/answers.hpp"
#include "edge/net/http_types.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

namespace tollgate::cli::ask {

using doc::Node;

namespace {

Node files_json(const std::vector<NamedText>& files) {
  Node list = Node::array();
  for (const NamedText& file : files) {
    list.push(Node::object({{"file", file.name}, {"text", file.text}}));
  }
  return Node::object({{"files", std::move(list)}});
}

/// The server wants to know which policy this one replaces.
Result<Node> apply_at(Remote& remote, const PolicyChange& change) {
  std::string expected = change.expected_digest;
  if (expected.empty()) {
    TOLLGATE_TRY(const Node in_force, remote.get("/v1/policy"));
    expected = in_force.text_or("digest");
  }
  Node body = files_json(change.files);
  if (!change.reason.empty()) body.set("reason", change.reason);
  engine::HttpRequest request = remote.request("POST", "/v1/policy/apply", "application/json");
  request.headers.emplace_back("if-match", fmt::format("\"{}\"", expected));
  if (!change.idempotency_key.empty()) {
    request.headers.emplace_back("idempotency-key", change.idempotency_key);
  }
  request.body = doc::compact_json(body);
  return remote.json(request);
}

}  // namespace

Result<Node> plan(Backend& backend, const std::vector<NamedText>& files) {
  if (Remote* const remote = backend.remote())
    return remote->post_json("/v1/policy/plan", files_json(files), "");
  TOLLGATE_TRY(const model::Bundle bundle, build_bundle(files));
  TOLLGATE_TRY(const engine::PlanAnswer answer, backend.local().engine().plan(bundle));
  return render::plan_json(answer);
}

Result<Node> apply(Backend& backend, const PolicyChange& change) {
  if (Remote* const remote = backend.remote()) return apply_at(*remote, change);
  TOLLGATE_TRY(const model::Bundle bundle, build_bundle(change.files));
  std::optional<Digest> expected;
  if (!change.expected_digest.empty()) {
    TOLLGATE_TRY(expected, parse_digest(change.expected_digest));
  }
  Local& local = backend.local();
  TOLLGATE_TRY(
      const engine::ApplyAnswer answer,
      local.writer().apply(bundle, change.reason, expected, local.caller(change.idempotency_key)));
  return render::apply_json(answer);
}

Result<Node> policy(Backend& backend) {
  if (Remote* const remote = backend.remote()) return remote->get("/v1/policy");
  return render::policy_json(backend.local().engine().policy()->bundle());
}

Result<Node> resources(Backend& backend, const std::string& kind, const std::string& name) {
  if (Remote* const remote = backend.remote()) {
    std::string path = "/v1/resources/" + percent_encode(kind);
    for (std::string_view part : split(name, '/')) {
      if (!part.empty()) path += "/" + percent_encode(part);
    }
    return remote->get(path);
  }
  return render::resources_json(backend.local().engine().policy()->bundle(), kind, name);
}

}  // namespace tollgate::cli::ask
