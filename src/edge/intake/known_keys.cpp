#include "edge/intake/known_keys.hpp"

namespace tollgate::intake {

void KnownKeys::put(const Known& known) {
  if (known_.insert(known.digest).second) order_.push_back(known);
}

void KnownKeys::add(std::string_view source, std::string_view key, int64_t now_ms) {
  put({now_ms, digest_of(source, key)});
  while (order_.size() > kKeysMax || order_.front().time_ms < now_ms - kKept.ms) {
    known_.erase(order_.front().digest);
    order_.pop_front();
  }
}

void KnownKeys::save(std::string& out) const {
  for (const Known& known : order_) {
    out.append(reinterpret_cast<const char*>(&known.time_ms), sizeof(known.time_ms));
    out.append(known.digest.view());
  }
}

bool KnownKeys::load(std::string_view bytes) {
  constexpr size_t kDigestBytes = 32;
  order_.clear();
  known_.clear();
  while (!bytes.empty()) {
    Known known;
    if (bytes.size() < sizeof(known.time_ms) + kDigestBytes) return false;
    std::memcpy(&known.time_ms, bytes.data(), sizeof(known.time_ms));
    std::memcpy(known.digest.bytes.data(), bytes.data() + sizeof(known.time_ms), kDigestBytes);
    bytes.remove_prefix(sizeof(known.time_ms) + kDigestBytes);
    put(known);
  }
  return true;
}

}  // namespace tollgate::intake
