// The figures of a project straight from its repository or an export of it; needs no server and
// records nothing.
#pragma once

#include "domain/delivery/project.hpp"
#include "domain/delivery/records.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tollgate::wiring {

struct ProjectQuestion {
  std::string repository = {};    // path; empty: an export
  std::string commits_file = {};  // of an export, maybe packed with gzip
  std::string tags_file = {};
  std::vector<std::string> paths = {};  // only commits that change something below them count
  bool counts_branches = false;         // release branches instead of tags
  delivery::ReleaseRules releases = {};
  delivery::FigureRules figures = {};
  std::optional<delivery::PeriodLength> by = {};
  std::string index_folder = {};  // where indexes of repositories are kept; empty: nowhere
};

/// Errors: not_found, io_failed, limit_exceeded, bad_value, bad_usage.
Result<delivery::ProjectReport> report_on_project(const ProjectQuestion& question);

/// The records of a CSV file of deployments. Errors: not_found, bad_value, limit_exceeded.
Result<delivery::DeliveryRecords> read_deliveries(const std::string& path);

}  // namespace tollgate::wiring
