// Whom a command asks: an engine within this call, or the server that --server names. What can be
// asked is in ask/, one file by noun, each question with both its ways side by side.
#pragma once

#include "app/cli/local.hpp"
#include "app/cli/remote.hpp"

#include <memory>

namespace tollgate::cli {

class Invocation;

class Backend {
 public:
  explicit Backend(std::unique_ptr<Remote> remote) : remote_(std::move(remote)) {}
  explicit Backend(std::unique_ptr<Local> local) : local_(std::move(local)) {}

  /// The server's side; null in local mode.
  Remote* remote() { return remote_.get(); }
  /// The engine's side; asserts local mode.
  Local& local();

 private:
  std::unique_ptr<Remote> remote_;
  std::unique_ptr<Local> local_;
};

/// The server if --server is set, else an engine on --data-dir that runs within this call.
Result<std::unique_ptr<Backend>> open_backend(const Invocation& call);

}  // namespace tollgate::cli
