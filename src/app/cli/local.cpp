#include "app/cli/local.hpp"

#include "app/cli/files.hpp"
#include "app/cli/invocation.hpp"
#include "app/cli/policy_files.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::cli {
namespace {

/// A mistyped folder must not become a new ledger.
Result<void> check_place(const Invocation& call) {
  const std::string data_dir = data_dir_of(call);
  if (folder_exists(data_dir)) return {};
  if (call.command().only_reads) {
    Error error{.code = codes::not_found,
                .message = fmt::format("there is no data directory {}", data_dir)};
    error.help =
        "name it with --data-dir or a server with --server; `tollgate apply` begins a new ledger";
    return fail(std::move(error));
  }
  const std::string policy = call.text("policy");
  if (call.has("data-dir") || folder_exists(policy)) return {};
  return fail(codes::no_policy, "here is neither a policy folder {} nor a data directory {}",
              policy, data_dir);
}

}  // namespace

Result<std::unique_ptr<Local>> Local::open(const Invocation& call) {
  TOLLGATE_CHECK(check_place(call));
  wiring::HouseOptions options{.data_dir = data_dir_of(call), .ca_file = call.text("ca-file")};
  TOLLGATE_TRY(options.checkouts, checkouts_of(call));
  TOLLGATE_TRY(std::unique_ptr<wiring::House> house, wiring::House::open(options));
  return std::make_unique<Local>(call, std::move(house), local_actor(call.terminal()));
}

Local::Local(const Invocation& call, std::unique_ptr<wiring::House> house, model::Actor actor)
    : call_(call), house_(std::move(house)), actor_(std::move(actor)) {}

Local::~Local() {
  if (!has_written_) return;
  const Result<void> is_signed = house_->sign_checkpoint();
  if (!is_signed) call_.remark(is_signed.error().text());
}

engine::Engine& Local::writer() {
  has_written_ = true;
  return engine();
}

Result<engine::Engine*> Local::governed() {
  TOLLGATE_CHECK(put_folder_in_force());
  return &engine();
}

Result<engine::Engine*> Local::governed_writer() {
  TOLLGATE_CHECK(put_folder_in_force());
  return &writer();
}

Result<engine::Engine*> Local::settled() {
  TOLLGATE_TRY(engine::Engine* const engine, governed_writer());
  TOLLGATE_CHECK(engine->settle_queues());
  return engine;
}

engine::Caller Local::caller(const std::string& idempotency_key) const {
  return {.actor = actor_, .idempotency_key = idempotency_key};
}

Result<void> Local::put_folder_in_force() {
  const std::string folder = call_.text("policy");
  const Digest in_force = engine().policy()->digest();
  const bool has_policy = !engine().policy()->bundle().entries().empty();
  if (!folder_exists(folder)) {
    if (call_.has("policy")) return fail(codes::not_found, "there is no folder {}", folder);
    if (has_policy) return {};
    return fail(codes::no_policy,
                "there is no policy: neither a folder {} nor one in force in the ledger", folder);
  }
  TOLLGATE_TRY(const std::vector<NamedText> files, read_policy_files({folder}));
  if (files.empty() && has_policy) return {};
  if (files.empty()) return fail(codes::no_policy, "there is no policy file in {}", folder);
  const CheckedPolicy checked = check_policy(files);
  if (checked.errors > 0) {
    TOLLGATE_TRY(const model::Bundle unused, build_bundle(files));
    return fail(codes::check_found_problems, "the policy in {} has {} errors; see `tollgate check`",
                folder, checked.errors);
  }
  if (checked.bundle.digest() == in_force) return {};
  has_written_ = true;
  TOLLGATE_TRY(
      const engine::ApplyAnswer answer,
      engine().apply(checked.bundle, "policy folder of local mode", std::nullopt, caller("")));
  call_.remark(fmt::format("policy of {} put in force: {}, ledger position {}", folder,
                           digest_text(answer.digest).substr(0, 19), answer.position));
  return {};
}

std::string data_dir_of(const Invocation& call) {
  const std::string given = call.text("data-dir");
  return given.empty() ? ".tollgate/data" : given;
}

Result<std::map<std::string, std::string>> checkouts_of(const Invocation& call) {
  std::map<std::string, std::string> checkouts;
  for (const std::string& text : call.texts("checkout")) {
    const size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
      return fail(codes::bad_usage,
                  "--checkout: \"{}\" is not SOURCE=DIR, such as acme/shop=/srv/shop", text);
    }
    const std::string folder = text.substr(equals + 1);
    if (!folder_exists(folder))
      return fail(codes::not_found, "--checkout: there is no folder {}", folder);
    checkouts[text.substr(0, equals)] = folder;
  }
  return checkouts;
}

model::Actor local_actor(const Terminal& terminal) {
  const auto variable = [&terminal](const char* name) { return terminal.variable(name); };
  std::string subject;
  if (const std::string repository = variable("GITHUB_REPOSITORY"); !repository.empty()) {
    subject = "github:" + repository;
  } else if (const std::string project = variable("CI_PROJECT_PATH"); !project.empty()) {
    subject = "gitlab:" + project;
  } else if (const std::string job = variable("JOB_NAME"); !job.empty()) {
    subject = "jenkins:" + job;
  } else if (const std::string user = variable("USER"); !user.empty()) {
    subject = user;
  } else {
    subject = "local";
  }
  return {.subject = subject, .issuer = "local", .roles = {}, .on_behalf_of = {}};
}

}  // namespace tollgate::cli
