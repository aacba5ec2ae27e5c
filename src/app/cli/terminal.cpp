#include "app/cli/terminal.hpp"

#include "foundation/base/codes.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <unistd.h>

namespace tollgate::cli {
namespace {

constexpr size_t kInputBytesMax = 256 * 1024 * 1024;

Result<std::string> read_all(std::FILE* file) {
  std::string bytes;
  char buffer[65536];
  while (size_t count = std::fread(buffer, 1, sizeof buffer, file)) {
    bytes.append(buffer, count);
    if (bytes.size() > kInputBytesMax) {
      return fail(codes::limit_exceeded, "standard input is longer than {} bytes", kInputBytesMax);
    }
  }
  if (std::ferror(file) != 0) return fail(codes::io_failed, "standard input cannot be read");
  return bytes;
}

}  // namespace

Terminal process_terminal() {
  const auto writer = [](std::FILE* file) {
    return [file](std::string_view text) {
      std::fwrite(text.data(), 1, text.size(), file);
      std::fflush(file);
    };
  };
  return {
      .out = writer(stdout),
      .err = writer(stderr),
      .read_input = [] { return read_all(stdin); },
      .variable =
          [](const std::string& name) {
            const char* value = std::getenv(name.c_str());
            return std::string(value == nullptr ? "" : value);
          },
      .now =
          [] {
            using namespace std::chrono;
            const auto since = system_clock::now().time_since_epoch();
            return Time{duration_cast<std::chrono::milliseconds>(since).count()};
          },
      .sleep =
          [](Duration span) { std::this_thread::sleep_for(std::chrono::milliseconds(span.ms)); },
      .is_out_tty = isatty(STDOUT_FILENO) == 1,
      .is_err_tty = isatty(STDERR_FILENO) == 1};
}

}  // namespace tollgate::cli
