// Reading what senders write: members by path, times in their dialects, versions in names.
#pragma once

#include "edge/webhooks/sender.hpp"

namespace tollgate::webhooks {

/// The value at "deployment/sha", or null if some part is missing, null or no object.
const doc::Node* value_at(const doc::Node& node, std::string_view path);
/// The text at `path`; numbers and booleans as text; empty if there is none.
std::string text_at(const doc::Node& node, std::string_view path);
/// As text_at. Errors: bad_webhook naming the path if there is nothing.
Result<std::string> required_text(const doc::Node& node, std::string_view path);

/// A time as senders write it: RFC 3339; "2021-04-28 21:50:00 +0200"; "2016-08-12 15:23:28 UTC";
/// seconds or milliseconds since 1970 as a number or digits. Errors: bad_webhook.
Result<Time> read_time(const doc::Node& value, std::string_view what);
/// The first of `paths` that holds a time. Errors: bad_webhook if none does.
Result<Time> time_at(const doc::Node& node, std::initializer_list<std::string_view> paths);
/// As time_at, nothing where there is none. Errors: bad_webhook for a value that is no time.
Result<std::optional<Time>> optional_time(const doc::Node& node,
                                          std::initializer_list<std::string_view> paths);

/// "v1.2.3" and "refs/tags/checkout-1.2.3": the name itself if it ends like a version, else empty.
std::string version_of_ref(std::string_view ref);
/// "main" of "refs/heads/main".
std::string short_ref(std::string_view ref);
/// The last part of an address or path.
std::string last_part(std::string_view path);

/// Nothing recorded, with the reason.
Translation ignored(std::string reason);

}  // namespace tollgate::webhooks
