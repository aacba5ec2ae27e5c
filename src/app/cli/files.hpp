// Files as commands use them: read whole, write whole, list a folder.
#pragma once

#include "foundation/base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::cli {

inline constexpr size_t kFileBytesMax = 1024 * 1024 * 1024;

/// All bytes. Errors: not_found, io_failed, limit_exceeded.
Result<std::string> read_file(const std::string& path);
/// Creates missing folders. Errors: io_failed.
Result<void> write_file(const std::string& path, std::string_view bytes);
Result<void> append_file(const std::string& path, std::string_view bytes);
bool file_exists(const std::string& path);
bool folder_exists(const std::string& path);

/// A file of policies, with its name as messages show it.
struct NamedText {
  std::string name;
  std::string text;
};
/// The *.yaml, *.yml and *.json files below each path (a file stands for itself), sorted by name.
/// Folders that begin with a dot below the given path, and `data`, are left out. Errors: not_found,
/// io_failed, limit_exceeded.
Result<std::vector<NamedText>> read_policy_files(const std::vector<std::string>& paths);

inline constexpr size_t kPolicyFilesMax = 10'000;

}  // namespace tollgate::cli
