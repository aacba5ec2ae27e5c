// Outgoing HTTP by libcurl: proxies (HTTPS_PROXY, NO_PROXY), the system's trust store, TLS checked
// always.
#pragma once

#include "engine/ports/http_client.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::net {

struct ClientOptions {
  std::string ca_file = {};  // PEM; trusted instead of the system's store
  std::string user_agent = "tollgate";
  Duration connect_timeout = seconds(5);
  int64_t redirects_max = 5;
  /// True: addresses of private networks are refused as soon as they are known, behind redirects,
  /// too, unless they are in one of `allowed_networks`. Behind a proxy, the proxy is the address.
  bool denies_private = false;
  std::vector<std::string> allowed_networks = {};
  size_t idle_handles_max = 8;  // kept with their open connections for the next requests
};

/// A client for HTTP and HTTPS and nothing else. Connections are reused. Redirects are followed for
/// requests that carry no credentials: a header of ours must not travel to another host. Errors
/// never show what may be secret.
std::unique_ptr<engine::HttpClient> make_http_client(ClientOptions options = {});

/// The address without user, password, query and fragment, fit for messages and records.
std::string redacted_url(std::string_view url);

}  // namespace tollgate::net
