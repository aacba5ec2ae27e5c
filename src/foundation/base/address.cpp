#include "foundation/base/address.hpp"

#include "foundation/base/text.hpp"

#include <algorithm>
#include <arpa/inet.h>

namespace tollgate {
namespace {

/// RFC 6890 and its successors.
constexpr std::array<std::string_view, 18> kPrivateNetworks = {
    "0.0.0.0/8",     "10.0.0.0/8",   "100.64.0.0/10",  "127.0.0.0/8",   "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4",
    "240.0.0.0/4",   "::/128",       "::1/128",        "64:ff9b::/96",  "2002::/16",
    "fc00::/7",      "fe80::/10",    "ff00::/8"};

}  // namespace

std::optional<AddressBytes> parse_address(std::string_view text) {
  const std::string copy(text);
  AddressBytes bytes{};
  std::array<uint8_t, 4> four{};
  if (inet_pton(AF_INET, copy.c_str(), four.data()) == 1) {
    bytes[10] = bytes[11] = 0xff;
    std::copy(four.begin(), four.end(), bytes.begin() + 12);
    return bytes;
  }
  if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1) return bytes;
  return std::nullopt;
}

bool is_in_network(std::string_view network, const AddressBytes& address) {
  const size_t slash = network.find('/');
  const auto base = parse_address(network.substr(0, slash));
  if (!base) return false;
  const bool is_v4 = network.find(':') == std::string_view::npos;
  int64_t bits = 128;
  if (slash != std::string_view::npos) {
    const auto given = parse_integer(network.substr(slash + 1));
    if (!given || *given < 0 || *given > (is_v4 ? 32 : 128)) return false;
    bits = *given + (is_v4 ? 96 : 0);
  }
  for (size_t i = 0; i < address.size(); ++i) {
    const int64_t left = std::clamp<int64_t>(bits - static_cast<int64_t>(i) * 8, 0, 8);
    const auto mask = static_cast<uint8_t>(0xff00 >> left);
    if ((address[i] & mask) != ((*base)[i] & mask)) return false;
  }
  return true;
}

bool is_in_networks(const std::vector<std::string>& networks, const AddressBytes& address) {
  return std::any_of(networks.begin(), networks.end(), [&address](const std::string& network) {
    return is_in_network(network, address);
  });
}

bool is_private_address(const AddressBytes& address) {
  return std::any_of(
      kPrivateNetworks.begin(), kPrivateNetworks.end(),
      [&address](std::string_view network) { return is_in_network(network, address); });
}

}  // namespace tollgate
