// What asking the vendors' APIs has in common: addresses that stay where they should, credentials,
// limits, and how an API asks for patience.
#pragma once

#include "edge/vendors/vendor.hpp"
#include "foundation/doc/node.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::vendors {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// One answer of an API.
struct ApiAnswer {
  int status = 0;
  doc::Node body = {};
  Headers headers = {};  // names in lower case

  std::string_view header(std::string_view name) const;
};

/// The address of the API without a slash at its end. Errors: bad_value.
Result<std::string> api_address(const model::Integration& integration);
/// The secret behind `reference` of the integration's api. Errors: bad_value, io_failed.
Result<std::string> api_secret(const model::Integration& integration, std::string_view reference);

/// Asks `path`, which begins with a slash and is below the API's address. Any status is an answer.
/// Errors: those of HttpClient; bad_response for a 2xx that is no JSON.
Result<ApiAnswer> ask_api(const model::Integration& integration, const Outside& outside,
                          const std::string& path, Headers headers);
/// The same, and wants a 2xx. Errors: rate_limited; not_found (404), bad_value for what no retry
/// mends; bad_response.
Result<ApiAnswer> get_api(const model::Integration& integration, const Outside& outside,
                          const std::string& path, Headers headers);

/// Until when the API wants to be left alone, if the answer says so: Retry-After, or a limit that
/// is used up with the time of its reset.
std::optional<Time> rate_limit(const ApiAnswer& answer, Time now);

/// Whether `told` may be seen of something that now is `found`: the same, or an earlier step.
bool may_have_been(model::DeploymentStatus told, model::DeploymentStatus found);
bool may_have_been(model::RunStatus told, model::RunStatus found);

/// `told` if `found`, what the API says of the same thing, does not contradict it. Errors:
/// contradicted.
Result<model::Observation> agree(const model::Observation& told, const model::Observation& found);
/// What a sender's translator makes of `body`, a delivery put together from an answer of its API.
/// Errors: bad_response if it makes nothing of it.
Result<std::vector<model::Observation>> as_delivery(model::Sender sender, const std::string& event,
                                                    const doc::Node& body);
/// The record of `told`'s kind and id among `found`, and then as agree(). Errors: not_found.
Result<model::Observation> agree_with_one(const model::Observation& told,
                                          const std::vector<model::Observation>& found);

/// The run that a rule made a deployment of.
model::PipelineObserved as_run(const model::DeploymentObserved& deployment);

/// "the API says commit 1a2b, the delivery 3c4d". Errors: contradicted, unless both are equal or
/// one is not told; commits may be shortened on either side.
Result<void> must_agree(std::string_view what, std::string_view told, std::string_view found);

}  // namespace tollgate::vendors
