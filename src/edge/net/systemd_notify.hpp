// Tells systemd how the service fares (sd_notify(3) protocol), without libsystemd.
#pragma once

#include <string_view>

namespace tollgate::net {

/// Sends state lines such as "READY=1", "STOPPING=1", "WATCHDOG=1" or "STATUS=42 decisions" to the
/// socket that NOTIFY_SOCKET names. True if sent; false, without effect, when not started by
/// systemd.
bool systemd_notify(std::string_view state);

}  // namespace tollgate::net
