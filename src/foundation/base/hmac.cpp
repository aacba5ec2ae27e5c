#include "foundation/base/hmac.hpp"

#include "foundation/base/assert.hpp"

#include <openssl/crypto.h>

namespace tollgate {
namespace {

constexpr size_t kBlockSize = 64;

}  // namespace

// RFC 2104 over sha256(), whose hashing context each thread keeps: faster than a new HMAC object
// for every delivery.
Digest hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts) {
  std::string block(key);
  if (block.size() > kBlockSize) block = std::string(sha256(key).view());
  block.resize(kBlockSize, '\0');
  std::string inner = block;
  for (char& c : inner) c = static_cast<char>(c ^ 0x36);
  for (char& c : block) c = static_cast<char>(c ^ 0x5c);
  Digest digest;
  switch (parts.size()) {
    case 1:
      digest = sha256({inner, parts.begin()[0]});
      break;
    case 2:
      digest = sha256({inner, parts.begin()[0], parts.begin()[1]});
      break;
    default: {
      std::string text = inner;
      for (const std::string_view part : parts) text += part;
      digest = sha256(text);
    }
  }
  return sha256({block, digest.view()});
}

bool is_same_secret(std::string_view a, std::string_view b) {
  // Digests have one length, so neither length nor content shows.
  const Digest left = sha256(a);
  const Digest right = sha256(b);
  return CRYPTO_memcmp(left.bytes.data(), right.bytes.data(), left.bytes.size()) == 0;
}

}  // namespace tollgate
