#include "engine/ledger/proof.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/text.hpp"

#include <cstring>

namespace tollgate::ledger {
namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kIndex = "index ";
constexpr std::string_view kExtra = "extra ";
constexpr size_t kHashesMax = 64;

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(codes::proof_invalid, "this is not a proof file: {}", what);
}

}  // namespace

std::string proof_text(const InclusionProof& proof) {
  std::string text = fmt::format("{}\n{}{}\n", kFirstLine, kIndex, proof.position);
  for (const Digest& hash : proof.hashes) text += base64_encode(hash.view()) + "\n";
  return text + "\n" + proof.checkpoint;
}

Result<InclusionProof> parse_proof(std::string_view text) {
  const size_t blank = text.find("\n\n");
  if (blank == text.npos) return malformed("no blank line before the checkpoint");
  InclusionProof proof;
  proof.checkpoint = std::string(text.substr(blank + 2));
  const std::vector<std::string_view> lines = split(text.substr(0, blank), '\n');
  size_t at = 0;
  if (lines[at++] != kFirstLine) return malformed("its first line is another");
  if (at < lines.size() && lines[at].starts_with(kExtra)) ++at;
  if (at == lines.size() || !lines[at].starts_with(kIndex)) return malformed("no index line");
  const Result<int64_t> position = parse_integer(lines[at++].substr(kIndex.size()));
  if (!position || *position < 0) return malformed("its index is no position");
  proof.position = *position;
  if (lines.size() - at > kHashesMax) return malformed("too many hashes");
  for (; at < lines.size(); ++at) {
    const Result<std::string> bytes = base64_decode(lines[at]);
    Digest hash;
    if (!bytes || bytes->size() != hash.bytes.size()) return malformed("a hash is malformed");
    std::memcpy(hash.bytes.data(), bytes->data(), bytes->size());
    proof.hashes.push_back(hash);
  }
  return proof;
}

Result<Checkpoint> verify_proof(const InclusionProof& proof, std::string_view leaf,
                                const VerifierKey& key) {
  TOLLGATE_TRY(Checkpoint checkpoint, open_checkpoint(proof.checkpoint, key));
  if (!verify_inclusion(proof.position, checkpoint.size, leaf_hash(leaf), proof.hashes,
                        checkpoint.root)) {
    return fail(codes::proof_invalid, "the leaf is not at position {} of the log at size {}",
                proof.position, checkpoint.size);
  }
  return checkpoint;
}

}  // namespace tollgate::ledger
