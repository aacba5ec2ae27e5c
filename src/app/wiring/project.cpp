#include "app/wiring/project.hpp"

#include "edge/git/export.hpp"
#include "edge/git/repository.hpp"
#include "edge/ingest/deliveries.hpp"
#include "edge/otlp/gzip.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/digest.hpp"

#include <fstream>
#include <sstream>

namespace tollgate::wiring {
namespace {

/// All that a report needs, from whichever source.
struct Found {
  git::Commits commits = {};
  std::vector<delivery::Revert> reverts = {};
  std::vector<delivery::Twin> twins = {};
};

Result<Found> read_repository(const ProjectQuestion& question) {
  TOLLGATE_TRY(const auto repository, git::Repository::open(question.repository));
  std::string index_file;
  if (!question.index_folder.empty()) {
    constexpr size_t kNameDigits = 32;
    const std::string name = digest_text(sha256(repository->folder())).substr(7, kNameDigits);
    index_file = fmt::format("{}/{}.index", question.index_folder, name);
  }
  Found found;
  TOLLGATE_TRY(found.commits, repository->read(index_file));
  if (!question.paths.empty()) {
    TOLLGATE_CHECK(repository->select_paths(found.commits, question.paths));
  }
  TOLLGATE_TRY(found.reverts, repository->reverts(found.commits));
  if (question.figures.lead_time == delivery::LeadTimeVersion::changes) {
    TOLLGATE_TRY(found.twins, repository->twins(found.commits));
  }
  return found;
}

Result<std::string> read_packed(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return fail(codes::not_found, "there is no file {}", path);
  std::ostringstream read;
  read << stream.rdbuf();
  std::string bytes = std::move(read).str();
  if (!otlp::is_gzip(bytes)) return bytes;
  std::string plain;
  Result<std::string_view> text = otlp::uncompress_gzip(bytes, plain);
  if (!text) {
    text.error().file = path;
    return fail(std::move(text.error()));
  }
  return std::string(*text);
}

Result<Found> read_export(const ProjectQuestion& question) {
  if (!question.paths.empty()) {
    return fail(codes::bad_usage,
                "an export does not say which paths a commit changes: leave "
                "--path out, or name the repository with --git");
  }
  if (question.figures.lead_time == delivery::LeadTimeVersion::changes) {
    return fail(codes::bad_usage,
                "an export holds no patches to tell cherry-picks by: lead-time@2 "
                "needs the repository (--git)");
  }
  TOLLGATE_TRY(const std::string commits, read_packed(question.commits_file));
  TOLLGATE_TRY(const std::string tags, read_packed(question.tags_file));
  Found found;
  TOLLGATE_TRY(found.commits, git::parse_export(commits, tags));
  found.reverts = delivery::mentioned_reverts(
      found.commits.history, found.commits.subjects, found.commits.mentions,
      [&found](std::string_view hex) { return found.commits.find(hex); });
  return found;
}

void name_failures(const delivery::Project& project, const git::Commits& commits,
                   delivery::ProjectReport& report) {
  for (const delivery::FailureLink& link : report.figures.failures.links) {
    report.failures.push_back({.release = project.releases[link.release].name,
                               .fixed_in = project.releases[project.first[link.by]].name,
                               .commit = git::hex_of(commits.ids[link.commit]),
                               .by = git::hex_of(commits.ids[link.by]),
                               .evidence = link.evidence});
  }
}

}  // namespace

Result<delivery::ProjectReport> report_on_project(const ProjectQuestion& question) {
  const bool is_repository = !question.repository.empty();
  TOLLGATE_TRY(const Found found,
               is_repository ? read_repository(question) : read_export(question));
  const git::Commits& commits = found.commits;
  const std::vector<delivery::Release> releases = delivery::releases_of(
      question.counts_branches ? commits.branches : commits.tags, question.releases);
  const std::vector<uint32_t> first = delivery::first_release_of(commits.history, releases);
  const delivery::Project project{.history = &commits.history,
                                  .releases = releases,
                                  .first = first,
                                  .reverts = found.reverts,
                                  .twins = found.twins};
  delivery::ProjectReport report = delivery::report_on(project, question.figures, question.by);
  report.source = is_repository ? "git" : "export";
  report.place = is_repository ? question.repository : question.commits_file;
  report.caveats =
      delivery::caveats_of(project, report.figures, commits.is_squashed, commits.is_cut);
  name_failures(project, commits, report);
  return report;
}

Result<delivery::DeliveryRecords> read_deliveries(const std::string& path) {
  TOLLGATE_TRY(const std::string text, read_packed(path));
  TOLLGATE_TRY(std::vector<model::Observation> observations, ingest::parse_deliveries(text, path));
  delivery::DeliveryRecords records;
  int64_t position = 0;
  for (model::Observation& observation : observations) {
    model::Event event;
    event.position = position++;
    std::visit([&event](auto& fact) { event.data = std::move(fact); }, observation);
    records.take(event);
  }
  return records;
}

}  // namespace tollgate::wiring
