#include "app/wiring/pipelines.hpp"

#include "domain/model/kinds/pipeline_audit.hpp"
#include "edge/git/repository.hpp"
#include "edge/pipelines/source.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace tollgate::wiring {
namespace {

namespace fs = std::filesystem;

/// Folders without pipelines of their own.
bool is_skipped(const fs::path& folder) {
  constexpr std::array<std::string_view, 5> kSkipped = {".git", "node_modules", "vendor", "target",
                                                        ".venv"};
  const std::string name = folder.filename().string();
  return std::find(kSkipped.begin(), kSkipped.end(), name) != kSkipped.end();
}

/// Whether the name may be that of a pipeline, so that no other file is read.
bool may_be_pipeline(const fs::path& file) {
  const std::string name = file.filename().string();
  const std::string extension = file.extension().string();
  return extension == ".yml" || extension == ".yaml" ||
         name.find("enkinsfile") != std::string::npos;
}

Result<void> add_file(const fs::path& file, const std::string& name, pipelines::Sources& sources) {
  std::error_code error;
  if (fs::file_size(file, error) > pipelines::kFileBytesMax || error) return {};
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(codes::io_failed, "{} cannot be read", name);
  std::ostringstream text;
  text << stream.rdbuf();
  if (sources.size() >= 4 * pipelines::kAuditFilesMax)
    return fail(codes::limit_exceeded, "more than {} files", 4 * pipelines::kAuditFilesMax);
  sources[name] = std::move(text).str();
  return {};
}

/// Name of a file or folder in findings: "./a/b" is a/b. Below `root`, unless that is empty.
std::string shown_name(const fs::path& path, const std::string& root = {}) {
  if (root.empty()) return path.lexically_normal().string();
  return path.lexically_normal().lexically_relative(fs::path(root).lexically_normal()).string();
}

Result<pipelines::Sources> read_sources(const std::vector<std::string>& paths,
                                        const std::string& root) {
  pipelines::Sources sources;
  for (const std::string& path : paths) {
    std::error_code error;
    if (fs::is_regular_file(path, error)) {
      TOLLGATE_CHECK(add_file(path, shown_name(path, root), sources));
      continue;
    }
    if (!fs::is_directory(path, error)) return fail(codes::not_found, "there is no {}", path);
    auto walk = fs::recursive_directory_iterator(
        path, fs::directory_options::skip_permission_denied, error);
    for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
      if (walk->is_directory(error) && is_skipped(walk->path())) {
        walk.disable_recursion_pending();
      } else if (walk->is_regular_file(error) && may_be_pipeline(walk->path())) {
        TOLLGATE_CHECK(add_file(walk->path(), shown_name(walk->path(), root), sources));
      }
    }
    if (error) return fail(codes::io_failed, "{}: {}", path, error.message());
  }
  return sources;
}

/// The CODEOWNERS of the first of the folders that has one.
std::vector<pipelines::OwnerRule> read_owners(const std::vector<std::string>& paths,
                                              const std::string& names_below) {
  constexpr std::array<std::string_view, 4> kPlaces = {"CODEOWNERS", ".github/CODEOWNERS",
                                                       ".gitlab/CODEOWNERS", "docs/CODEOWNERS"};
  for (const std::string& path : paths) {
    for (const std::string_view place : kPlaces) {
      const fs::path file = fs::path(path) / place;
      std::error_code error;
      const auto size = fs::file_size(file, error);
      if (error || size > pipelines::kFileBytesMax) continue;
      std::ifstream stream(file, std::ios::binary);
      std::ostringstream text;
      text << stream.rdbuf();
      // Findings name files as the path was given; patterns begin at the repository's root.
      auto rules = pipelines::read_codeowners(text.str());
      const std::string root = shown_name(path, names_below);
      for (pipelines::OwnerRule& rule : rules) {
        if (root != "." && rule.pattern.find('/') != std::string::npos)
          rule.pattern = "/" + root + (rule.pattern.starts_with('/') ? "" : "/") + rule.pattern;
      }
      return rules;
    }
  }
  return {};
}

pipelines::Pattern pattern_of(const model::PipelinePattern& given) {
  // Both enumerations list the same places and gates in the same order.
  pipelines::Pattern pattern{.what = given.what,
                             .where = static_cast<pipelines::Where>(given.where),
                             .regex = given.matches,
                             .unless = given.unless};
  if (given.means == model::PatternMeaning::deploy) {
    pattern.action = pipelines::Action::deploy;
  } else if (given.means == model::PatternMeaning::publish) {
    pattern.action = pipelines::Action::publish;
  } else {
    const int first = static_cast<int>(model::PatternMeaning::tollgate);
    pattern.gate = static_cast<pipelines::Gate>(static_cast<int>(given.means) - first);
  }
  return pattern;
}

/// `root`: folder that findings name files below; empty: as the paths do.
Result<pipelines::AuditReport> audit_below(const std::vector<std::string>& paths,
                                           const std::string& root, const model::Bundle& policy,
                                           Time now) {
  pipelines::AuditRules rules{.now = now};
  pipelines::Owners owners{.codeowners = read_owners(paths, root)};
  std::vector<pipelines::Pattern> patterns;
  std::set<pipelines::Gate> accepted;
  for (const model::Resource* resource : policy.of_kind("PipelineAudit")) {
    const auto* const audit = resource->as<model::PipelineAudit>();
    if (audit == nullptr) continue;
    for (const model::PipelineGate gate : audit->accepts)
      accepted.insert(static_cast<pipelines::Gate>(gate));
    for (const model::PipelinePattern& pattern : audit->patterns)
      patterns.push_back(pattern_of(pattern));
    for (const model::PipelineOwner& owner : audit->owners)
      owners.declared.push_back({.pattern = owner.file, .owner = owner.team});
    for (const model::PipelineAllowance& allowance : audit->allow) {
      rules.allowances.push_back({.file = allowance.file,
                                  .job = allowance.job,
                                  .step = allowance.step,
                                  .reason = allowance.reason,
                                  .until = allowance.until});
    }
  }
  if (!accepted.empty()) rules.accepted.assign(accepted.begin(), accepted.end());
  TOLLGATE_TRY(const auto matcher, pipelines::Matcher::make(std::move(patterns)));
  rules.matcher = matcher.get();
  TOLLGATE_TRY(const pipelines::Sources sources, read_sources(paths, root));
  TOLLGATE_TRY(pipelines::AuditReport report, pipelines::audit(sources, rules));
  report.owners = std::move(owners);
  return report;
}

}  // namespace

Result<pipelines::AuditReport> audit_pipelines(const std::vector<std::string>& paths,
                                               const model::Bundle& policy, Time now) {
  return audit_below(paths, {}, policy, now);
}

Result<pipelines::AuditReport> audit_checkout(const std::string& folder,
                                              const model::Bundle& policy, Time now) {
  return audit_below({folder}, folder, policy, now);
}

std::string checked_out_commit(const std::string& folder) {
  const auto repository = git::Repository::open(folder);
  return repository ? (*repository)->head() : std::string();
}

}  // namespace tollgate::wiring
