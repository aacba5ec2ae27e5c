#include "edge/evidence/statements.hpp"

#include "domain/model/request.hpp"
#include "edge/evidence/figures.hpp"
#include "edge/evidence/json_reading.hpp"
#include "edge/evidence/lines.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/doc/json.hpp"

#include <algorithm>
#include <array>

namespace tollgate::evidence {
namespace {

using doc::Node;

constexpr std::string_view kStatementType = "https://in-toto.io/Statement/";
constexpr std::string_view kProvenanceType = "https://slsa.dev/provenance/";
constexpr std::string_view kPayloadType = "application/vnd.in-toto+json";
constexpr std::string_view kBuildkit = "https://mobyproject.org/buildkit@v1#metadata";
constexpr size_t kSignaturesMax = 50;
constexpr size_t kTextMax = 1000;

const Node* at(const Node& node, std::initializer_list<std::string_view> path) {
  const Node* found = &node;
  for (const std::string_view key : path) {
    found = found->is_object() ? found->find(key) : nullptr;
    if (found == nullptr) return nullptr;
  }
  return found;
}

std::string text_at(const Node& node, std::initializer_list<std::string_view> path) {
  const Node* found = at(node, path);
  if (found == nullptr || !found->is_text()) return {};
  std::string text(std::string_view(found->as_text()).substr(0, kTextMax));
  while (!text.empty() && !is_utf8(text)) text.pop_back();
  return text;
}

/// DSSE lets both alphabets of base64, with or without padding.
Result<std::string> decode_base64(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '-', '+');
  std::replace(plain.begin(), plain.end(), '_', '/');
  while (plain.size() % 4 != 0) plain += '=';
  return base64_decode(plain);
}

/// The commit that a set of digests names; empty if it names none.
std::string commit_of(const Node* digests) {
  if (digests == nullptr || !digests->is_object()) return {};
  for (const std::string_view key : {"gitCommit", "sha1"}) {
    if (std::string commit = text_at(*digests, {key}); !commit.empty()) return commit;
  }
  return {};
}

/// The source: the first dependency that is a repository with a commit.
void read_source(const Node* list, model::Provenance& provenance) {
  if (list == nullptr || !list->is_array()) return;
  for (const Node& one : list->items()) {
    if (!one.is_object()) continue;
    const std::string uri = text_at(one, {"uri"});
    const std::string commit = commit_of(one.find("digest"));
    if (commit.empty() || !(uri.starts_with("git") || uri.find(".git") != std::string::npos ||
                            uri.starts_with("https://"))) {
      continue;
    }
    provenance.source = uri;
    provenance.commit = commit;
    return;
  }
}

/// SLSA 1.0 and newer.
void read_v1(const Node& predicate, model::Provenance& provenance) {
  provenance.builder = text_at(predicate, {"runDetails", "builder", "id"});
  provenance.build_type = text_at(predicate, {"buildDefinition", "buildType"});
  provenance.run = text_at(predicate, {"runDetails", "metadata", "invocationId"});
  read_source(at(predicate, {"buildDefinition", "resolvedDependencies"}), provenance);
}

/// SLSA 0.1 and 0.2, and what BuildKit adds.
void read_v0(const Node& predicate, model::Provenance& provenance) {
  provenance.builder = text_at(predicate, {"builder", "id"});
  provenance.build_type = text_at(predicate, {"buildType"});
  if (provenance.build_type.empty()) provenance.build_type = text_at(predicate, {"recipe", "type"});
  provenance.run = text_at(predicate, {"metadata", "buildInvocationId"});
  if (provenance.run.empty())
    provenance.run = text_at(predicate, {"metadata", "buildInvocationID"});
  if (const Node* source = at(predicate, {"invocation", "configSource"})) {
    provenance.source = text_at(*source, {"uri"});
    provenance.commit = source->is_object() ? commit_of(source->find("digest")) : "";
  }
  if (provenance.commit.empty()) read_source(at(predicate, {"materials"}), provenance);
  if (!provenance.commit.empty()) return;
  provenance.source = text_at(predicate, {"metadata", kBuildkit, "vcs", "source"});
  provenance.commit = text_at(predicate, {"metadata", kBuildkit, "vcs", "revision"});
}

Result<void> read_subjects(const Node& statement, model::Provenance& provenance) {
  const doc::Node::Array* subjects = list_of(statement, "subject");
  if (subjects == nullptr || subjects->empty())
    return fail(codes::bad_report, "the statement names no subject");
  for (const Node& subject : *subjects) {
    const Node* digests = subject.is_object() ? subject.find("digest") : nullptr;
    if (digests == nullptr || !digests->is_object())
      return fail(codes::bad_report, "a subject of the statement has no digest");
    for (const std::string_view algorithm : {"sha256", "sha384", "sha512"}) {
      const std::string hex = text_at(*digests, {algorithm});
      const std::string digest = model::artifact_digest(fmt::format("{}:{}", algorithm, hex));
      if (hex.empty()) continue;
      if (digest.empty())
        return fail(codes::bad_report, "a {} of the statement is no digest", algorithm);
      if (provenance.subjects.size() >= model::kProvenanceSubjectsMax) {
        return fail(codes::limit_exceeded, "the statement names more than {} subjects",
                    model::kProvenanceSubjectsMax);
      }
      provenance.subjects.push_back({.name = text_at(subject, {"name"}), .digest = digest});
    }
  }
  if (!provenance.subjects.empty()) return {};
  return fail(codes::bad_report, "no subject of the statement has a SHA-256 or longer digest");
}

/// Nothing for a statement of another kind, such as an SBOM.
Result<std::optional<model::Provenance>> read_statement(const Node& statement) {
  if (!statement.is_object() || !statement.text_or("_type").starts_with(kStatementType))
    return fail(codes::bad_report, "this is no in-toto statement: its _type is missing");
  const std::string predicate_type = text_at(statement, {"predicateType"});
  if (!predicate_type.starts_with(kProvenanceType)) return std::nullopt;
  const Node* predicate = object_of(statement, "predicate");
  if (predicate == nullptr) return fail(codes::bad_report, "the statement has no predicate");
  model::Provenance provenance{.predicate = predicate_type.substr(0, 500)};
  TOLLGATE_CHECK(read_subjects(statement, provenance));
  const std::string_view version = std::string_view(predicate_type).substr(kProvenanceType.size());
  if (version.starts_with("v0")) {
    read_v0(*predicate, provenance);
  } else {
    read_v1(*predicate, provenance);
  }
  provenance.commit.resize(std::min<size_t>(provenance.commit.size(), 200));
  return provenance;
}

Result<SignedStatement> open_envelope(const Node& envelope, Node& statement) {
  SignedStatement read;
  const std::string_view type = envelope.text_or("payloadType");
  if (type != kPayloadType)
    return fail(codes::bad_report, "the envelope holds {}, not {}", kept_name(type), kPayloadType);
  auto payload = decode_base64(envelope.text_or("payload"));
  if (!payload) return fail(codes::bad_report, "the payload of the envelope is no base64");
  auto parsed = doc::parse_json(*payload);
  if (!parsed) return fail(codes::bad_report, "the payload is no JSON: {}", parsed.error().message);
  statement = std::move(*parsed);
  read.signed_bytes = fmt::format("DSSEv1 {} {} {} ", type.size(), type, payload->size());
  read.signed_bytes += *payload;
  const doc::Node::Array* signatures = list_of(envelope, "signatures");
  if (signatures == nullptr) return read;
  for (const Node& signature : *signatures) {
    if (read.signatures.size() >= kSignaturesMax)
      return fail(codes::limit_exceeded, "the envelope has more than {} signatures",
                  kSignaturesMax);
    auto bytes = decode_base64(signature.is_object() ? signature.text_or("sig") : "");
    if (!bytes) return fail(codes::bad_report, "a signature of the envelope is no base64");
    read.signatures.push_back(std::move(*bytes));
  }
  return read;
}

bool is_envelope(const Node& node) {
  return node.is_object() && node.find("payloadType") != nullptr && node.find("payload") != nullptr;
}

Result<void> read_one(const Node& value, std::vector<SignedStatement>& all) {
  const Node* bundle = value.is_object() ? object_of(value, "dsseEnvelope") : nullptr;
  const Node& node = bundle != nullptr ? *bundle : value;
  SignedStatement read;
  Node statement = node;
  if (is_envelope(node)) {
    TOLLGATE_TRY(read, open_envelope(node, statement));
  }
  TOLLGATE_TRY(std::optional<model::Provenance> provenance, read_statement(statement));
  if (!provenance) return {};
  if (all.size() >= model::kProvenanceMax)
    return fail(codes::limit_exceeded, "more than {} statements", model::kProvenanceMax);
  read.provenance = std::move(*provenance);
  read.provenance.signatures = static_cast<int64_t>(read.signatures.size());
  all.push_back(std::move(read));
  return {};
}

bool is_statement(const Node& node) {
  if (!node.is_object()) return false;
  return is_envelope(node) || node.text_or("_type").starts_with(kStatementType) ||
         object_of(node, "dsseEnvelope") != nullptr;
}

}  // namespace

bool holds_statements(const Input& input) {
  if (input.json) return is_statement(*input.json);
  LineReader lines(input.bytes);
  const auto first = lines.next();
  if (!first || !first->starts_with('{')) return false;
  const auto node = doc::parse_json(*first);
  return node && is_statement(*node);
}

Result<std::vector<SignedStatement>> read_statements(const Input& input) {
  std::vector<SignedStatement> all;
  if (input.json) {
    TOLLGATE_CHECK(read_one(*input.json, all));
  } else {
    LineReader lines(input.bytes);
    while (const auto line = lines.next()) {
      if (line->empty()) continue;
      auto node = doc::parse_json(*line);
      const Result<void> read =
          node ? read_one(*node, all) : Result<void>(fail(codes::bad_report, "this is no JSON"));
      if (read) continue;
      Error error = read.error();
      error.mark.line = lines.number();
      return fail(std::move(error));
    }
  }
  if (all.empty())
    return fail(codes::bad_report, "there is no provenance (SLSA) among the statements");
  return all;
}

}  // namespace tollgate::evidence
