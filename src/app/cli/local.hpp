// Local mode: the engine runs within this call, on a data directory of its own, with the policies
// of the repository.
#pragma once

#include "app/wiring/wiring.hpp"
#include "domain/model/request.hpp"
#include "engine/engine.hpp"

#include <map>
#include <memory>
#include <string>

namespace tollgate::cli {

class Invocation;
struct Terminal;

class Local {
 public:
  static Result<std::unique_ptr<Local>> open(const Invocation& call);
  Local(const Invocation& call, std::unique_ptr<wiring::House> house, model::Actor actor);
  /// Signs what this call wrote.
  ~Local();

  wiring::House& house() { return *house_; }
  /// To read.
  engine::Engine& engine() { return house_->engine(); }
  /// To write: what this call appends is signed when it ends.
  engine::Engine& writer();
  /// To read, after the repository's policies became the ones in force if they differ from them;
  /// that is recorded.
  Result<engine::Engine*> governed();
  /// As governed(), to write.
  Result<engine::Engine*> governed_writer();
  /// As governed_writer(), and what fell due in queues since the last command is recorded: nobody
  /// ticks between two commands.
  Result<engine::Engine*> settled();

  engine::Caller caller(const std::string& idempotency_key) const;
  const model::Actor& actor() const { return actor_; }

 private:
  Result<void> put_folder_in_force();

  const Invocation& call_;
  std::unique_ptr<wiring::House> house_;
  model::Actor actor_;
  bool has_written_ = false;
};

/// --data-dir, or its default for local mode.
std::string data_dir_of(const Invocation& call);
/// --checkout SOURCE=DIR: folders of checked-out repositories, by source. Errors: bad_usage,
/// not_found for a folder that is not there.
Result<std::map<std::string, std::string>> checkouts_of(const Invocation& call);
/// Who is acting, from the CI's environment or the user's name; the subject only.
model::Actor local_actor(const Terminal& terminal);

}  // namespace tollgate::cli
