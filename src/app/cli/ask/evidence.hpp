// Telling of reports and of releases that ended.
#pragma once

#include "app/cli/backend.hpp"
#include "domain/model/events.hpp"
#include "foundation/doc/node.hpp"

#include <string>

namespace tollgate::cli::ask {

struct EvidenceFile {
  std::string service;
  std::string version;
  std::string commit;
  std::string format;  // empty: recognised
  std::string file;    // name
  std::string bytes;
  std::string idempotency_key;
};

Result<doc::Node> record(Backend& backend, const EvidenceFile& evidence);
Result<doc::Node> release(Backend& backend, const model::ReleaseEnded& ended,
                          const std::string& idempotency_key);

}  // namespace tollgate::cli::ask
