// tollgate explain: a decision, an error code, a kind, a check, a report format, or the exit codes.
#include "app/cli/ask/gates.hpp"
#include "app/cli/ask/sources.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/help.hpp"
#include "app/cli/invocation.hpp"
#include "app/render/verdict.hpp"
#include "domain/gate/check.hpp"
#include "domain/model/kind.hpp"
#include "edge/evidence/format.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/ids.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::cli {
namespace {

using doc::Node;
using render::Table;

Result<int> show_table(const Invocation& call, const Node& node, const Table& table) {
  call.print_table(node, table);
  return kExitDone;
}

/// A list of {first column, second column} under the given names.
Result<int> show_list(const Invocation& call, std::string_view first, std::string_view second,
                      const std::vector<std::pair<std::string, std::string>>& rows) {
  Node list = Node::array();
  Table table;
  for (std::string_view title : {first, second}) {
    std::string upper(title);
    for (char& c : upper) c = static_cast<char>(c & ~0x20);
    table.header.push_back(upper);
  }
  for (const auto& [name, doc] : rows) {
    list.push(Node::object({{first, name}, {second, doc}}));
    table.rows.push_back({name, doc});
  }
  return show_table(call, list, table);
}

Result<int> explain_checks(const Invocation& call) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const gate::CheckDef* check : gate::all_checks())
    rows.emplace_back(check->name, check->title);
  return show_list(call, "check", "title", rows);
}

Result<int> explain_kinds(const Invocation& call) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const model::KindDef* kind : model::all_kinds()) rows.emplace_back(kind->kind, kind->title);
  return show_list(call, "kind", "title", rows);
}

Result<int> explain_formats(const Invocation& call) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const evidence::FormatDef* format : evidence::all_formats()) {
    rows.emplace_back(format->name, format->title);
  }
  return show_list(call, "format", "title", rows);
}

Result<int> explain_codes(const Invocation& call) {
  Node exits = Node::array();
  std::string text = "Exit codes\n";
  for (const ExitCode& row : exit_codes()) {
    exits.push(Node::object({{"code", row.code}, {"meaning", row.meaning}}));
    text += fmt::format("  {:<6}{}\n", row.code, row.meaning);
  }
  Node errors = Node::array();
  text += "\nErrors (`tollgate explain CODE` says what to do)\n";
  for (const CodeInfo& info : code_catalogue()) {
    errors.push(Node::object({{"code", code_text(info.code)},
                              {"name", info.name},
                              {"title", info.title},
                              {"exit", info.exit_code},
                              {"status", info.http_status}}));
    text += fmt::format("  {}  exit {:<4}{}\n", code_text(info.code), info.exit_code, info.title);
  }
  call.print(Node::object({{"exit_codes", std::move(exits)}, {"errors", std::move(errors)}}),
             [&text] { return text; });
  return kExitDone;
}

Result<int> explain_code(const Invocation& call, const CodeInfo& info) {
  const Node node = Node::object({{"code", code_text(info.code)},
                                  {"name", info.name},
                                  {"title", info.title},
                                  {"help", info.help},
                                  {"exit", info.exit_code},
                                  {"status", info.http_status}});
  call.print(node, [&info] {
    return fmt::format("{}  {}\n\n{}\n\nExit code {}, HTTP status {}, name {}.\n",
                       code_text(info.code), info.title, wrapped(info.help, 0), info.exit_code,
                       info.http_status, info.name);
  });
  return kExitDone;
}

std::string indented_lines(std::string_view text) {
  std::string out;
  for (std::string_view line : split(trim(text), '\n')) out += fmt::format("  {}\n", line);
  return out;
}

Result<int> explain_check(const Invocation& call, const gate::CheckDef& check) {
  Node controls = Node::array();
  for (std::string_view control : check.controls) controls.push(control);
  const Node node = Node::object({{"check", check.name},
                                  {"title", check.title},
                                  {"doc", check.doc},
                                  {"parameters", reflect::json_schema(check.parameters())},
                                  {"example", check.example},
                                  {"controls", std::move(controls)},
                                  {"introduced_in", check.introduced_in}});
  call.print(node, [&check] {
    return fmt::format(
        "{}: {}\n\n{}\n\nParameters (`with`)\n{}\nExample\n  check: {}\n  with: {}\n", check.name,
        check.title, wrapped(check.doc, 0),
        indented_lines(reflect::field_docs(check.parameters(), false)), check.name, check.example);
  });
  return kExitDone;
}

Result<int> explain_kind(const Invocation& call, const model::KindDef& kind) {
  const Node node = Node::object({{"kind", kind.kind},
                                  {"apiVersion", kind.api_version},
                                  {"plural", kind.plural},
                                  {"title", kind.title},
                                  {"doc", kind.doc},
                                  {"spec", reflect::json_schema(kind.spec_type())},
                                  {"example", kind.example},
                                  {"introduced_in", kind.introduced_in}});
  call.print(node, [&kind] {
    return fmt::format("{} ({}): {}\n\n{}\n\nFields of spec\n{}\nExample\n{}", kind.kind,
                       kind.api_version, kind.title, wrapped(kind.doc, 0),
                       indented_lines(reflect::field_docs(kind.spec_type(), false)),
                       indented_lines(kind.example));
  });
  return kExitDone;
}

Result<int> explain_format(const Invocation& call, const evidence::FormatDef& format) {
  const Node node = Node::object({{"format", format.name},
                                  {"kind", reflect::enum_name(format.kind)},
                                  {"title", format.title},
                                  {"doc", format.doc}});
  call.print(node, [&format] {
    return fmt::format("{} ({}): {}\n\n{}\n", format.name, reflect::enum_name(format.kind),
                       format.title, format.doc);
  });
  return kExitDone;
}

Result<int> explain_decision(Invocation& call, const std::string& id) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node verdict, ask::decision(*backend, id));
  const std::string link = ask::decision_link(*backend, id);
  if (call.is_format("md")) {
    call.out(render::verdict_markdown(verdict, link));
    return kExitDone;
  }
  call.print(verdict, [&] {
    return render::verdict_text(
        verdict,
        {.palette = call.palette(), .has_tree = call.has("tree"), .link = link, .took_ms = -1});
  });
  return kExitDone;
}

/// The row of "TG0213", "tg213" or "bad_value"; null if there is none.
const CodeInfo* find_code(std::string_view text) {
  for (const CodeInfo& info : code_catalogue()) {
    if (info.name == text || lower_case(code_text(info.code)) == lower_case(text)) return &info;
  }
  return nullptr;
}

const gate::CheckDef* find_check_by_any_name(std::string_view name) {
  const gate::CheckDef* newest = nullptr;
  for (const gate::CheckDef* check : gate::all_checks()) {
    if (check->name == name) return check;
    if (check->name.substr(0, check->name.find('@')) == name) newest = check;
  }
  return newest;
}

tl::unexpected<Error> unknown_thing(const std::string& what) {
  std::vector<std::string> known = {"checks", "kinds", "formats", "codes"};
  for (const gate::CheckDef* check : gate::all_checks()) known.emplace_back(check->name);
  for (const model::KindDef* kind : model::all_kinds()) known.emplace_back(kind->kind);
  for (const evidence::FormatDef* format : evidence::all_formats())
    known.emplace_back(format->name);
  Error error{.code = codes::unknown_name,
              .message = fmt::format("there is nothing called \"{}\" to explain{}", what,
                                     did_you_mean(what, known))};
  error.help =
      "give a decision, an error code, a kind, a check or a format; lists: checks, kinds, formats, "
      "codes";
  return fail(std::move(error));
}

/// Whether late data, or maintenance approved later, would change a decision.
Result<int> explain_revisions(Invocation& call, const std::string& id) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::decision_revisions(*backend, id));
  call.print(answer, [&answer] {
    std::string text = fmt::format("{}\n", answer.text_or("message"));
    for (const Node& change : answer.find("readings")->items()) {
      const auto figures = [&change](std::string_view when) {
        const Node* found = change.find(when);
        return fmt::format("{} bad of {}", number_text(found->integer_or("bad", 0)),
                           number_text(found->integer_or("total", 0)));
      };
      text += fmt::format("  {} from {} to {}: {}, now {}\n", change.text_or("slo"),
                          change.text_or("from"), change.text_or("to"), figures("then"),
                          figures("now"));
    }
    for (const Node& check : answer.find("checks")->items()) {
      text += fmt::format("  would be {}: {} {}\n", check.text_or("state"), check.text_or("check"),
                          check.text_or("message"));
    }
    return text;
  });
  return kExitDone;
}

Result<int> run_explain(Invocation& call) {
  const std::string what = call.value(0);
  if (what == "checks") return explain_checks(call);
  if (what == "kinds") return explain_kinds(call);
  if (what == "formats") return explain_formats(call);
  if (what == "codes") return explain_codes(call);
  if (read_ulid(what) && call.has("revised")) return explain_revisions(call, what);
  if (read_ulid(what)) return explain_decision(call, what);
  if (const CodeInfo* info = find_code(what)) return explain_code(call, *info);
  if (const gate::CheckDef* check = find_check_by_any_name(what))
    return explain_check(call, *check);
  if (const model::KindDef* kind = model::find_kind(what)) return explain_kind(call, *kind);
  for (const evidence::FormatDef* format : evidence::all_formats()) {
    if (format->name == what) return explain_format(call, *format);
  }
  return unknown_thing(what);
}

}  // namespace

extern const CommandDef explain_command = {
    .name = "explain",
    .group = Group::everyday,
    .summary = "Explain a decision, an error code, a kind, a check or a report format.",
    .examples =
        "tollgate explain 01KAPW3V6M8E2T0Q5R9Y7X4B1C --tree\n"
        "tollgate explain 01KAPW3V6M8E2T0Q5R9Y7X4B1C --revised\n"
        "tollgate explain TG0213\n"
        "tollgate explain coverage@1\n"
        "tollgate explain SLO\n"
        "tollgate explain checks",
    .arguments = {{.name = "THING",
                   .doc = "What to explain; or checks, kinds, formats, codes for a list."}},
    .options = {{.name = "tree",
                 .doc = "Show a decision's rule tree with the branch that decided."},
                {.name = "revised",
                 .doc = "Judge a decision again with what late data has changed since."}},
    .formats = "table|plain|json|yaml|md",
    .common = Common::backend,
    .only_reads = true,
    .run = run_explain,
};

}  // namespace tollgate::cli
