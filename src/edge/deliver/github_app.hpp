// How GitHub is asked: as an App, with a token of its installation for what is needed and nothing
// else, or with a token that somebody made.
#pragma once

#include "edge/deliver/target.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::deliver {

/// Who asks. Secrets are references.
struct GithubLogin {
  std::string api = {};           // address, without a slash at its end
  std::string token = {};         // reference; or
  std::string app_id = {};        // of the App, and
  std::string private_key = {};   // reference to its PEM
  std::string project = {};       // "acme/checkout"
  std::string installation = {};  // as told by a delivery; empty: GitHub is asked
  std::string repository_id = {};
};

/// The headers of a request that carries `token`.
std::vector<std::pair<std::string, std::string>> github_headers(const std::string& token);

/// A token that may do `permission` ("deployments") at `level` ("read", "write"). Errors: those of
/// resolve_secret and make_app_jwt, bad_value for what no retry mends, bad_response.
Result<std::string> github_token(const GithubLogin& login, const Outside& outside,
                                 std::string_view permission, std::string_view level);

}  // namespace tollgate::deliver
