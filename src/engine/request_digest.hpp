// What tells a repeat of a request from another one under the same idempotency key.
#pragma once

#include "engine/engine.hpp"
#include "foundation/reflect/reflect.hpp"

#include <string_view>

namespace tollgate::engine {

/// Zero without a key: nothing is compared then.
template <class T>
Digest request_digest(const Caller& caller, std::string_view verb, const T& request) {
  if (caller.idempotency_key.empty()) return {};
  return sha256({verb, reflect::canonical(request)});
}

}  // namespace tollgate::engine
