// Reports of real tools, where the shared data is at hand.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace tollgate::evidence {

namespace fs = std::filesystem;

inline std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

inline const fs::path kReports = fs::path(TOLLGATE_SHARED_DIR) / "data" / "reports";

#define SKIP_WITHOUT_SHARED_DATA() \
  if (!fs::exists(kReports)) GTEST_SKIP() << "no shared data"

/// Every file of a folder, in order of names.
inline std::vector<fs::path> files_of(const fs::path& folder,
                                      const std::set<std::string>& extensions) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (extensions.contains(entry.path().extension().string())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace tollgate::evidence
