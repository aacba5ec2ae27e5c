// SigningKey: a public key whose signature under a provenance statement counts.
#pragma once

#include "domain/model/kind.hpp"

namespace tollgate::model {

struct SigningKey {
  std::string name;
  Labels labels;
  std::string description;
  std::string public_key;  // PEM, SubjectPublicKeyInfo
};
const KindDef& signing_key_kind();

/// Names the key: SHA-256 of its SubjectPublicKeyInfo. Errors: bad_value for what is no PEM of a
/// public key.
Result<Digest> fingerprint(const SigningKey& key);

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct Reflect<model::SigningKey> {
  static constexpr std::string_view name = "SigningKey";
  static constexpr std::array fields = {
      field<&model::SigningKey::description>("description", "Whose key it is.",
                                             {.size_max = model::kDescriptionSizeMax}),
      field<&model::SigningKey::public_key>(
          "publicKey", "The public key in PEM (BEGIN PUBLIC KEY): ECDSA, Ed25519 or RSA.",
          {.is_required = true, .size_max = 10'000})};
};

}  // namespace tollgate::reflect
