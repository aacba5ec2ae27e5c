// Files that survive power loss: written aside, synced, renamed into place, and the directory
// synced. Only for the .cpp files of this folder.
#pragma once

#include "foundation/base/error.hpp"

#include <string>
#include <string_view>

namespace tollgate::store {

/// An open file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

/// disk_full if errno says so, else `otherwise`; with path and the system's words.
Error file_error(Code otherwise, std::string_view what, const std::string& path);
/// Creates the directory with mode 0700 unless it is there, and makes its entry durable.
Result<void> make_directory(const std::string& path);
/// Replaces the file in one step: after a crash the old or the new bytes are there. Durable on
/// return.
Result<void> write_file_durably(const std::string& path, std::string_view bytes, unsigned mode);
bool file_exists(const std::string& path);
/// Whole file. Errors: not_found if there is none, store_failed.
Result<std::string> read_file(const std::string& path);

}  // namespace tollgate::store
