// tollgate access token create, list and revoke: bearer tokens of a server's data directory. Works
// beside a running server, which notices within a second.
#include "app/cli/exit_codes.hpp"
#include "app/cli/files.hpp"
#include "app/cli/invocation.hpp"
#include "app/cli/local.hpp"
#include "app/render/answers.hpp"
#include "app/wiring/wiring.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::cli {
namespace {

using doc::Node;
using render::member_text;

Node token_json(const identity::Token& token) {
  Node roles = Node::array();
  for (identity::Role role : token.roles) roles.push(identity::role_name(role));
  return Node::object({{"id", token.id},
                       {"subject", token.subject},
                       {"roles", std::move(roles)},
                       {"created", time_text(token.created)},
                       {"expires", token.expires ? Node(time_text(*token.expires)) : Node()}});
}

std::string roles_words(const Node& token) {
  std::vector<std::string> roles;
  for (const Node& role : token.find("roles")->items()) roles.push_back(role.as_text());
  return join(roles, ",");
}

/// Tokens are often made before the server first runs; its data directory begins with them.
Result<void> begin_data_dir(const Invocation& call) {
  const std::string data_dir = data_dir_of(call);
  if (folder_exists(data_dir)) return {};
  TOLLGATE_CHECK(wiring::make_data_dir(data_dir));
  call.remark(fmt::format("{} is a new data directory; `tollgate serve --data-dir {}` serves it",
                          data_dir, data_dir));
  return {};
}

Result<int> run_create(Invocation& call) {
  identity::TokenRequest request{
      .subject = call.text("subject"), .roles = {}, .now = call.terminal().now()};
  for (const std::string& name : call.texts("role")) {
    TOLLGATE_TRY(const identity::Role role, identity::parse_role(name));
    request.roles.push_back(role);
  }
  TOLLGATE_TRY(const Duration lifetime, call.duration("expires-in"));
  if (lifetime.ms > 0) request.expires = request.now + lifetime;
  TOLLGATE_CHECK(begin_data_dir(call));
  TOLLGATE_TRY(const auto tokens, wiring::open_tokens(data_dir_of(call)));
  TOLLGATE_TRY(const identity::NewToken made, tokens->create(request));
  Node answer = token_json(made.token);
  answer.set("token", made.text);
  call.print(answer, [&made] { return made.text + "\n"; });
  call.remark(fmt::format("token {} for {}; it is shown this once and kept only as a hash",
                          made.token.id, made.token.subject));
  return kExitDone;
}

Result<int> run_list(Invocation& call) {
  TOLLGATE_TRY(const auto tokens, wiring::open_tokens(data_dir_of(call)));
  Node list = Node::array();
  render::Table table{.header = {"ID", "SUBJECT", "ROLES", "CREATED", "EXPIRES"}, .rows = {}};
  for (const identity::Token& token : tokens->list()) {
    Node row = token_json(token);
    table.rows.push_back({member_text(row, "id"), member_text(row, "subject"), roles_words(row),
                          member_text(row, "created"), member_text(row, "expires")});
    list.push(std::move(row));
  }
  call.print_table(list, table);
  return kExitDone;
}

Result<int> run_revoke(Invocation& call) {
  TOLLGATE_TRY(const auto tokens, wiring::open_tokens(data_dir_of(call)));
  TOLLGATE_CHECK(tokens->revoke(call.value(0)));
  call.print(Node::object({{"id", call.value(0)}, {"revoked", true}}),
             [&call] { return fmt::format("token {} revoked\n", call.value(0)); });
  return kExitDone;
}

constexpr OptionDef kDataDir = {.name = "data-dir",
                                .value = "DIR",
                                .doc = "Data directory of the server. Default: .tollgate/data.",
                                .is_setting = true};

}  // namespace

extern const CommandDef access_token_create_command = {
    .name = "access token create",
    .group = Group::server,
    .summary = "Make a bearer token; its text is shown once.",
    .doc =
        "reader looks at everything; ci also asks for verdicts and records; approver also applies "
        "policies; admin "
        "may do everything.",
    .examples = "tollgate access token create --subject ci@checkout --role ci --expires-in 90d",
    .options = {{.name = "subject",
                 .value = "NAME",
                 .doc = "Who acts with it; recorded in the ledger.",
                 .is_required = true},
                {.name = "role",
                 .value = "ROLE",
                 .doc = "What it may do; may be given several times.",
                 .choices = "reader|ci|approver|admin|pusher",
                 .is_required = true,
                 .is_repeated = true},
                {.name = "expires-in",
                 .value = "SPAN",
                 .doc = "Lifetime, such as 90d; without it, no end."},
                kDataDir},
    .formats = "table|plain|json|yaml",
    .run = run_create,
};

extern const CommandDef access_token_list_command = {
    .name = "access token list",
    .group = Group::server,
    .summary = "List the tokens; their texts are not kept.",
    .options = {kDataDir},
    .formats = "table|plain|json|yaml|ndjson|name",
    .run = run_list,
};

extern const CommandDef access_token_revoke_command = {
    .name = "access token revoke",
    .group = Group::server,
    .summary = "Make a token useless, within a second.",
    .arguments = {{.name = "ID",
                   .doc = "The token's identifier, as `access token list` shows it."}},
    .options = {kDataDir},
    .formats = "table|plain|json|yaml",
    .run = run_revoke,
};

}  // namespace tollgate::cli
