#include "foundation/base/digest.hpp"

#include "foundation/base/assert.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"

#include <openssl/evp.h>

#include <cstring>
#include <memory>

namespace tollgate {
namespace {

// Fetching the algorithm costs more than hashing a leaf, so each thread does it once.
struct Hasher {
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  Hasher() { ASSERT(algorithm != nullptr && context != nullptr); }
  ~Hasher() {
    EVP_MD_CTX_free(context);
    EVP_MD_free(algorithm);
  }
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
};

}  // namespace

Digest sha256(std::initializer_list<std::string_view> parts) {
  thread_local Hasher hasher;
  Digest digest;
  bool is_good = EVP_DigestInit_ex2(hasher.context, hasher.algorithm, nullptr) == 1;
  for (std::string_view part : parts) {
    is_good = is_good && EVP_DigestUpdate(hasher.context, part.data(), part.size()) == 1;
  }
  unsigned size = 0;
  is_good = is_good && EVP_DigestFinal_ex(hasher.context, digest.bytes.data(), &size) == 1;
  ASSERT(is_good && size == digest.bytes.size());
  return digest;
}

void append_digest(std::string& out, const Digest& digest) {
  static constexpr std::string_view kHexDigits = "0123456789abcdef";
  out += "sha256:";
  for (const uint8_t byte : digest.bytes) {
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
}

std::string digest_text(const Digest& digest) {
  std::string text;
  append_digest(text, digest);
  return text;
}

Result<Digest> parse_digest(std::string_view text) {
  std::string_view hex = text.starts_with("sha256:") ? text.substr(7) : text;
  TOLLGATE_TRY(const std::string bytes, hex_decode(hex));
  Digest digest;
  if (bytes.size() != digest.bytes.size())
    return fail(codes::bad_value, "\"{}\" is not a SHA-256 digest", text);
  std::memcpy(digest.bytes.data(), bytes.data(), bytes.size());
  return digest;
}

}  // namespace tollgate
