// tollgate hook: what senders of webhooks tell, and whether it would be believed.
#include "app/cli/ask/hooks.hpp"
#include "app/cli/ask/policy.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/files.hpp"
#include "app/cli/invocation.hpp"
#include "app/render/output.hpp"
#include "edge/webhooks/authenticate.hpp"
#include "edge/webhooks/translate.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::cli {
namespace {

using doc::Node;

/// --header "Name: value" as the server would get it.
Result<std::vector<std::pair<std::string, std::string>>> headers_of(const Invocation& call) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const std::string& text : call.texts("header")) {
    const size_t colon = text.find(':');
    if (colon == std::string::npos || colon == 0)
      return fail(codes::bad_usage, "a header is written as \"Name: value\", not \"{}\"", text);
    headers.emplace_back(lower_case(text.substr(0, colon)),
                         std::string(trim(std::string_view(text).substr(colon + 1))));
  }
  return headers;
}

/// The saved body that the command names.
Result<std::string> body_bytes(const Invocation& call) {
  const std::string file = call.value(0);
  if (file == "-") return call.terminal().read_input();
  return read_file(file);
}

/// One line about a record: its type, then what a person looks for.
std::string record_words(std::string_view type, const Node& record) {
  std::string text = fmt::format("{}:", type);
  for (const std::string_view key : {"status", "kind", "decision", "id", "name", "version",
                                     "commit", "project", "sender_environment", "region", "at"}) {
    const Node* value = record.find(key);
    if (value == nullptr || !value->is_text() || value->as_text().empty()) continue;
    text += fmt::format(" {} {}", key, render::printable(value->as_text()));
  }
  return text;
}

std::string translation_words(const Node& answer) {
  const Node* records = answer.find("records");
  std::string text;
  if (records != nullptr) {
    for (const Node& record : records->items()) {
      text += record_words(record.text_or("type"), record) + "\n";
    }
  }
  if (const std::string_view reason = answer.text_or("ignored"); !reason.empty())
    text += fmt::format("accepted, nothing recorded: {}\n", render::printable(reason));
  return text;
}

Node translation_json(const webhooks::SenderDef& sender, const webhooks::Translation& translation) {
  Node records = Node::array();
  for (const model::Observation& observation : translation.records) {
    Node record = Node::object({{"type", webhooks::observation_type(observation)}});
    Node data = webhooks::observation_json(observation);
    for (doc::Member& member : data.members()) record.set(member.key, std::move(member.value));
    records.push(std::move(record));
  }
  Node answer = Node::object({{"sender", sender.name},
                              {"event", translation.event},
                              {"accepted", true},
                              {"records", std::move(records)}});
  if (!translation.ignored.empty()) answer.set("ignored", translation.ignored);
  return answer;
}

Result<int> run_translate(Invocation& call) {
  TOLLGATE_TRY(const webhooks::SenderDef* sender, webhooks::sender_named(call.text("sender")));
  webhooks::Delivery delivery{.event = call.text("event")};
  TOLLGATE_TRY(delivery.headers, headers_of(call));
  TOLLGATE_TRY(const std::optional<Time> at, call.time("at"));
  delivery.received = at.value_or(call.terminal().now());
  TOLLGATE_TRY(const std::string bytes, body_bytes(call));
  delivery.body = bytes;
  const auto translation = webhooks::translate(*sender, delivery);
  if (!translation) {
    const Error& error = translation.error();
    const Node refusal = Node::object({{"sender", sender->name},
                                       {"event", call.text("event")},
                                       {"accepted", false},
                                       {"refused", error.message},
                                       {"code", code_text(error.code)}});
    call.print(refusal, [&error] { return fmt::format("refused: {}\n", error.message); });
    return code_info(error.code).exit_code;
  }
  const Node answer = translation_json(*sender, *translation);
  call.print(answer, [&answer] { return translation_words(answer); });
  return kExitDone;
}

/// The value behind env:NAME or file:PATH.
Result<std::string> secret_of(const Invocation& call, const std::string& reference) {
  if (reference.starts_with("env:")) {
    std::string value = call.terminal().variable(reference.substr(4));
    if (value.empty())
      return fail(codes::bad_value, "the environment has no variable {}", reference.substr(4));
    return value;
  }
  if (!reference.starts_with("file:"))
    return fail(codes::bad_usage, "a secret is written as env:NAME or file:PATH");
  TOLLGATE_TRY(const std::string text, read_file(reference.substr(5)));
  return std::string(trim(text));
}

Result<int> run_verify(Invocation& call) {
  TOLLGATE_TRY(const webhooks::SenderDef* sender, webhooks::sender_named(call.text("sender")));
  std::vector<std::string> secrets;
  for (const std::string& reference : call.texts("secret")) {
    TOLLGATE_TRY(std::string secret, secret_of(call, reference));
    secrets.push_back(std::move(secret));
  }
  webhooks::Delivery delivery;
  TOLLGATE_TRY(delivery.headers, headers_of(call));
  TOLLGATE_TRY(const std::string bytes, body_bytes(call));
  delivery.body = bytes;
  TOLLGATE_TRY(const std::optional<Time> at, call.time("at"));
  TOLLGATE_TRY(
      const model::Assurance assurance,
      webhooks::authenticate(*sender, delivery, secrets, at.value_or(call.terminal().now())));
  const std::string_view name = reflect::enum_name(assurance);
  const Node answer =
      Node::object({{"sender", sender->name}, {"believed", true}, {"assurance", name}});
  call.print(answer, [&] { return fmt::format("believed: by its {}\n", name); });
  return kExitDone;
}

Result<int> run_senders(Invocation& call) {
  Node list = Node::array();
  render::Table table{.header = {"sender", "signs", "events"}, .rows = {}};
  for (const webhooks::SenderDef* sender : webhooks::all_senders()) {
    Node events = Node::array();
    std::string names;
    for (const webhooks::EventDef& event : sender->events) {
      events.push(Node::object({{"name", event.name}, {"becomes", event.becomes}}));
      names += (names.empty() ? "" : ", ") + std::string(event.name);
    }
    list.push(Node::object({{"sender", sender->name},
                            {"title", sender->title},
                            {"signs", sender->is_signed},
                            {"doc", sender->doc},
                            {"events", std::move(events)}}));
    table.rows.push_back({std::string(sender->name), sender->is_signed ? "yes" : "no", names});
  }
  call.print_table(list, table);
  return kExitDone;
}

/// What an object shows in a table cell.
std::string cell(const Node& node, std::string_view key) { return render::member_text(node, key); }

Result<int> run_list(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::hooks(*backend));
  render::Table table{.header = {"INTEGRATION", "SENDER", "ADDRESS", "RECEIVED", "RECORDED",
                                 "REFUSED", "LAST", "PROBLEM"},
                      .rows = {}};
  for (const Node& one : answer.find("integrations")->items()) {
    table.rows.push_back({cell(one, "integration"), cell(one, "sender"), cell(one, "address"),
                          cell(one, "received"), cell(one, "recorded"), cell(one, "refused"),
                          cell(one, "last"), cell(one, "last_problem")});
  }
  call.print_table(answer, table);
  const auto count = [&answer](std::string_view key) { return answer.find(key)->items().size(); };
  if (!call.is_format("json") && !call.is_format("yaml")) {
    call.remark(
        fmt::format("{} open questions, {} pending effects, {} given up (-o json shows "
                    "them)\n",
                    count("questions"), count("pending"), count("given_up")));
  }
  return kExitDone;
}

Result<int> run_redeliver(Invocation& call) {
  TOLLGATE_TRY(const int64_t position, parse_integer(call.value(0)));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::redeliver(*backend, position, call.text("idempotency-key")));
  call.print(answer, [&answer] {
    return fmt::format("asked for again at ledger position {}\n",
                       answer.integer_or("position", -1));
  });
  return kExitDone;
}

/// Delivers a saved body, signed as its sender would.
Result<int> deliver(Invocation& call, bool is_trial) {
  const std::string name = call.value(0);
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node resource, ask::resources(*backend, "Integration", name));
  const Node* spec = resource.find("spec");
  TOLLGATE_TRY(const webhooks::SenderDef* sender,
               webhooks::sender_named(spec == nullptr ? "" : spec->text_or("sender")));
  TOLLGATE_TRY(const std::string secret, secret_of(call, call.text("secret")));
  ask::HookDelivery delivery;
  delivery.integration = name;
  delivery.is_trial = is_trial;
  if (call.value(1) == "-") {
    TOLLGATE_TRY(delivery.body, call.terminal().read_input());
  } else {
    TOLLGATE_TRY(delivery.body, read_file(call.value(1)));
  }
  const Time now = call.terminal().now();
  const std::string id =
      call.has("delivery") ? call.text("delivery") : fmt::format("hand-{}", now.ms);
  delivery.headers = webhooks::sign(*sender, secret, id, delivery.body, now);
  TOLLGATE_TRY(const auto given, headers_of(call));
  delivery.headers.insert(delivery.headers.end(), given.begin(), given.end());
  if (sender->name == "github") {
    delivery.headers.emplace_back("x-github-event", call.text("event"));
    delivery.headers.emplace_back("x-github-delivery", id);
  }
  if (sender->name == "gitlab") delivery.headers.emplace_back("idempotency-key", id);
  TOLLGATE_TRY(const Node answer, ask::deliver(*backend, delivery));
  call.print(answer, [&answer, is_trial] {
    std::string text = is_trial ? "believed; it would record:\n" + translation_words(answer)
                                : fmt::format("believed; {} recorded, {} known\n",
                                              render::member_text(answer, "recorded"),
                                              render::member_text(answer, "known"));
    if (const Node* dropped = answer.find("dropped")) {
      for (const Node& reason : dropped->items())
        text += fmt::format("not recorded: {}\n", render::scalar_text(reason));
    }
    return text;
  });
  return kExitDone;
}

Result<int> run_test(Invocation& call) { return deliver(call, true); }
Result<int> run_deliver(Invocation& call) { return deliver(call, false); }

std::vector<OptionDef> delivery_options() {
  return {{.name = "secret",
           .value = "REFERENCE",
           .doc = "env:NAME or file:PATH.",
           .is_required = true},
          {.name = "event", .value = "EVENT", .doc = "Value of X-GitHub-Event."},
          {.name = "delivery",
           .value = "ID",
           .doc = "The sender's name for this delivery; a repeat changes nothing."},
          {.name = "header",
           .value = "NAME: VALUE",
           .doc = "A header of the delivery.",
           .is_repeated = true}};
}

}  // namespace

extern const CommandDef hook_list_command = {
    .name = "hook list",
    .group = Group::server,
    .summary = "List integrations and how their deliveries fare.",
    .doc =
        "-o json also shows questions of senders that wait for an answer, and effects that are "
        "pending or were given up.",
    .examples = "tollgate hook list --server https://tollgate.example",
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .only_reads = true,
    .run = run_list,
};

extern const CommandDef hook_redeliver_command = {
    .name = "hook redeliver",
    .group = Group::server,
    .summary = "Try again what could not be told outside and was given up.",
    .doc = "`tollgate hook list -o json` shows the positions of what was given up.",
    .examples = "tollgate hook redeliver 1042",
    .arguments = {{.name = "POSITION", .doc = "Ledger position of the effect."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_redeliver,
};

extern const CommandDef hook_deliver_command = {
    .name = "hook deliver",
    .group = Group::server,
    .summary = "Deliver a saved body as its sender would; what it tells is recorded.",
    .doc = "For deliveries that were missed: most senders can show the body of each.",
    .examples =
        "tollgate hook deliver github body.json --event deployment_status --delivery "
        "0b989ba4-242f --secret env:HOOK_SECRET",
    .arguments = {{.name = "INTEGRATION", .doc = "Name of the Integration."},
                  {.name = "FILE", .doc = "Saved body; - for standard input."}},
    .options = delivery_options(),
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_deliver,
};

extern const CommandDef hook_test_command = {
    .name = "hook test",
    .group = Group::server,
    .summary = "Try out what a delivery would record, secret and rules included.",
    .doc =
        "Signs the body with the secret and delivers it; nothing is recorded. Shows what would "
        "be, and what no rule maps.",
    .examples =
        "tollgate hook test github body.json --event deployment_status --secret "
        "env:HOOK_SECRET --server https://tollgate.example",
    .arguments = {{.name = "INTEGRATION", .doc = "Name of the Integration."},
                  {.name = "FILE", .doc = "Saved body; - for standard input."}},
    .options = delivery_options(),
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_test,
};

extern const CommandDef hook_senders_command = {
    .name = "hook senders",
    .group = Group::server,
    .summary = "List the senders of webhooks that Tollgate understands, and their events.",
    .doc = "-o json also says what each event becomes and how the sender is set up.",
    .examples = "tollgate hook senders\ntollgate hook senders -o json",
    .formats = "table|plain|json|yaml",
    .run = run_senders,
};

extern const CommandDef hook_translate_command = {
    .name = "hook translate",
    .group = Group::server,
    .summary = "Show what a webhook would record, or why it would be refused.",
    .doc =
        "Works offline on a saved body. No signature is checked and nothing is recorded. Facts "
        "carry the sender's own names of project and environment; the rules of an Integration say "
        "which service and environment these are. Exit 3 if the body would be refused.",
    .examples =
        "tollgate hook translate --sender github --event deployment_status payload.json\n"
        "tollgate hook translate --sender flagger --event post-rollout body.json -o json\n"
        "tollgate hook translate --sender jenkins --header 'Ce-Type: org.jenkinsci.job.started' -",
    .arguments = {{.name = "FILE", .doc = "Saved body; - for standard input."}},
    .options = {{.name = "sender",
                 .value = "NAME",
                 .doc = "Who sends it; see `tollgate hook senders`.",
                 .is_required = true},
                {.name = "event",
                 .value = "EVENT",
                 .doc = "Event, where headers or the address would tell it (GitHub, Flagger)."},
                {.name = "header",
                 .value = "NAME: VALUE",
                 .doc = "A header of the delivery.",
                 .is_repeated = true},
                {.name = "at",
                 .value = "TIME",
                 .doc = "When it was received, for senders that tell no time. Default: now."}},
    .formats = "table|plain|json|yaml|ndjson",
    .run = run_translate,
};

extern const CommandDef hook_verify_command = {
    .name = "hook verify",
    .group = Group::server,
    .summary = "Check whether a saved delivery would be believed.",
    .doc =
        "Give the headers that came with it. Signed times count for five minutes around --at. "
        "Exit 4 if it would not be believed.",
    .examples =
        "tollgate hook verify --sender github --secret env:HOOK_SECRET --header "
        "'X-Hub-Signature-256: sha256=1f...' body.json",
    .arguments = {{.name = "FILE", .doc = "Saved body, byte for byte; - for standard input."}},
    .options = {{.name = "sender",
                 .value = "NAME",
                 .doc = "Who sends it; see `tollgate hook senders`.",
                 .is_required = true},
                {.name = "secret",
                 .value = "REFERENCE",
                 .doc = "env:NAME or file:PATH.",
                 .is_required = true,
                 .is_repeated = true},
                {.name = "header",
                 .value = "NAME: VALUE",
                 .doc = "A header of the delivery.",
                 .is_repeated = true},
                {.name = "at", .value = "TIME", .doc = "When it came. Default: now."}},
    .formats = "table|plain|json|yaml",
    .run = run_verify,
};

}  // namespace tollgate::cli
