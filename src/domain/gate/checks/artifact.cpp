// artifact@1: the verdict is about one artifact, and it is known who built it from what.
#include "domain/gate/checks/support.hpp"
#include "domain/model/kinds/integration.hpp"
#include "domain/model/kinds/signing_key.hpp"

#include <algorithm>

namespace tollgate::gate {
namespace {

struct Artifact {
  bool needs_provenance = true;
  bool matches_commit = true;
  std::vector<std::string> builders;
  std::vector<std::string> sources;
  std::vector<std::string> signed_by;
};

struct Compiled {
  Artifact parameters;
  std::vector<Digest> keys;  // of parameters.signed_by
};

}  // namespace
}  // namespace tollgate::gate

template <>
struct tollgate::reflect::Reflect<tollgate::gate::Artifact> {
  using Artifact = tollgate::gate::Artifact;
  static constexpr std::string_view name = "artifact@1";
  static constexpr std::array fields = {
      field<&Artifact::needs_provenance>(
          "provenance", "Whether a provenance about the digest must be recorded; true by default."),
      field<&Artifact::matches_commit>(
          "matchCommit", "Whether it must be built from the release's commit; true by default."),
      field<&Artifact::builders>(
          "builders",
          "Builders that may have built it; * stands for anything. None: "
          "any.",
          {.size_max = 100, .example = "https://github.com/actions/runner/*"}),
      field<&Artifact::sources>("sources",
                                "Repositories that it may come from; * stands for anything. None: "
                                "any.",
                                {.size_max = 100, .example = "git+https://github.com/acme/*"}),
      field<&Artifact::signed_by>(
          "signedBy",
          "SigningKeys of which one must have signed the provenance. None: unsigned "
          "counts, too.",
          {.size_max = 50, .refers_to = "SigningKey", .example = "build-farm"})};
};

namespace tollgate::gate {
namespace {

Result<CompiledCheck> compile(const doc::Node& with, const CheckPlace& place) {
  TOLLGATE_TRY(const auto parameters, read_parameters<Artifact>(with));
  auto compiled = std::make_shared<Compiled>(Compiled{.parameters = *parameters, .keys = {}});
  for (const std::string& name : parameters->signed_by) {
    const model::Resource* resource = place.bundle.find("SigningKey", name);
    if (resource == nullptr)
      return fail(codes::unknown_reference, "there is no SigningKey \"{}\"", name);
    TOLLGATE_TRY(const Digest key, model::fingerprint(*resource->as<model::SigningKey>()));
    compiled->keys.push_back(key);
  }
  return CompiledCheck{.subject = place.service.name,
                       .parameters = std::move(compiled),
                       .needs = {{.kind = Need::Kind::artifact}}};
}

bool fits_any(const std::vector<std::string>& patterns, std::string_view text) {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&](const auto& one) {
           return model::fits_pattern(one, text);
         });
}

bool is_signed(const Compiled& compiled, const model::Provenance& provenance) {
  if (compiled.keys.empty()) return true;
  return std::any_of(provenance.keys.begin(), provenance.keys.end(), [&](const Digest& key) {
    return std::find(compiled.keys.begin(), compiled.keys.end(), key) != compiled.keys.end();
  });
}

/// Commits may be shortened on either side; a commit of a provenance is whole.
bool is_commit(std::string_view built, std::string_view asked) {
  constexpr size_t kShortest = 7;
  return built == asked || (asked.size() >= kShortest && built.starts_with(asked));
}

// Figures: position of the statement's record, signatures that it carries, how many of the known
// keys made one.
Finding judge_statement(const Compiled& compiled, const ArtifactFact& fact,
                        const RecordedProvenance& statement) {
  const Artifact& wanted = compiled.parameters;
  const model::Provenance& built = statement.provenance;
  Finding finding{.state = model::CheckState::fail};
  finding.with_figures(
      {statement.position, built.signatures, static_cast<int64_t>(built.keys.size())});
  if (!is_signed(compiled, built)) {
    finding.reason = built.signatures == 0 ? "not_signed" : "other_key";
  } else if (!fits_any(wanted.builders, built.builder)) {
    finding.reason = "other_builder";
    finding.detail = built.builder;
  } else if (!fits_any(wanted.sources, built.source)) {
    finding.reason = "other_source";
    finding.detail = built.source;
  } else if (wanted.matches_commit && (built.commit.empty() || fact.commit.empty())) {
    finding.state = model::CheckState::unknown;
    finding.reason = fact.commit.empty() ? "commit_not_told" : "commit_not_stated";
  } else if (wanted.matches_commit && !is_commit(built.commit, fact.commit)) {
    finding.reason = "other_commit";
    finding.detail = built.commit;
  } else {
    finding.state = model::CheckState::pass;
    finding.reason = "provenance_known";
    finding.detail = built.builder;
  }
  return finding;
}

Finding evaluate(const void* erased, const CheckInput& input) {
  const auto& compiled = *static_cast<const Compiled*>(erased);
  const ArtifactFact* fact = input.fact(0).artifact;
  if (fact == nullptr) return unknown("not_asked");
  if (fact->digest.empty()) return unknown("no_digest");
  Finding finding{.reason = "no_provenance"};
  if (!compiled.parameters.needs_provenance) {
    finding.state = model::CheckState::pass;
    finding.reason = "digest_told";
    return finding;
  }
  // The newest one that is right counts; if none is, the newest one says why.
  for (auto statement = fact->statements.rbegin(); statement != fact->statements.rend();
       ++statement) {
    const Finding judged = judge_statement(compiled, *fact, *statement);
    if (statement == fact->statements.rbegin()) finding = judged;
    if (judged.state == model::CheckState::pass) return judged;
  }
  return finding;
}

std::string words(const model::CheckRecord& record) {
  if (record.reason == "no_digest") return "the request names no artifact by digest";
  if (record.reason == "no_provenance") return "no provenance of this digest was recorded";
  if (record.reason == "digest_told") return "the verdict is about this digest alone";
  if (record.figures.size() < 3) return {};
  if (record.reason == "not_signed") return "its provenance carries no signature";
  if (record.reason == "other_key") {
    return fmt::format("its provenance carries {}, none by a key that counts",
                       count_text(record.figures[1], "signature", "signatures"));
  }
  if (record.reason == "other_builder")
    return fmt::format("it was built by {}, who may not", record.detail);
  if (record.reason == "other_source")
    return fmt::format("it was built from {}, which may not be", record.detail);
  if (record.reason == "other_commit")
    return fmt::format("it was built from commit {}, not from the release's", record.detail);
  if (record.reason == "commit_not_told") return "the release names no commit to compare with";
  if (record.reason == "commit_not_stated") return "its provenance states no commit";
  if (record.reason != "provenance_known") return {};
  const std::string builder = record.detail.empty() ? "" : " by " + record.detail;
  const std::string keys =
      record.figures[2] > 0 ? ", signed with a known key" : ", signed with no known key";
  return fmt::format("built{}{} (record {})", builder, keys, record.figures[0]);
}

std::vector<std::string> remedies(const model::CheckRecord& record) {
  if (record.reason == "no_digest") return {"ask with --artifact NAME@sha256:DIGEST"};
  if (record.reason == "commit_not_told") return {"ask with --commit COMMIT"};
  if (record.reason == "no_provenance") {
    return {"record the builder's attestation of this digest: tollgate record FILE"};
  }
  if (record.state == model::CheckState::pass || record.reason.empty()) return {};
  return {
      "build the release's commit with a builder and a key that count, and record that "
      "provenance"};
}

}  // namespace

extern const CheckDef artifact_v1 = {
    .name = "artifact@1",
    .title = "The artifact is named by digest and its provenance is known",
    .doc =
        "Passes if the request names its artifact by digest and a provenance (in-toto, SLSA) about "
        "that digest was recorded: built from the release's commit, by one of `builders`, from one "
        "of `sources`, signed by one of `signedBy`. Unknown without a digest, a provenance or a "
        "commit. The verdict is about that digest alone: a deployment of another one is a bypass.",
    .introduced_in = "0.2.0",
    .controls = {"artifact-integrity"},
    .parameters = &reflect::type_of<Artifact>,
    .example = "{builders: [\"https://github.com/actions/runner/*\"]}",
    .validate = validate_parameters<Artifact>,
    .compile = compile,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

}  // namespace tollgate::gate
