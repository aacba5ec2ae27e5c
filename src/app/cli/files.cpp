#include "app/cli/files.hpp"

#include "foundation/base/codes.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

namespace tollgate::cli {
namespace fs = std::filesystem;
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

Error file_error(Code code, const std::string& path, std::string_view what) {
  return {.code = code, .message = fmt::format("{}: {}", what, std::strerror(errno)), .file = path};
}

Result<void> put(const std::string& path, std::string_view bytes, const char* mode) {
  std::error_code ignored;
  if (const fs::path folder = fs::path(path).parent_path(); !folder.empty()) {
    fs::create_directories(folder, ignored);
  }
  File file(std::fopen(path.c_str(), mode), &std::fclose);
  if (!file) return fail(file_error(codes::io_failed, path, "cannot be written"));
  const bool is_written = std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size();
  if (!is_written || std::fclose(file.release()) != 0) {
    return fail(file_error(codes::io_failed, path, "cannot be written"));
  }
  return {};
}

bool is_policy_name(const fs::path& path) {
  const std::string end = path.extension().string();
  return end == ".yaml" || end == ".yml" || end == ".json";
}

Result<void> list_folder(const fs::path& folder, std::vector<std::string>& names) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with(".")) continue;
    if (at->is_directory(error)) {
      if (name != "data") TOLLGATE_CHECK(list_folder(at->path(), names));
    } else if (is_policy_name(at->path())) {
      names.push_back(at->path().string());
    }
    if (names.size() > kPolicyFilesMax) {
      return fail(codes::limit_exceeded, "{} holds more than {} policy files", folder.string(),
                  kPolicyFilesMax);
    }
  }
  if (error) {
    return fail(codes::io_failed, "{} cannot be listed: {}", folder.string(), error.message());
  }
  return {};
}

}  // namespace

bool file_exists(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error) && !fs::is_directory(path, error);
}

bool folder_exists(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

Result<std::string> read_file(const std::string& path) {
  if (folder_exists(path)) return fail(codes::bad_usage, "{} is a folder, not a file", path);
  File file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) {
    const Code code = errno == ENOENT ? codes::not_found : codes::io_failed;
    Error error = file_error(code, path, "cannot be read");
    error.help = "check the name of the file and its permissions";
    return fail(std::move(error));
  }
  std::string bytes;
  char buffer[65536];
  while (const size_t count = std::fread(buffer, 1, sizeof buffer, file.get())) {
    bytes.append(buffer, count);
    if (bytes.size() > kFileBytesMax) {
      return fail(codes::limit_exceeded, "{} is longer than {} bytes", path, kFileBytesMax);
    }
  }
  if (std::ferror(file.get()) != 0) {
    return fail(file_error(codes::io_failed, path, "cannot be read"));
  }
  return bytes;
}

Result<void> write_file(const std::string& path, std::string_view bytes) {
  return put(path, bytes, "wb");
}

Result<void> append_file(const std::string& path, std::string_view bytes) {
  return put(path, bytes, "ab");
}

Result<std::vector<NamedText>> read_policy_files(const std::vector<std::string>& paths) {
  std::vector<std::string> names;
  for (const std::string& path : paths) {
    if (folder_exists(path)) {
      TOLLGATE_CHECK(list_folder(path, names));
    } else {
      names.push_back(path);
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<NamedText> files;
  for (const std::string& name : names) {
    TOLLGATE_TRY(std::string text, read_file(name));
    files.push_back({.name = name, .text = std::move(text)});
  }
  return files;
}

}  // namespace tollgate::cli
