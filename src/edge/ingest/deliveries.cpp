#include "edge/ingest/deliveries.hpp"

#include "edge/ingest/csv.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>
#include <array>

namespace tollgate::ingest {
namespace {

constexpr std::array<std::string_view, 13> kColumns = {"service",
                                                       "environment",
                                                       "version",
                                                       "commit",
                                                       "started_at",
                                                       "finished_at",
                                                       "status",
                                                       "kind",
                                                       "took_traffic",
                                                       "incident",
                                                       "incident_opened_at",
                                                       "incident_resolved_at",
                                                       "committed_at"};

/// The cells of one row by column.
class Row {
 public:
  Row(const std::vector<std::string>& header, const std::vector<std::string>& cells,
      std::string_view file, uint32_t line)
      : header_(header), cells_(cells), file_(file), line_(line) {}

  std::string text(std::string_view column) const {
    const auto found = std::find(header_.begin(), header_.end(), column);
    const auto index = static_cast<size_t>(found - header_.begin());
    return index < cells_.size() ? cells_[index] : std::string();
  }

  Result<std::optional<Time>> time(std::string_view column) const {
    const std::string given = text(column);
    if (given.empty()) return std::nullopt;
    const Result<Time> time = parse_time(given);
    if (!time) return bad(fmt::format("{} \"{}\" is no RFC 3339 time", column, given));
    return *time;
  }

  tl::unexpected<Error> bad(std::string message) const {
    Error error{
        .code = codes::bad_value, .message = std::move(message), .file = std::string(file_)};
    error.mark = {.line = line_, .column = 1};
    return fail(std::move(error));
  }

  uint32_t line() const { return line_; }

 private:
  const std::vector<std::string>& header_;
  const std::vector<std::string>& cells_;
  std::string_view file_;
  uint32_t line_;
};

/// The enumerator that the cell names, in any case; nothing for an empty cell.
template <class E>
Result<std::optional<E>> choice(const Row& row, std::string_view column) {
  const std::string given = lower_case(row.text(column));
  if (given.empty()) return std::nullopt;
  const auto& names = reflect::EnumNames<E>::names;
  const auto found = std::find(names.begin(), names.end(), given);
  if (found != names.end()) return static_cast<E>(found - names.begin());
  std::vector<std::string> known(names.begin(), names.end());
  return row.bad(fmt::format("{} \"{}\" is none of {}{}", column, given, join(known, ", "),
                             did_you_mean(given, known)));
}

Result<void> add_incident(const Row& row, const model::DeploymentObserved& deployment,
                          std::vector<model::Observation>& out) {
  TOLLGATE_TRY(const std::optional<Time> opened, row.time("incident_opened_at"));
  TOLLGATE_TRY(const std::optional<Time> resolved, row.time("incident_resolved_at"));
  if (!opened && !resolved) return {};
  if (row.text("incident").empty()) return row.bad("an incident with times needs its id, too");
  model::IncidentObserved incident{.service = deployment.service,
                                   .environment = deployment.environment,
                                   .id = row.text("incident"),
                                   .at = opened.value_or(*deployment.started)};
  incident.caused_by = deployment.id;
  out.emplace_back(incident);
  if (!resolved) return {};
  if (opened && *resolved < *opened) return row.bad("the incident was resolved before it opened");
  incident.status = model::IncidentStatus::resolved;
  incident.at = *resolved;
  out.emplace_back(incident);
  return {};
}

Result<void> add_change(const Row& row, const model::DeploymentObserved& deployment,
                        std::vector<model::Observation>& out) {
  model::ChangeObserved change{.service = deployment.service,
                               .kind = model::ChangeKind::merged,
                               .id = deployment.id,
                               .version = deployment.version,
                               .commit = deployment.commit};
  const std::string commits = row.text("committed_at");
  for (const std::string_view part : split(commits, ';')) {
    if (trim(part).empty()) continue;
    const Result<Time> at = parse_time(trim(part));
    if (!at) return row.bad(fmt::format("committed_at \"{}\" is no RFC 3339 time", part));
    change.commits.push_back({.commit = deployment.commit, .at = *at});
    change.at = std::max(change.at, *at);
  }
  if (change.commits.empty()) return {};
  if (change.version.empty() && change.commit.empty())
    return row.bad("committed_at needs a version or a commit, too");
  out.emplace_back(std::move(change));
  return {};
}

Result<void> add_row(const Row& row, std::vector<model::Observation>& out) {
  model::DeploymentObserved deployment;
  deployment.service = row.text("service").empty() ? "service" : row.text("service");
  deployment.environment = row.text("environment").empty() ? "production" : row.text("environment");
  deployment.id = std::to_string(row.line());
  deployment.version = row.text("version");
  deployment.commit = row.text("commit");
  deployment.run = deployment.id;  // each row is a roll-out of its own
  TOLLGATE_TRY(const std::optional<Time> finished, row.time("finished_at"));
  if (!finished) return row.bad("finished_at is missing");
  deployment.at = *finished;
  TOLLGATE_TRY(deployment.started, row.time("started_at"));
  if (!deployment.started) deployment.started = finished;
  if (*deployment.started > *finished) return row.bad("it finished before it started");
  TOLLGATE_TRY(const auto status, choice<model::DeploymentStatus>(row, "status"));
  deployment.status = status.value_or(model::DeploymentStatus::succeeded);
  TOLLGATE_TRY(deployment.kind, choice<model::DeploymentKind>(row, "kind"));
  const std::string traffic = lower_case(row.text("took_traffic"));
  if (traffic == "true" || traffic == "false") {
    deployment.took_traffic = traffic == "true";
  } else if (!traffic.empty()) {
    return row.bad("took_traffic is true or false");
  }
  const bool is_answer = deployment.kind && *deployment.kind != model::DeploymentKind::planned;
  if (is_answer) deployment.incident = row.text("incident");
  TOLLGATE_CHECK(add_incident(row, deployment, out));
  TOLLGATE_CHECK(add_change(row, deployment, out));
  out.emplace_back(std::move(deployment));
  return {};
}

}  // namespace

Result<std::vector<model::Observation>> parse_deliveries(std::string_view text,
                                                         std::string_view file) {
  std::vector<model::Observation> out;
  std::vector<std::string> header;
  std::vector<std::string> cells;
  uint32_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    if (trim(line).empty()) continue;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool is_good = split_csv(line, cells);
    const Row row(header, cells, file, number);
    if (!is_good) return row.bad("broken quotes");
    if (header.empty()) {
      const std::vector<std::string> known(kColumns.begin(), kColumns.end());
      for (const std::string& name : cells) {
        if (std::find(known.begin(), known.end(), name) == known.end())
          return row.bad(
              fmt::format("column \"{}\" is not known{}", name, did_you_mean(name, known)));
      }
      header = cells;
      continue;
    }
    if (out.size() >= kDeliveriesMax)
      return fail(codes::limit_exceeded, "{} has more than {} rows", file, kDeliveriesMax);
    TOLLGATE_CHECK(add_row(row, out));
  }
  return out;
}

}  // namespace tollgate::ingest
