#include "domain/model/kinds/signing_key.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"

namespace tollgate::model {
namespace {

constexpr std::string_view kBegin = "-----BEGIN PUBLIC KEY-----";
constexpr std::string_view kEnd = "-----END PUBLIC KEY-----";

void validate(const void* spec, ProblemSink& sink) {
  const auto& key = *static_cast<const SigningKey*>(spec);
  if (key.public_key.empty()) return;
  if (const auto read = fingerprint(key); !read)
    sink.add(read.error().code, "/spec/publicKey", read.error().message);
}

}  // namespace

Result<Digest> fingerprint(const SigningKey& key) {
  const std::string_view pem = key.public_key;
  const size_t begin = pem.find(kBegin);
  const size_t end = pem.find(kEnd);
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) {
    return fail(codes::bad_value,
                "this is no public key in PEM; `openssl pkey -in KEY -pubout` and `cosign "
                "public-key` write one");
  }
  std::string text;
  for (const char c : pem.substr(begin + kBegin.size(), end - begin - kBegin.size())) {
    if (c != '\n' && c != '\r' && c != ' ' && c != '\t') text += c;
  }
  const auto bytes = base64_decode(text);
  if (!bytes || bytes->empty())
    return fail(codes::bad_value, "the public key between BEGIN and END is no base64");
  return sha256(*bytes);
}

const KindDef& signing_key_kind() {
  static constexpr KindDef kind = {
      .api_version = "tollgate/v1",
      .kind = "SigningKey",
      .plural = "signingkeys",
      .title = "A public key whose signature under a provenance counts.",
      .doc =
          "Provenance that is recorded is checked against every SigningKey of the policy in force; "
          "the check artifact@1 names those that it demands. Another key is another resource, so "
          "that what was signed by the old one stays so.",
      .introduced_in = "0.2",
      .example = R"(apiVersion: tollgate/v1
kind: SigningKey
metadata:
  name: build-farm
spec:
  description: The key of the build farm, kept in its HSM.
  publicKey: |
    -----BEGIN PUBLIC KEY-----
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEK6+8b/3QbBL1NRsgolgBzuvKg0Mu
    VIfzYa14kdOvjKh5kcfbkx0d+RAS9PkY+37n/Lp/7Dx/wy5WmaxUyNBBeQ==
    -----END PUBLIC KEY-----
)",
      .spec_type = &reflect::type_of<SigningKey>,
      .make = &make_spec<SigningKey>,
      .validate = &validate};
  return kind;
}

}  // namespace tollgate::model
