// JSON Web Tokens signed with RS256, as GitHub Apps identify themselves.
#pragma once

#include "foundation/base/error.hpp"
#include "foundation/base/time.hpp"

#include <string>
#include <string_view>

namespace tollgate::deliver {

/// A token of `issuer` that counts for nine minutes and began a minute ago, since clocks differ.
/// `private_key` is PEM (PKCS#1 or PKCS#8). Errors: bad_value for a key that cannot be read.
Result<std::string> make_app_jwt(std::string_view issuer, std::string_view private_key, Time now);

}  // namespace tollgate::deliver
