// The files of share/ that the binary carries: starter policies and pipeline snippets. Generated at
// build time by tools/cmake/embed_files.cmake.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

namespace tollgate::cli {

struct StarterFile {
  std::string_view name;  // below share/: "starter/service.yaml"
  std::string_view text;
};

/// All of them, sorted by name.
std::span<const StarterFile> starter_files();

/// The text of one; empty if there is none.
inline std::string_view starter_text(std::string_view name) {
  const auto files = starter_files();
  const auto found = std::find_if(files.begin(), files.end(),
                                  [name](const StarterFile& file) { return file.name == name; });
  return found == files.end() ? std::string_view() : found->text;
}

}  // namespace tollgate::cli
