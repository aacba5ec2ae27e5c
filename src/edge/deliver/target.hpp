// What a delivery target is: one way to tell the world that something happened. A new one is one
// file with a TargetDef and one line in all.cpp. An AlertNotificationTarget of the policy chooses
// it by its `target` and says in annotations where to go; secrets are references (env:NAME,
// file:PATH), read when they are used.
#pragma once

#include "engine/ports/clock.hpp"
#include "engine/ports/deliverer.hpp"
#include "engine/ports/http_client.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::deliver {

/// What targets work with; both outlive them.
struct Outside {
  engine::HttpClient& http;
  engine::Clock& clock;
};

/// An annotation that a target reads.
struct SettingDef {
  std::string_view name;  // "tollgate.dev/url"
  std::string_view doc;
  bool is_required = false;
};

struct TargetDef {
  std::string_view name;  // as in AlertNotificationTarget.spec.target: "pagerduty"
  std::string_view doc;
  std::vector<SettingDef> settings = {};
  /// Delivers once. Errors: bad_value for what no retry can mend.
  Result<void> (*deliver)(const engine::Notification& notification, const Outside& outside);
  /// How often an alert that is on must be told again, or the receiver takes it for resolved; 0:
  /// once is enough.
  Duration repeat_every = {};
};

/// All targets, sorted by name.
std::span<const TargetDef* const> all_targets();
/// The target of that name; "webhook" for a name that has none of its own.
const TargetDef& target_named(std::string_view name);

inline constexpr std::string_view kUrlAnnotation = "tollgate.dev/url";
inline constexpr std::string_view kSecretAnnotation = "tollgate.dev/secret";
inline constexpr std::string_view kTokenAnnotation = "tollgate.dev/token";

/// An annotation of the target; empty if it has none.
std::string_view annotation(const engine::Notification& notification, std::string_view name);
/// An annotation whose value may be a reference; other text stands for itself. Errors: those of
/// resolve_secret; bad_value if it is missing and there is no `otherwise`.
Result<std::string> setting(const engine::Notification& notification, std::string_view name,
                            std::string_view otherwise = {});
/// An annotation that must be a reference. Errors: bad_value, io_failed.
Result<std::string> secret(const engine::Notification& notification, std::string_view name);
/// The value behind env:NAME or file:PATH, trailing line break removed.
/// Errors: bad_value for another form or an unset variable; io_failed.
Result<std::string> resolve_secret(std::string_view reference);

/// True for statuses that the same request will get again: no retry mends them.
bool is_final(int status);

/// Sends a POST of `body` and wants a 2xx. Errors: those of HttpClient::send; bad_value for an
/// address that is none and for answers that no retry changes (400, 401, 403, 404, 410, 413, 422);
/// bad_response for all others. The target's name stands in the message, its address does not.
Result<void> post(const engine::Notification& notification, const Outside& outside,
                  engine::HttpRequest request);

/// Delivers by the TargetDef that the notification's target names. Safe from any thread.
class Targets : public engine::Deliverer {
 public:
  explicit Targets(const Outside& outside) : outside_(outside) {}
  Result<void> deliver(const engine::Notification& notification) override;
  Duration repeat_every(const engine::Notification& notification) const override;

 private:
  const Outside outside_;
};

}  // namespace tollgate::deliver
