#include "edge/deliver/jwt.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/doc/json.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

namespace tollgate::deliver {
namespace {

/// Base64 for addresses (RFC 4648 section 5), without padding.
std::string base64url(std::string_view bytes) {
  std::string text = base64_encode(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text;
}

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

Result<std::string> sign_rs256(std::string_view text, std::string_view private_key) {
  const std::unique_ptr<BIO, FreeBio> pem(
      BIO_new_mem_buf(private_key.data(), static_cast<int>(private_key.size())));
  // Without a callback OpenSSL would ask the terminal for a passphrase.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  const std::unique_ptr<EVP_PKEY, FreeKey> key(
      pem ? PEM_read_bio_PrivateKey(pem.get(), nullptr, no_passphrase, nullptr) : nullptr);
  if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA)
    return fail(codes::bad_value, "the private key is no RSA key in PEM without a passphrase");
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::string signature;
  const bool is_begun =
      context &&
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1;
  signature.resize(size);
  if (!is_begun || EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                                  &size, bytes, text.size()) != 1) {
    return fail(codes::bad_value, "the private key does not sign");
  }
  signature.resize(size);
  return signature;
}

}  // namespace

Result<std::string> make_app_jwt(std::string_view issuer, std::string_view private_key, Time now) {
  constexpr int64_t kBefore = 60;
  constexpr int64_t kLife = 540;
  const int64_t seconds_now = now.ms / 1000;
  const std::string text =
      base64url(R"({"alg":"RS256","typ":"JWT"})") + "." +
      base64url(doc::compact_json(doc::Node::object({{"iat", seconds_now - kBefore},
                                                     {"exp", seconds_now + kLife},
                                                     {"iss", std::string(issuer)}})));
  TOLLGATE_TRY(const std::string signature, sign_rs256(text, private_key));
  return text + "." + base64url(signature);
}

}  // namespace tollgate::deliver
