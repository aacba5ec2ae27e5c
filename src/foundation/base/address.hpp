// Internet addresses and networks: reading them, and which are nobody's business from outside.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

/// 16 bytes in network order; IPv4 is mapped into IPv6 (::ffff:0:0/96).
using AddressBytes = std::array<uint8_t, 16>;

/// "192.0.2.7" or "2001:db8::1"; nothing for other text.
std::optional<AddressBytes> parse_address(std::string_view text);
/// Whether `address` is in `network` ("192.0.2.0/24", "2001:db8::/32", or one address). False for a
/// network that cannot be read.
bool is_in_network(std::string_view network, const AddressBytes& address);
/// Whether it is in one of `networks`.
bool is_in_networks(const std::vector<std::string>& networks, const AddressBytes& address);
/// Loopback, private, link-local, shared, multicast, reserved, and what maps to such an address:
/// what a request from outside must not make a server call.
bool is_private_address(const AddressBytes& address);

}  // namespace tollgate
