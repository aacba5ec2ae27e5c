// tollgate ledger head, export, verify, replay and prove. Verify, replay and prove work offline on
// an exported file.
#include "app/cli/ask/ledger.hpp"

#include "app/cli/exit_codes.hpp"
#include "app/cli/files.hpp"
#include "app/cli/invocation.hpp"
#include "app/render/answers.hpp"
#include "engine/ledger/export_file.hpp"
#include "engine/replay/replay.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <cstdio>
#include <memory>

namespace tollgate::cli {
namespace {

using doc::Node;
using render::member_text;

Result<int> run_head(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node head, ask::ledger_head(*backend));
  call.print(head, [&head] {
    return fmt::format("origin  {}\nsize    {}\nroot    {}\nkey     {}\n",
                       member_text(head, "origin"), member_text(head, "size"),
                       member_text(head, "root"), member_text(head, "vkey"));
  });
  return kExitDone;
}

using OutputFile = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// Writes to `path` through a file beside it, so that a broken export never looks whole.
Result<void> export_to_file(Backend& backend, const std::string& path) {
  const std::string part = path + ".part";
  OutputFile file(std::fopen(part.c_str(), "wb"), &std::fclose);
  const auto failed = [&part] {
    return fail(Error{.code = codes::io_failed, .message = "cannot be written", .file = part});
  };
  if (!file) return failed();
  TOLLGATE_CHECK(ask::ledger_export(backend, [&](std::string_view text) -> Result<void> {
    if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) return failed();
    return {};
  }));
  if (std::fclose(file.release()) != 0) return failed();
  if (std::rename(part.c_str(), path.c_str()) != 0) return failed();
  return {};
}

Result<int> run_export(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  const std::string path = call.value(0);
  if (path.empty() || path == "-") {
    TOLLGATE_CHECK(ask::ledger_export(*backend, [&call](std::string_view text) -> Result<void> {
      call.out(text);
      return {};
    }));
    return kExitDone;
  }
  TOLLGATE_CHECK(export_to_file(*backend, path));
  TOLLGATE_TRY(const ledger::VerifyReport report, ledger::verify_export(path));
  if (!report.is_ok) {
    return fail(codes::bad_ledger_file, "what was exported does not verify at position {}: {}",
                report.position, report.reason);
  }
  const Node answer = Node::object({{"file", path},
                                    {"origin", report.origin},
                                    {"size", report.size},
                                    {"root", digest_text(report.root)}});
  call.print(answer, [&] {
    return fmt::format("{}: {}, root {}\n", path, count_text(report.size, "event", "events"),
                       digest_text(report.root));
  });
  return kExitDone;
}

/// The file that was named, or an export of the local or remote ledger made for this call.
struct LedgerFile {
  std::string path;
  bool is_temporary = false;
  ~LedgerFile() {
    if (is_temporary) std::remove(path.c_str());
  }
};

Result<std::unique_ptr<LedgerFile>> file_to_read(Invocation& call, const std::string& named) {
  auto file = std::make_unique<LedgerFile>();
  file->path = named;
  if (!named.empty()) return file;
  TOLLGATE_TRY(Backend* const backend, call.backend());
  const std::string folder = call.terminal().variable("TMPDIR");
  file->path = fmt::format("{}/tollgate-export-{}.jsonl", folder.empty() ? "/tmp" : folder,
                           call.terminal().now().ms);
  TOLLGATE_CHECK(export_to_file(*backend, file->path));
  file->is_temporary = true;
  return file;
}

Result<int> run_verify(Invocation& call) {
  ledger::VerifyOptions options;
  if (call.has("key")) {
    TOLLGATE_TRY(options.pinned_key, ledger::parse_verifier_key(call.text("key")));
  }
  TOLLGATE_TRY(const auto file, file_to_read(call, call.value(0)));
  TOLLGATE_TRY(const ledger::VerifyReport report, ledger::verify_export(file->path, options));
  const Node answer = render::verify_json(report);
  call.print(answer, [&report, &options] {
    if (!report.is_ok) {
      const std::string place = report.position == ledger::kHeaderPosition
                                    ? std::string("the header")
                                    : fmt::format("position {}", report.position);
      return fmt::format("✖ does not verify: {}: {}\n", place, report.reason);
    }
    return fmt::format("✔ verified: {}, root {}\n  {}\n",
                       count_text(report.size, "event", "events"), digest_text(report.root),
                       options.pinned_key
                           ? fmt::format("signed by the pinned key {}", report.origin)
                           : "signed by the file's own key; pin it with --key to prove the origin");
  });
  return report.is_ok ? kExitDone : kExitNotVerified;
}

Result<engine::ReplayReport> replay_file(const std::string& path) {
  engine::Replay replay;
  TOLLGATE_CHECK(ledger::read_export(
      path, [&replay](int64_t, std::string_view leaf) { return replay.take(leaf); }));
  return replay.report();
}

Result<int> run_replay(Invocation& call) {
  Node answer;
  if (call.values().empty()) {
    TOLLGATE_TRY(Backend* const backend, call.backend());
    TOLLGATE_TRY(answer, ask::ledger_replay(*backend));
  } else {
    TOLLGATE_TRY(const auto file, file_to_read(call, call.value(0)));
    TOLLGATE_TRY(const engine::ReplayReport report, replay_file(file->path));
    answer = render::replay_json(report);
  }
  const bool is_identical = answer.boolean_or("ok", false);
  call.print(answer, [&] {
    std::string text =
        fmt::format("{} {} of {} identical, {} replayed\n", is_identical ? "✔" : "✖",
                    number_text(answer.integer_or("identical", 0)),
                    count_text(answer.integer_or("verdicts", 0), "verdict", "verdicts"),
                    count_text(answer.integer_or("events", 0), "event", "events"));
    for (const Node& difference : answer.find("different")->items()) {
      text += fmt::format("  position {}: decision {}\n    recorded {}\n    derived  {}\n",
                          difference.integer_or("position", 0), difference.text_or("decision"),
                          difference.text_or("recorded"), difference.text_or("derived"));
    }
    return text;
  });
  return is_identical ? kExitDone : kExitNotVerified;
}

/// An inclusion proof computed from an exported file alone.
Result<Node> prove_from_file(const std::string& path, int64_t position) {
  TOLLGATE_TRY(const ledger::VerifyReport report, ledger::verify_export(path));
  if (!report.is_ok) {
    return fail(codes::bad_ledger_file, "{} does not verify: {}", path, report.reason);
  }
  if (position < 0 || position >= report.size) {
    return fail(codes::not_found, "there is no position {}; the ledger has {}", position,
                count_text(report.size, "event", "events"));
  }
  ledger::Tree tree;
  TOLLGATE_CHECK(ledger::read_export(path, [&tree](int64_t, std::string_view leaf) -> Result<void> {
    tree.push(ledger::leaf_hash(leaf));
    return {};
  }));
  TOLLGATE_TRY(const std::string text, read_file(path));
  TOLLGATE_TRY(const Node header,
               doc::parse_json(std::string_view(text).substr(0, text.find('\n'))));
  return render::proof_json({.position = position,
                             .hashes = tree.inclusion(position, report.size),
                             .checkpoint = std::string(header.text_or("checkpoint"))});
}

Result<int> run_prove(Invocation& call) {
  Result<int64_t> position = parse_integer(call.value(0));
  if (!position)
    return fail(codes::bad_usage, "a position is a whole number, not \"{}\"", call.value(0));
  Node proof;
  if (const std::string file = call.value(1); !file.empty()) {
    TOLLGATE_TRY(proof, prove_from_file(file, *position));
  } else {
    TOLLGATE_TRY(Backend* const backend, call.backend());
    TOLLGATE_TRY(proof, ask::ledger_proof(*backend, *position));
  }
  call.print(proof, [&proof] { return member_text(proof, "text"); });
  return kExitDone;
}

constexpr std::string_view kFormats = "table|plain|json|yaml";

}  // namespace

extern const CommandDef ledger_head_command = {
    .name = "ledger head",
    .group = Group::assurance,
    .summary = "Show size, root and public key of the ledger.",
    .formats = kFormats,
    .common = Common::backend,
    .only_reads = true,
    .run = run_head,
};

extern const CommandDef ledger_export_command = {
    .name = "ledger export",
    .group = Group::assurance,
    .summary = "Write the whole ledger to a file that anybody can verify offline.",
    .doc =
        "JSON Lines: line 1 is a header with the signed checkpoint, each further line is one "
        "event, byte for byte "
        "what was hashed.",
    .examples = "tollgate ledger export audit.jsonl",
    .arguments = {{.name = "FILE",
                   .doc = "Where to; - or nothing: standard output.",
                   .is_required = false}},
    .formats = kFormats,
    .common = Common::backend,
    .only_reads = true,
    .run = run_export,
};

extern const CommandDef ledger_verify_command = {
    .name = "ledger verify",
    .group = Group::assurance,
    .summary = "Recompute every hash and check the signature; names what was changed.",
    .doc =
        "Needs neither a server nor a data directory when FILE is given. Exit code 30 if anything "
        "was changed.",
    .examples =
        "tollgate ledger verify audit.jsonl\ntollgate ledger verify audit.jsonl --key \"$(cat "
        "log.vkey)\"",
    .arguments = {{.name = "FILE",
                   .doc = "An exported ledger; without it, the ledger itself.",
                   .is_required = false}},
    .options = {{.name = "key",
                 .value = "VKEY",
                 .doc = "The public key that must have signed, as `ledger head` shows it."}},
    .formats = kFormats,
    .common = Common::backend,
    .only_reads = true,
    .run = run_verify,
};

extern const CommandDef ledger_replay_command = {
    .name = "ledger replay",
    .group = Group::assurance,
    .summary = "Derive every verdict again and compare, bit for bit.",
    .doc = "Exit code 30 if one verdict comes out differently.",
    .examples = "tollgate ledger replay audit.jsonl",
    .arguments = {{.name = "FILE",
                   .doc = "An exported ledger; without it, the ledger itself.",
                   .is_required = false}},
    .formats = kFormats,
    .common = Common::backend,
    .only_reads = true,
    .run = run_replay,
};

extern const CommandDef ledger_prove_command = {
    .name = "ledger prove",
    .group = Group::assurance,
    .summary = "Prove that the event at a position is in the ledger (C2SP tlog-proof).",
    .examples =
        "tollgate ledger prove 42 > 42.tlog-proof\ntollgate ledger prove 42 audit.jsonl -o json",
    .arguments = {{.name = "POSITION", .doc = "Position of the event."},
                  {.name = "FILE",
                   .doc = "An exported ledger; without it, the ledger itself.",
                   .is_required = false}},
    .formats = kFormats,
    .common = Common::backend,
    .only_reads = true,
    .run = run_prove,
};

}  // namespace tollgate::cli
