#include "edge/evidence/verify.hpp"

#include "domain/model/kinds/signing_key.hpp"
#include "edge/evidence/statements.hpp"
#include "foundation/base/codes.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

namespace tollgate::evidence {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

Result<Key> read_key(const model::SigningKey& key) {
  const std::string& pem = key.public_key;
  const std::unique_ptr<BIO, FreeBio> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key read(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!read)
    return fail(codes::bad_value, "the public key of SigningKey {} cannot be read", key.name);
  return read;
}

/// ECDSA and RSA (PKCS#1) sign SHA-256, Ed25519 the bytes themselves.
bool is_right(EVP_PKEY* key, std::string_view text, std::string_view signature) {
  const bool hashes = EVP_PKEY_base_id(key) != EVP_PKEY_ED25519;
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  const auto bytes = [](std::string_view view) {
    return reinterpret_cast<const unsigned char*>(view.data());
  };
  return context &&
         EVP_DigestVerifyInit(context.get(), nullptr, hashes ? EVP_sha256() : nullptr, nullptr,
                              key) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text),
                          text.size()) == 1;
}

}  // namespace

Result<void> verify_signatures(std::string_view bytes, std::string_view file_name,
                               const model::Bundle& policy, model::Report& report) {
  if (report.kind != model::ReportKind::provenance) return {};
  TOLLGATE_TRY(const Input input, open_input(bytes, file_name));
  TOLLGATE_TRY(const std::vector<SignedStatement> statements, read_statements(input));
  for (const model::Resource* resource : policy.of_kind("SigningKey")) {
    const auto* declared = resource->as<model::SigningKey>();
    TOLLGATE_TRY(const Digest fingerprint, model::fingerprint(*declared));
    TOLLGATE_TRY(const Key key, read_key(*declared));
    for (size_t i = 0; i < statements.size() && i < report.provenance.size(); ++i) {
      for (const std::string& signature : statements[i].signatures) {
        if (!is_right(key.get(), statements[i].signed_bytes, signature)) continue;
        report.provenance[i].keys.push_back(fingerprint);
        break;
      }
    }
  }
  return {};
}

}  // namespace tollgate::evidence
