// A proof that one leaf is in the log, as a value and as the text file that C2SP tools read.
// Source: c2sp.org/tlog-proof.
#pragma once

#include "engine/ledger/note.hpp"
#include "engine/ledger/tree.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::ledger {

/// Carries the signed checkpoint it was computed for, so that it stays true whatever the log does
/// later.
struct InclusionProof {
  int64_t position = 0;
  std::vector<Digest> hashes;  // from the leaf's sibling to the root
  std::string checkpoint;      // signed note
};

/// "c2sp.org/tlog-proof@v1", the position, the hashes and the checkpoint.
std::string proof_text(const InclusionProof& proof);
/// Errors: proof_invalid if the form is wrong.
Result<InclusionProof> parse_proof(std::string_view text);
/// The checkpoint that `leaf` is proven to be part of. Errors: bad_signature, proof_invalid.
Result<Checkpoint> verify_proof(const InclusionProof& proof, std::string_view leaf,
                                const VerifierKey& key);

}  // namespace tollgate::ledger
