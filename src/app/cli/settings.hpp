// Where values come from that nobody typed: TOLLGATE_* variables, then ./.tollgate.yaml, then the
// user's and the machine's configuration file. The first that names a setting wins.
#pragma once

#include "app/cli/terminal.hpp"
#include "foundation/doc/node.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::cli {

struct Setting {
  std::string value;
  std::string origin;  // "TOLLGATE_SERVER", "/etc/tollgate/config.yaml:3"
};

class Settings {
 public:
  /// Reads the configuration files that exist. Errors: syntax and the like, with the place.
  static Result<Settings> load(const Terminal& terminal);

  /// The value of setting `name` ("data-dir"), if anything names it.
  std::optional<Setting> find(std::string_view name) const;
  /// The files that are looked at, nearest first; whether each was found.
  const std::vector<std::pair<std::string, bool>>& files() const { return files_; }

 private:
  explicit Settings(const Terminal& terminal) : terminal_(&terminal) {}
  const Terminal* terminal_;
  std::vector<std::pair<std::string, bool>> files_;
  std::vector<std::pair<std::string, doc::Node>> documents_;  // nearest first
};

/// "TOLLGATE_DATA_DIR" for "data-dir".
std::string variable_name(std::string_view setting);

}  // namespace tollgate::cli
