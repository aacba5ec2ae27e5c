// The audits that the policy asks for on a schedule, as the API asks for them.
#pragma once

#include "foundation/base/error.hpp"
#include "foundation/doc/node.hpp"

namespace tollgate::api {

/// Safe from any thread.
class AuditDesk {
 public:
  virtual ~AuditDesk() = default;
  /// Makes the audits that are due and waits for them: {audits: [...], findings, failed:
  /// [{schedule, error, advice, retry}]}. One that failed is tried again later; then it is in
  /// `failed` until it works.
  virtual doc::Node run_due() = 0;
};

}  // namespace tollgate::api
