// SARIF 2.1.0: findings of static analysis by level.
// A level is that of the result; else "none" if its kind is not "fail"; else the default of its
// rule; else "warning". Suppressed results are only counted as such, absent ones not at all.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "edge/evidence/json_reading.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/digest.hpp"

#include <map>
#include <string>

namespace tollgate::evidence {

namespace {

constexpr size_t kFingerprintBytes = 8;  // 16 hex digits

/// The rules of one tool component, by place and by id.
struct Rules {
  const doc::Node::Array* list = nullptr;
  std::map<std::string_view, const doc::Node*> by_id;

  explicit Rules(const doc::Node* component) {
    list = component == nullptr ? nullptr : list_of(*component, "rules");
    if (list == nullptr) return;
    for (const doc::Node& rule : *list) by_id.try_emplace(rule.text_or("id"), &rule);
  }
  const doc::Node* at(int64_t index) const {
    const bool is_there =
        list != nullptr && index >= 0 && static_cast<size_t>(index) < list->size();
    return is_there ? &(*list)[static_cast<size_t>(index)] : nullptr;
  }
  /// Ids are hierarchical: "CA1000/1" is a case of rule "CA1000".
  const doc::Node* named(std::string_view id) const {
    while (true) {
      if (const auto found = by_id.find(id); found != by_id.end()) return found->second;
      const size_t slash = id.rfind('/');
      if (slash == std::string_view::npos) return nullptr;
      id = id.substr(0, slash);
    }
  }
};

/// One run while it is read.
struct Run {
  Rules driver;
  std::vector<Rules> extensions;
};

Run open_run(const doc::Node& node) {
  const doc::Node* tool = object_of(node, "tool");
  Run run{.driver = Rules(tool == nullptr ? nullptr : object_of(*tool, "driver")),
          .extensions = {}};
  const auto* extensions = tool == nullptr ? nullptr : list_of(*tool, "extensions");
  if (extensions != nullptr) {
    for (const doc::Node& extension : *extensions) run.extensions.emplace_back(&extension);
  }
  return run;
}

const doc::Node* rule_of(const Run& run, const doc::Node& result) {
  const doc::Node* reference = object_of(result, "rule");
  const doc::Node empty = doc::Node::object();
  if (reference == nullptr) reference = &empty;
  const doc::Node* component = object_of(*reference, "toolComponent");
  const int64_t extension = component == nullptr ? -1 : component->integer_or("index", -1);
  const bool is_extension =
      extension >= 0 && static_cast<size_t>(extension) < run.extensions.size();
  const Rules& rules = is_extension ? run.extensions[static_cast<size_t>(extension)] : run.driver;
  const int64_t index = result.integer_or("ruleIndex", reference->integer_or("index", -1));
  if (const doc::Node* rule = rules.at(index)) return rule;
  return rules.named(result.text_or("ruleId", reference->text_or("id")));
}

std::string_view rule_id_of(const doc::Node& result, const doc::Node* rule) {
  if (const auto id = result.text_or("ruleId"); !id.empty()) return id;
  if (rule != nullptr) return rule->text_or("id");
  const doc::Node* reference = object_of(result, "rule");
  return reference == nullptr ? std::string_view() : reference->text_or("id");
}

std::string_view level_of(const doc::Node& result, const doc::Node* rule) {
  const std::string_view level = result.text_or("level");
  if (!level.empty()) return level;
  if (result.text_or("kind", "fail") != "fail") return "none";
  const doc::Node* defaults = rule == nullptr ? nullptr : object_of(*rule, "defaultConfiguration");
  return defaults == nullptr ? "warning" : defaults->text_or("level", "warning");
}

/// At least one suppression that was accepted, or that has no review.
bool is_suppressed(const doc::Node& result) {
  const auto* suppressions = list_of(result, "suppressions");
  if (suppressions == nullptr) return false;
  for (const doc::Node& suppression : *suppressions) {
    if (suppression.text_or("status", "accepted") == "accepted") return true;
  }
  return false;
}

/// The first physical location of a result, or null.
const doc::Node* place_of(const doc::Node& result) {
  const auto* locations = list_of(result, "locations");
  if (locations == nullptr || locations->empty()) return nullptr;
  return object_of(locations->front(), "physicalLocation");
}

/// Text that tells one finding of a rule in a file from another.
std::string identity_of(const doc::Node& result) {
  std::string identity;
  for (const auto key : {"fingerprints", "partialFingerprints"}) {
    const doc::Node* prints = object_of(result, key);
    if (prints == nullptr || prints->members().empty()) continue;
    std::map<std::string_view, std::string_view> sorted;
    for (const auto& [name, value, mark] : prints->members()) {
      if (value.is_text()) sorted.emplace(name, value.as_text());
    }
    for (const auto& [name, value] : sorted) identity += fmt::format("{}={}\n", name, value);
    return identity;
  }
  const doc::Node* message = object_of(result, "message");
  if (message == nullptr) return identity;
  for (const auto key : {"text", "markdown", "id"}) {
    if (!message->text_or(key).empty()) {
      identity = message->text_or(key);
      break;
    }
  }
  if (const auto* arguments = list_of(*message, "arguments")) {
    for (const doc::Node& argument : *arguments) {
      if (argument.is_text()) identity += "\n" + argument.as_text();
    }
  }
  return identity;
}

/// Counts of equal findings, so that the second of two equal ones gets a fingerprint of its own.
using Occurrences = std::map<std::string, int64_t>;

std::string fingerprint_of(const model::FindingItem& item, const doc::Node& result,
                           Occurrences& occurrences) {
  std::string identity = fmt::format("{}\n{}\n{}", item.rule, item.file, identity_of(result));
  const std::string digest = digest_text(sha256(identity));
  const int64_t earlier = occurrences[digest]++;
  if (earlier > 0) identity += fmt::format("\n#{}", earlier + 1);
  const std::string text = earlier > 0 ? digest_text(sha256(identity)) : digest;
  constexpr size_t kPrefix = std::string_view("sha256:").size();
  return text.substr(kPrefix, 2 * kFingerprintBytes);
}

/// The uri of a place, written out or by index into the artifacts of the run.
std::string_view file_of(const doc::Node& run, const doc::Node* place) {
  const doc::Node* artifact = place == nullptr ? nullptr : object_of(*place, "artifactLocation");
  if (artifact == nullptr) return {};
  if (const auto uri = artifact->text_or("uri"); !uri.empty()) return uri;
  const auto* artifacts = list_of(run, "artifacts");
  const int64_t index = artifact->integer_or("index", -1);
  if (artifacts == nullptr || index < 0 || static_cast<size_t>(index) >= artifacts->size()) {
    return {};
  }
  const doc::Node* location = object_of((*artifacts)[static_cast<size_t>(index)], "location");
  return location == nullptr ? std::string_view() : location->text_or("uri");
}

int64_t line_of(const doc::Node* place) {
  const doc::Node* region = place == nullptr ? nullptr : object_of(*place, "region");
  return region == nullptr ? 0 : std::max<int64_t>(0, region->integer_or("startLine", 0));
}

Result<> count_level(model::FindingCounts& counts, std::string_view level) {
  if (level == "error") {
    ++counts.error;
  } else if (level == "warning") {
    ++counts.warning;
  } else if (level == "note") {
    ++counts.note;
  } else if (level == "none") {
    ++counts.none;
  } else {
    return fail(codes::bad_report, "a result has the level \"{}\"", kept_name(level));
  }
  return {};
}

Result<> read_run(model::Report& report, Occurrences& occurrences, const doc::Node& run_node) {
  const auto* results = list_of(run_node, "results");
  if (results == nullptr) return {};
  const Run run = open_run(run_node);
  for (const doc::Node& result : *results) {
    if (result.text_or("baselineState") == "absent") continue;
    if (is_suppressed(result)) {
      ++report.levels->suppressed;
      continue;
    }
    const doc::Node* rule = rule_of(run, result);
    const std::string_view level = level_of(result, rule);
    TOLLGATE_CHECK(count_level(*report.levels, level));
    const doc::Node* place = place_of(result);
    model::FindingItem item{.rule = kept_name(rule_id_of(result, rule)),
                            .level = std::string(level),
                            .file = kept_name(file_of(run_node, place)),
                            .line = line_of(place),
                            .fingerprint = {}};
    if (report.findings.size() >= model::kReportItemsMax) continue;
    item.fingerprint = fingerprint_of(item, result, occurrences);
    report.findings.push_back(std::move(item));
  }
  return {};
}

bool sniff(const Input& input) {
  if (!input.json || input.json->find("runs") == nullptr) return false;
  return input.json->text_or("version").starts_with("2.") ||
         input.json->text_or("$schema").find("sarif") != std::string_view::npos;
}

Result<model::Report> read(const Input& input) {
  const doc::Node* runs = input.json ? input.json->find("runs") : nullptr;
  if (runs == nullptr || !(runs->is_array() || runs->is_null())) {
    return fail(codes::bad_report, "there is no list \"runs\"");
  }
  model::Report report;
  report.levels.emplace();
  Occurrences occurrences;
  if (!runs->is_array()) return report;
  for (const doc::Node& run : runs->items()) {
    TOLLGATE_CHECK(read_run(report, occurrences, run));
  }
  return report;
}

}  // namespace

extern const FormatDef kSarif = {
    .name = "sarif",
    .kind = model::ReportKind::findings,
    .title = "SARIF 2.1.0 (CodeQL, Semgrep, clang-tidy, ESLint, Trivy, ...)",
    .doc = "Results by level, with fingerprints; suppressed ones apart, absent ones not at all.",
    .sniff = sniff,
    .read = read};

}  // namespace tollgate::evidence
