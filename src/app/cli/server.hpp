// The server: an engine on a data directory behind the HTTP API, until a signal ends it.
#pragma once

#include "app/cli/terminal.hpp"
#include "edge/intake/event_sampler.hpp"

#include <map>
#include <string>
#include <vector>

namespace tollgate::cli {

struct ServeOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 8080;
  std::string otlp_grpc_address = {};  // a second place to listen; empty: none
  uint16_t otlp_grpc_port = 4317;
  std::string data_dir;
  std::string policy_dir;  // applied at start; empty: none
  std::string certificate_file;
  std::string key_file;
  std::string ca_file;
  std::vector<std::string> allowed_networks = {};     // private ones that effects may call
  std::map<std::string, std::string> checkouts = {};  // folders of repositories, by source
  bool requires_token = false;
  bool is_open = false;  // nobody needs a token, although others can connect
  bool has_demo = false;
  Duration signals_sync_every = {};  // 0: signals are acknowledged when synced
  size_t signal_memory_bytes = 0;    // for cells
  Duration alerts_every = seconds(1);
  intake::SamplingLimits sampling = {};
};

/// Serves until SIGTERM or SIGINT. Errors: those of opening the data directory, listening, and of
/// the policy.
Result<void> serve(const ServeOptions& options, Terminal& terminal);

}  // namespace tollgate::cli
