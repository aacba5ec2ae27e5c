// What the answers to GitHub, GitLab and Jenkins have in common: the address and credentials of
// their APIs, what is to be answered, and the verdict in few words.
#pragma once

#include "domain/model/verdict.hpp"
#include "edge/deliver/target.hpp"

namespace tollgate::deliver {

inline constexpr std::string_view kAppIdAnnotation = "tollgate.dev/app-id";
inline constexpr std::string_view kPrivateKeyAnnotation = "tollgate.dev/private-key";
inline constexpr std::string_view kUserAnnotation = "tollgate.dev/user";
/// In front of what a sender's question says about how to answer it.
inline constexpr std::string_view kAnswerPrefix = "answer/";

/// A verdict as an answer needs it.
struct Answer {
  model::Outcome outcome = model::Outcome::inconclusive;
  model::GateRequest request = {};
  std::string decision = {};
  std::string words = {};  // one line, without line breaks
};

/// The verdict that `notification` is about. Errors: bad_value if it is about another record.
Result<Answer> answer_of(const engine::Notification& notification);

/// The address of the API, without a slash at its end. Errors: bad_value.
Result<std::string> api_of(const engine::Notification& notification);
/// What the question said under `name`. Errors: bad_value if it said nothing.
Result<std::string> answer_part(const engine::Notification& notification, std::string_view name);

/// Sends and wants a 2xx; as post(), but any method, and gives the answer.
Result<engine::HttpResponse> call_api(const engine::Notification& notification,
                                      const Outside& outside, engine::HttpRequest request);

/// `text` cut to `size_max` bytes at a character's border.
std::string shortened(std::string_view text, size_t size_max);

}  // namespace tollgate::deliver
