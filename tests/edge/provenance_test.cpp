// Provenance in the envelopes that builders use, and whose signature under it is right.
#include "domain/model/kinds/signing_key.hpp"
#include "edge/evidence/read_report.hpp"
#include "edge/evidence/verify.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/text.hpp"
#include "provenance_sample.hpp"

#include <gtest/gtest.h>

namespace tollgate::evidence {
namespace {

std::string envelope(std::string_view payload, std::string_view signature) {
  return fmt::format(R"({{"payloadType":"application/vnd.in-toto+json","payload":"{}",)"
                     R"("signatures":[{{"keyid":"","sig":"{}"}}]}})",
                     payload, signature);
}

/// A policy with keys of these names and PEMs.
model::Bundle policy(const std::vector<std::pair<std::string, std::string_view>>& keys) {
  std::string yaml;
  for (const auto& [name, pem] : keys) {
    yaml += fmt::format(
        "---\napiVersion: tollgate/v1\nkind: SigningKey\nmetadata: {{name: {}}}\nspec:\n"
        "  publicKey: |\n",
        name);
    for (const std::string_view line : split(pem, '\n')) yaml += fmt::format("    {}\n", line);
  }
  const model::SourceText source{.file = "keys.yaml", .text = yaml};
  model::Loaded loaded = model::load(std::span(&source, 1));
  model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), loaded.problems);
  EXPECT_TRUE(loaded.problems.empty()) << loaded.problems.front().text();
  return bundle;
}

/// The names of the keys that signed the only statement.
std::vector<std::string> signers(const std::string& bytes, const model::Bundle& keys) {
  auto report = read_report(bytes, "", "attestation");
  EXPECT_TRUE(report) << report.error().text();
  if (!report) return {};
  const auto verified = verify_signatures(bytes, "attestation", keys, *report);
  EXPECT_TRUE(verified) << verified.error().text();
  std::vector<std::string> names;
  for (const Digest& key : report->provenance.at(0).keys) {
    for (const model::Resource* resource : keys.of_kind("SigningKey")) {
      if (model::fingerprint(*resource->as<model::SigningKey>()) == key)
        names.push_back(resource->metadata.name);
    }
  }
  return names;
}

TEST(Provenance, signatures_of_every_kind_of_key_are_checked) {
  const model::Bundle keys =
      policy({{"ecdsa", kEcdsaKey}, {"ed25519", kEd25519Key}, {"rsa", kRsaKey}});
  using Names = std::vector<std::string>;
  EXPECT_EQ(signers(envelope(kPayload, kEcdsaSignature), keys), Names{"ecdsa"});
  EXPECT_EQ(signers(envelope(kPayload, kEd25519Signature), keys), Names{"ed25519"});
  EXPECT_EQ(signers(envelope(kPayload, kRsaSignature), keys), Names{"rsa"});
  EXPECT_EQ(signers(envelope(kPayload, kRsaSignature), policy({{"ecdsa", kEcdsaKey}})), Names{});
}

TEST(Provenance, a_changed_payload_or_another_type_has_no_signature) {
  const model::Bundle keys = policy({{"ecdsa", kEcdsaKey}});
  std::string text = base64_decode(kPayload).value();
  text.replace(text.find("acme"), 4, "evil");
  EXPECT_TRUE(signers(envelope(base64_encode(text), kEcdsaSignature), keys).empty());
  EXPECT_TRUE(signers(std::string(kStatementSample), keys).empty()) << "a plain statement";
}

TEST(Provenance, bundles_and_files_with_one_envelope_a_line_are_read) {
  const model::Bundle keys = policy({{"ecdsa", kEcdsaKey}});
  const std::string signed_one = envelope(kPayload, kEcdsaSignature);
  const std::string bundle = fmt::format(
      R"({{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{{}},)"
      R"("dsseEnvelope":{}}})",
      signed_one);
  EXPECT_EQ(signers(bundle, keys), std::vector<std::string>{"ecdsa"});
  const std::string sbom =
      base64_encode(R"({"_type":"https://in-toto.io/Statement/v1","subject":[],)"
                    R"("predicateType":"https://spdx.dev/Document","predicate":{}})");
  const std::string lines = envelope(sbom, "") + "\n" + signed_one + "\n";
  EXPECT_EQ(signers(lines, keys), std::vector<std::string>{"ecdsa"}) << "the SBOM is left out";
  // Without padding, and in the alphabet of addresses.
  std::string bare(kPayload);
  while (bare.ends_with('=')) bare.pop_back();
  std::string signature(kEcdsaSignature);
  for (char& c : signature) c = c == '+' ? '-' : c == '/' ? '_' : c;
  EXPECT_EQ(signers(envelope(bare, signature), keys), std::vector<std::string>{"ecdsa"});
}

TEST(Provenance, what_is_no_provenance_is_refused_with_a_reason) {
  const auto problem = [](const std::string& bytes) {
    const auto report = read_report(bytes, "provenance", "file");
    return report ? std::string("read") : report.error().text();
  };
  EXPECT_NE(problem("{}").find("no in-toto statement"), std::string::npos);
  EXPECT_NE(problem(envelope("%%%", "")).find("no base64"), std::string::npos);
  EXPECT_NE(problem(envelope(base64_encode("{"), "")).find("no JSON"), std::string::npos);
  EXPECT_NE(problem(R"({"payloadType":"text/plain","payload":"e30="})").find("text/plain"),
            std::string::npos);
  const std::string statement =
      R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"https://slsa.dev/provenance/v1",)";
  EXPECT_NE(problem(statement + R"("subject":[],"predicate":{}})").find("no subject"),
            std::string::npos);
  EXPECT_NE(problem(statement + R"("subject":[{"digest":{"sha256":"12"}}],"predicate":{}})")
                .find("is no digest"),
            std::string::npos);
  EXPECT_NE(problem(statement + R"("subject":[{"digest":{"md5":"12"}}],"predicate":{}})")
                .find("SHA-256 or longer"),
            std::string::npos);
  EXPECT_NE(problem(R"({"_type":"https://in-toto.io/Statement/v1","subject":[],)"
                    R"("predicateType":"https://spdx.dev/Document","predicate":{}})")
                .find("no provenance"),
            std::string::npos);
}

}  // namespace
}  // namespace tollgate::evidence
