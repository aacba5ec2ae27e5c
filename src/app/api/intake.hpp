// What the intake's receipt says as JSON, for the API and for local mode alike.
#pragma once

#include "app/api/route.hpp"
#include "edge/intake/service.hpp"
#include "foundation/doc/node.hpp"

namespace tollgate::api {

/// The answer to counters: {accepted, refused, too_far_ahead, duplicate, message?}.
doc::Node counters_json(const intake::Receipt& receipt);

/// How a sender of signals is answered; each protocol has its own words.
struct SignalAnswers {
  net::Response (*taken)(const intake::Receipt&, const std::string& path) = nullptr;
  net::Response (*refused)(const Error&, const std::string& path) = nullptr;
};
/// Hands the body to the intake and answers once it is durable, or refused. The source is the
/// parameter `source` of the query, or who asks. An encoding that is an error is the answer.
void submit_signals(Call call, net::Responder responder, Result<intake::Encoding> encoding,
                    const SignalAnswers& answers);

}  // namespace tollgate::api
