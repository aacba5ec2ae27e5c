// What the build of one version left behind: a JUnit file, an LCOV file and a SARIF file, as tools
// write them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tollgate::demo {

struct BuildFact {
  std::string service;
  int64_t number = 0;  // of the build, counts up
  int64_t tests = 0;
  int64_t failed = 0;
  int64_t lines = 0;
  int64_t covered = 0;
  int64_t new_errors = 0;  // findings that the build before did not have
};

struct ReportFile {
  std::string name;
  std::string bytes;
};

std::vector<ReportFile> reports_of(const BuildFact& build);

}  // namespace tollgate::demo
