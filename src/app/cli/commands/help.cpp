// tollgate help, completion and version: what the tool says about itself.
#include "app/cli/help.hpp"

#include "app/cli/completion.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/invocation.hpp"
#include "app/cli/policy_files.hpp"
#include "app/cli/version.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::cli {
namespace {

Result<int> run_help(Invocation& call) {
  const render::Palette palette = call.palette();
  if (call.values().empty()) {
    call.out(first_screen(palette));
    return kExitDone;
  }
  const std::string name = join(call.values(), " ");
  if (name == "all") {
    call.out(all_help(palette));
    return kExitDone;
  }
  bool is_prefix = false;
  std::vector<std::string> names = {"all"};
  for (const CommandDef* command : all_commands()) {
    if (command->name == name) {
      call.out(command_help(*command, palette));
      return kExitDone;
    }
    is_prefix = is_prefix || command->name.starts_with(name + " ");
    names.emplace_back(command->name);
  }
  if (is_prefix) {
    call.out(prefix_help(name, palette));
    return kExitDone;
  }
  return fail(codes::unknown_name, "there is no command \"{}\"{}", name, did_you_mean(name, names));
}

Result<int> run_completion(Invocation& call) {
  call.out(completion_script(call.value(0)));
  return kExitDone;
}

/// Names from the policy folder of this repository; none if it cannot be read.
KnownNames names_here(const Invocation& call) {
  KnownNames names;
  const std::optional<Setting> folder = call.settings().find("policy");
  const auto files = read_policy_files({folder ? folder->value : ".tollgate"});
  if (!files) return names;
  const model::Bundle bundle = check_policy(*files).bundle;
  for (const auto& resource : bundle.entries()) {
    if (resource->kind->kind == "Service") names["service"].push_back(resource->metadata.name);
    if (resource->kind->kind == "Environment") names["env"].push_back(resource->metadata.name);
    if (const auto* slo = resource->as<model::Slo>()) names["slo"].push_back(slo->address());
  }
  return names;
}

Result<int> run_complete(Invocation& call) {
  for (const std::string& candidate : complete(call.values(), names_here(call))) {
    call.out(candidate + "\n");
  }
  return kExitDone;
}

doc::Node settings_json(const Invocation& call) {
  doc::Node list = doc::Node::array();
  for (const OptionDef& option : common_options(Common::backend)) {
    if (!option.is_setting) continue;
    const std::optional<Setting> setting = call.settings().find(option.name);
    const std::string value = setting ? setting->value : std::string(option.otherwise);
    list.push(doc::Node::object({{"setting", option.name},
                                 {"value", value},
                                 {"origin", setting ? setting->origin : "default"},
                                 {"variable", variable_name(option.name)}}));
  }
  return list;
}

Result<int> run_version(Invocation& call) {
  if (call.has("config")) {
    const doc::Node settings = settings_json(call);
    render::Table table{.header = {"SETTING", "VALUE", "ORIGIN"}, .rows = {}};
    for (const doc::Node& row : settings.items()) {
      table.rows.push_back({render::member_text(row, "setting"), render::member_text(row, "value"),
                            render::member_text(row, "origin")});
    }
    call.print_table(settings, table);
    for (const auto& [file, is_there] : call.settings().files()) {
      call.remark(fmt::format("{}: {}", file, is_there ? "read" : "not there"));
    }
    return kExitDone;
  }
  call.print(version_json(),
             [] { return fmt::format("tollgate {} ({})\n", program_version(), program_commit()); });
  return kExitDone;
}

}  // namespace

extern const CommandDef help_command = {
    .name = "help",
    .group = Group::server,
    .summary = "Show help: `help all` lists every command, `help COMMAND` one.",
    .arguments = {{.name = "COMMAND",
                   .doc = "A command, or all.",
                   .is_required = false,
                   .is_repeated = true}},
    .run = run_help,
};

extern const CommandDef completion_command = {
    .name = "completion",
    .group = Group::server,
    .summary = "Print a completion script for a shell.",
    .examples =
        "source <(tollgate completion bash)\n"
        "tollgate completion zsh > ~/.zfunc/_tollgate\n"
        "tollgate completion fish > ~/.config/fish/completions/tollgate.fish",
    .arguments = {{.name = "SHELL", .doc = "The shell.", .choices = "bash|zsh|fish"}},
    .run = run_completion,
};

extern const CommandDef complete_command = {
    .name = "__complete",
    .group = Group::server,
    .summary = "Candidates for the last word; called by the completion scripts.",
    .arguments = {{.name = "WORD", .is_required = false, .is_repeated = true}},
    .common = Common::none,
    .is_hidden = true,
    .run = run_complete,
};

extern const CommandDef version_command = {
    .name = "version",
    .group = Group::server,
    .summary =
        "Show version, commit and the versions of formats; --config: where settings come from.",
    .examples = "tollgate version -o json\ntollgate version --config",
    .options = {{.name = "config", .doc = "Show each setting with its value and origin."}},
    .formats = "table|plain|json|yaml",
    .run = run_version,
};

}  // namespace tollgate::cli
