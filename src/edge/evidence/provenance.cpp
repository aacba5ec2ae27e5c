// Provenance: SLSA statements of in-toto, plain, in DSSE envelopes or in Sigstore bundles.
#include "edge/evidence/statements.hpp"

namespace tollgate::evidence {
namespace {

Result<model::Report> read(const Input& input) {
  TOLLGATE_TRY(const std::vector<SignedStatement> statements, read_statements(input));
  model::Report report;
  for (const SignedStatement& statement : statements)
    report.provenance.push_back(statement.provenance);
  return report;
}

}  // namespace

extern const FormatDef kProvenance = {
    .name = "provenance",
    .kind = model::ReportKind::provenance,
    .title = "in-toto statements with SLSA provenance (cosign, gh attestation, BuildKit)",
    .doc = "Digests of what was built, the builder, and the commit that it was built from.",
    .sniff = holds_statements,
    .read = read};

}  // namespace tollgate::evidence
