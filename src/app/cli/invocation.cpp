#include "app/cli/invocation.hpp"

#include "app/cli/backend.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/doc/yaml.hpp"

#include <algorithm>

namespace tollgate::cli {
namespace {

tl::unexpected<Error> bad_option(std::string_view option, const Error& cause) {
  Error error = cause;
  error.code = codes::bad_usage;
  error.message = fmt::format("--{}: {}", option, cause.message);
  if (error.help.empty()) error.help = code_info(cause.code).help;
  return fail(std::move(error));
}

/// The list inside an answer such as {decisions: [...]}, or the answer itself if it is about one
/// thing.
const doc::Node& rows_of(const doc::Node& node) {
  for (std::string_view key : {"decisions", "resources"}) {
    const doc::Node* rows = node.find(key);
    if (rows != nullptr && rows->is_array()) return *rows;
  }
  // Findings are the list of a check, but only a part of a recorded report.
  const doc::Node* findings = node.find("findings");
  return findings != nullptr && node.find("ok") != nullptr ? *findings : node;
}

std::string name_of(const doc::Node& row) {
  for (std::string_view key : {"decision", "name", "slo", "id", "digest", "resource"}) {
    const std::string_view name = row.text_or(key);
    if (!name.empty()) return std::string(name);
  }
  const doc::Node* metadata = row.find("metadata");
  return metadata == nullptr ? "" : std::string(metadata->text_or("name"));
}

std::string lines_of(const doc::Node& node,
                     const std::function<std::string(const doc::Node&)>& line) {
  const doc::Node& rows = rows_of(node);
  if (!rows.is_array()) return line(rows) + "\n";
  std::string text;
  for (const doc::Node& row : rows.items()) text += line(row) + "\n";
  return text;
}

}  // namespace

bool wants_colour(const Terminal& terminal, std::string_view choice, bool is_tty) {
  if (choice == "always") return true;
  if (choice == "never") return false;
  if (!terminal.variable("NO_COLOR").empty()) return false;
  const auto is_on = [&terminal](const std::string& name) {
    const std::string value = terminal.variable(name);
    return !value.empty() && value != "0";
  };
  if (is_on("CLICOLOR_FORCE") || is_on("FORCE_COLOR")) return true;
  return is_tty && terminal.variable("TERM") != "dumb";
}

Invocation::Invocation(Arguments arguments, Terminal& terminal, Settings settings)
    : arguments_(std::move(arguments)), terminal_(&terminal), settings_(std::move(settings)) {}
Invocation::~Invocation() = default;

Result<std::unique_ptr<Invocation>> Invocation::make(Arguments arguments, Terminal& terminal) {
  TOLLGATE_TRY(Settings settings, Settings::load(terminal));
  std::unique_ptr<Invocation> call(
      new Invocation(std::move(arguments), terminal, std::move(settings)));
  TOLLGATE_CHECK(call->fill_in());
  return call;
}

Result<void> Invocation::fill_in() {
  std::vector<std::string> missing;
  for (const OptionDef* option : options_of(command())) {
    const std::string name(option->name);
    if (arguments_.options.contains(name)) continue;
    const std::optional<Setting> setting =
        option->is_setting ? settings_.find(option->name) : std::nullopt;
    if (setting) {
      const std::string_view choices =
          option->name == "output" ? command().formats : option->choices;
      const std::vector<std::string_view> known = split(choices, '|');
      const bool is_known =
          choices.empty() || std::find(known.begin(), known.end(), setting->value) != known.end();
      if (is_known) {
        arguments_.options[name] = {setting->value};
      } else if (option->name !=
                 "output") {  // a preferred format that this command lacks is no error
        return fail(codes::bad_usage, "{}: {} cannot be \"{}\"", setting->origin, name,
                    setting->value);
      }
    } else if (option->is_required) {
      missing.push_back(fmt::format("--{} {}", option->name, option->value));
    }
  }
  if (missing.empty()) return {};
  return fail(codes::bad_usage, "{} needs {}", command().name, join(missing, " and "));
}

std::string Invocation::value(size_t index) const {
  return index < arguments_.values.size() ? arguments_.values[index] : std::string();
}

bool Invocation::has(std::string_view option) const {
  const auto found = arguments_.options.find(std::string(option));
  return found != arguments_.options.end() && found->second.front() != "false";
}

std::string Invocation::text(std::string_view option) const {
  const auto found = arguments_.options.find(std::string(option));
  if (found != arguments_.options.end()) return found->second.front();
  const OptionDef* def = find_option(command(), option);
  return def == nullptr ? std::string() : std::string(def->otherwise);
}

std::vector<std::string> Invocation::texts(std::string_view option) const {
  const auto found = arguments_.options.find(std::string(option));
  return found == arguments_.options.end() ? std::vector<std::string>() : found->second;
}

Result<std::optional<Time>> Invocation::time(std::string_view option) const {
  const std::string given = text(option);
  if (given.empty()) return std::nullopt;
  Result<Time> time = parse_time(given);
  if (!time) return bad_option(option, time.error());
  return *time;
}

Result<Duration> Invocation::duration(std::string_view option) const {
  const std::string given = text(option);
  if (given.empty()) return Duration{};
  Result<Duration> duration = parse_duration(given);
  if (!duration) return bad_option(option, duration.error());
  return duration;
}

Result<int64_t> Invocation::integer(std::string_view option) const {
  Result<int64_t> number = parse_integer(text(option));
  if (!number) return bad_option(option, number.error());
  return number;
}

std::string Invocation::format() const {
  const std::string given = text("output");
  if (!given.empty()) return given;
  return terminal_->is_out_tty ? "table" : "plain";
}

render::Palette Invocation::palette() const {
  return {.is_colour = wants_colour(*terminal_, text("color"), terminal_->is_out_tty)};
}

render::Palette Invocation::error_palette() const {
  return {.is_colour = wants_colour(*terminal_, text("color"), terminal_->is_err_tty)};
}

bool Invocation::is_unattended() const {
  const std::string ci = terminal_->variable("CI");
  return !terminal_->is_err_tty || (!ci.empty() && ci != "false" && ci != "0");
}

void Invocation::print(const doc::Node& node, const std::function<std::string()>& human) const {
  const std::string wanted = format();
  if (wanted == "json") return out(doc::pretty_json(node));
  if (wanted == "yaml") return out(doc::write_yaml(node));
  if (wanted == "ndjson") {
    return out(lines_of(node, [](const doc::Node& row) { return doc::compact_json(row); }));
  }
  if (wanted == "name") return out(lines_of(node, name_of));
  out(human());
}

void Invocation::print_table(const doc::Node& node, const render::Table& table) const {
  print(node, [&] {
    return is_format("plain") ? render::plain_text(table) : render::table_text(table, palette());
  });
}

void Invocation::remark(std::string_view text) const {
  if (!has("quiet")) terminal_->err(std::string(text) + "\n");
}

Result<Backend*> Invocation::backend() {
  if (!backend_) {
    TOLLGATE_TRY(backend_, open_backend(*this));
  }
  return backend_.get();
}

}  // namespace tollgate::cli
