// One run of one command: its options with the configuration behind them, its output, its way to
// the engine.
#pragma once

#include "app/cli/arguments.hpp"
#include "app/cli/settings.hpp"
#include "app/cli/terminal.hpp"
#include "app/render/output.hpp"
#include "foundation/base/time.hpp"
#include "foundation/doc/node.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::cli {

class Backend;

class Invocation {
 public:
  /// Fills in configured values. Errors: those of Settings::load; bad_usage if a required option
  /// has no value or a configured value is none of the choices.
  static Result<std::unique_ptr<Invocation>> make(Arguments arguments, Terminal& terminal);
  ~Invocation();

  const CommandDef& command() const { return *arguments_.command; }
  const Arguments& arguments() const { return arguments_; }
  Terminal& terminal() const { return *terminal_; }
  const Settings& settings() const { return settings_; }

  /// Positional argument, empty if absent.
  std::string value(size_t index) const;
  const std::vector<std::string>& values() const { return arguments_.values; }

  /// Whether the option was given or configured.
  bool has(std::string_view option) const;
  /// Its value, or its default; empty if neither.
  std::string text(std::string_view option) const;
  std::vector<std::string> texts(std::string_view option) const;
  /// Errors: bad_usage naming the option.
  Result<std::optional<Time>> time(std::string_view option) const;
  Result<Duration> duration(std::string_view option) const;
  Result<int64_t> integer(std::string_view option) const;

  /// -o, or table on a terminal and plain in a pipe.
  std::string format() const;
  bool is_format(std::string_view name) const { return format() == name; }
  render::Palette palette() const;
  render::Palette error_palette() const;
  /// True if nobody can be asked: no terminal, or a CI.
  bool is_unattended() const;

  /// Writes data, in the format asked for if it is json, yaml, ndjson or name; else as `human`
  /// makes it.
  void print(const doc::Node& node, const std::function<std::string()>& human) const;
  /// Rows as a table on a terminal, tab-separated in a pipe; json and yaml print `node`.
  void print_table(const doc::Node& node, const render::Table& table) const;
  void out(std::string_view text) const { terminal_->out(text); }
  /// A remark for the person, on standard error.
  void remark(std::string_view text) const;

  /// The engine in this process, or the server that --server names; opened on first use.
  Result<Backend*> backend();

 private:
  Invocation(Arguments arguments, Terminal& terminal, Settings settings);
  Result<void> fill_in();

  Arguments arguments_;
  Terminal* terminal_;
  Settings settings_;
  std::unique_ptr<Backend> backend_;
};

/// Whether output on a stream is coloured: --color, NO_COLOR, CLICOLOR_FORCE, FORCE_COLOR, TERM and
/// the stream itself.
bool wants_colour(const Terminal& terminal, std::string_view choice, bool is_tty);

}  // namespace tollgate::cli
