#include "app/cli/backend.hpp"

#include "app/cli/invocation.hpp"
#include "foundation/base/assert.hpp"

namespace tollgate::cli {

Local& Backend::local() {
  ASSERT(local_ != nullptr);
  return *local_;
}

Result<std::unique_ptr<Backend>> open_backend(const Invocation& call) {
  if (call.has("server")) return std::make_unique<Backend>(std::make_unique<Remote>(call));
  TOLLGATE_TRY(std::unique_ptr<Local> local, Local::open(call));
  return std::make_unique<Backend>(std::move(local));
}

}  // namespace tollgate::cli
