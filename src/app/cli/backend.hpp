// What commands ask of Tollgate, whether it runs in this process or behind --server: the same
// questions and the same JSON answers (app/render/answers.hpp makes them on either side).
#pragma once

#include "app/cli/files.hpp"
#include "app/cli/terminal.hpp"
#include "app/render/recommend.hpp"
#include "app/render/service_delivery.hpp"
#include "domain/model/events.hpp"
#include "domain/model/request.hpp"
#include "foundation/doc/node.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::cli {

class Invocation;

struct GateQuestion {
  model::GateRequest request;
  std::optional<Time> as_of;  // a what-if at that time, never recorded
  std::string idempotency_key;
};

struct EvidenceFile {
  std::string service;
  std::string version;
  std::string commit;
  std::string format;  // empty: recognised
  std::string file;    // name
  std::string bytes;
  std::string idempotency_key;
};

struct SignalFile {
  std::string slo;
  std::string environment;
  std::string format;
  std::string bad_status;  // "5xx,429"; empty: 5xx
  Duration slower_than;    // 0: time does not count
  std::string bytes;
  std::string idempotency_key;
};

struct DecisionQuery {
  std::string service;
  std::string environment;
  int64_t limit = 20;
  std::optional<int64_t> before;
};

class Backend {
 public:
  virtual ~Backend() = default;

  virtual Result<doc::Node> gate(const GateQuestion& question) = 0;
  virtual Result<doc::Node> record(const EvidenceFile& evidence) = 0;
  virtual Result<doc::Node> release(const model::ReleaseEnded& ended,
                                    const std::string& idempotency_key) = 0;
  virtual Result<doc::Node> import_signals(const SignalFile& file) = 0;
  virtual Result<doc::Node> status(const std::string& environment) = 0;
  virtual Result<doc::Node> decisions(const DecisionQuery& query) = 0;
  virtual Result<doc::Node> decision(const std::string& id) = 0;

  virtual Result<doc::Node> plan(const std::vector<NamedText>& files) = 0;
  virtual Result<doc::Node> apply(const std::vector<NamedText>& files, const std::string& reason,
                                  const std::string& expected_digest) = 0;
  virtual Result<doc::Node> policy() = 0;
  virtual Result<doc::Node> resources(const std::string& kind, const std::string& name) = 0;

  virtual Result<doc::Node> budget(const std::string& slo, const std::string& environment,
                                   std::optional<Time> at) = 0;
  virtual Result<doc::Node> burn(const std::string& slo, const std::string& environment,
                                 std::optional<Time> at) = 0;

  virtual Result<doc::Node> dora(const render::DoraQuery& query) = 0;
  virtual Result<doc::Node> recommend(const render::RecommendQuery& query) = 0;

  virtual Result<doc::Node> ledger_head() = 0;
  virtual Result<doc::Node> ledger_proof(int64_t position) = 0;
  virtual Result<doc::Node> ledger_replay() = 0;
  /// The exported ledger, piece by piece.
  virtual Result<void> ledger_export(
      const std::function<Result<void>(std::string_view)>& write) = 0;

  /// Address of a page about a decision; empty in local mode.
  virtual std::string decision_link(const std::string& decision) const = 0;
};

/// The server if --server is set, else an engine on --data-dir that runs within this call.
Result<std::unique_ptr<Backend>> open_backend(const Invocation& call);
std::unique_ptr<Backend> open_remote(const Invocation& call);
Result<std::unique_ptr<Backend>> open_local(const Invocation& call);

/// --data-dir, or its default for local mode.
std::string data_dir_of(const Invocation& call);
/// Who is acting, from the CI's environment or the user's name; the subject only.
model::Actor local_actor(const Terminal& terminal);

}  // namespace tollgate::cli
