#include "app/cli/run.hpp"

#include "app/cli/exit_codes.hpp"
#include "app/cli/help.hpp"
#include "app/cli/invocation.hpp"
#include "app/render/answers.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/doc/json.hpp"

#include <algorithm>

namespace tollgate::cli {
namespace {

/// Whether the errors of this command line should be JSON; asked before it is understood.
bool wants_json(const std::vector<std::string>& words) {
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "-ojson" || word == "--output=json") return true;
    const bool is_output = word == "-o" || word == "--output";
    if (is_output && i + 1 < words.size() && words[i + 1] == "json") return true;
  }
  return false;
}

std::string error_text(const Error& error, const render::Palette& palette) {
  std::string place = error.file;
  if (error.mark.line > 0) {
    place += fmt::format("{}{}:{}", place.empty() ? "" : ":", error.mark.line, error.mark.column);
  }
  std::string text = place.empty() ? "" : render::printable(place) + ": ";
  text += palette.paint(render::Tone::bad, fmt::format("error[{}]", code_text(error.code)));
  text += ": " + render::printable(error.message);
  if (!error.field.empty()) text += fmt::format(" (at {})", render::printable(error.field));
  text += "\n";
  const std::string help =
      error.help.empty() ? std::string(code_info(error.code).help) : error.help;
  if (!help.empty()) text += fmt::format("  help: {}\n", render::printable(help));
  return text;
}

/// The advice to read the help names the command.
Error with_usage(Error error, const CommandDef& command) {
  if (error.code == codes::bad_usage && error.help.empty()) {
    error.help = fmt::format("`tollgate {} --help` shows how it is used", command.name);
  }
  return error;
}

int report(const Error& error, const std::vector<std::string>& words, Terminal& terminal) {
  if (wants_json(words)) {
    doc::Node problem = render::error_json(error);
    problem.set("type", "/problems/" + code_text(error.code));
    terminal.err(doc::pretty_json(problem));
  } else {
    const render::Palette palette{.is_colour = wants_colour(terminal, "auto", terminal.is_err_tty)};
    terminal.err(error_text(error, palette));
  }
  return code_info(error.code).exit_code;
}

/// --exit-code simple: every answer but allow, and none at all, is 1.
int simplified(const Invocation& call, int code) {
  if (find_option(call.command(), "exit-code") == nullptr) return code;
  const bool is_simple = call.text("exit-code") == "simple";
  return is_simple && code >= kExitDeny && code <= kExitUnreachable ? kExitInternal : code;
}

}  // namespace

int run(const std::vector<std::string>& words, Terminal& terminal) {
  if (std::find(words.begin(), words.end(), "--describe") != words.end()) {
    terminal.out(doc::pretty_json(describe_commands()));
    return kExitDone;
  }
  if (words.size() == 1 && words[0] == "--version") return run({"version"}, terminal);
  Result<Arguments> arguments = parse_arguments(words);
  if (!arguments) return report(arguments.error(), words, terminal);
  const render::Palette palette{.is_colour = wants_colour(terminal, "auto", terminal.is_out_tty)};
  if (arguments->command == nullptr) {
    const bool is_asked = arguments->wants_help || words.empty();
    const std::string text =
        arguments->prefix.empty() ? first_screen(palette) : prefix_help(arguments->prefix, palette);
    (is_asked ? terminal.out : terminal.err)(text);
    return is_asked ? kExitDone : kExitUsage;
  }
  if (arguments->wants_help) {
    terminal.out(command_help(*arguments->command, palette));
    return kExitDone;
  }
  const CommandDef& command = *arguments->command;
  Result<std::unique_ptr<Invocation>> call = Invocation::make(std::move(*arguments), terminal);
  if (!call) return report(with_usage(call.error(), command), words, terminal);
  const Result<int> code = command.run(**call);
  if (!code) return simplified(**call, report(with_usage(code.error(), command), words, terminal));
  return simplified(**call, *code);
}

}  // namespace tollgate::cli
