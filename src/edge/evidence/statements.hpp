// Statements of in-toto about artifacts, out of the envelopes that builders wrap them in: plain
// JSON, DSSE (cosign attest, slsa-github-generator), Sigstore bundles (gh attestation), one in a
// file or one a line.
#pragma once

#include "edge/evidence/format.hpp"

#include <string>
#include <vector>

namespace tollgate::evidence {

/// A statement with what was signed of it.
struct SignedStatement {
  model::Provenance provenance = {};
  std::string signed_bytes = {};             // as DSSE puts them together; empty: a plain statement
  std::vector<std::string> signatures = {};  // decoded
};

/// True if the first value of the input is a statement or an envelope.
bool holds_statements(const Input& input);
/// The provenance statements among those of the input, in their order. Errors: bad_report for what
/// is none or damaged, or if there is none; limit_exceeded.
Result<std::vector<SignedStatement>> read_statements(const Input& input);

}  // namespace tollgate::evidence
