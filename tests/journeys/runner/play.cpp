#include "runner/play.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/reflect/reflect.hpp"
#include "runner/delivery_steps.hpp"
#include "runner/play_sources.hpp"
#include "runner/traces.hpp"

#include <algorithm>
#include <map>

namespace tollgate::journeys {
namespace {

constexpr Duration kSignalStep = minutes(10);

/// A word of an expectation; quoted ones are text that must be found, the others are names.
bool is_quoted(std::string_view word) { return word.starts_with('"'); }
std::string_view unquoted(std::string_view word) { return is_quoted(word) ? word.substr(1) : word; }

class Player {
 public:
  explicit Player(World& world) : world_(world) {}

  Result<void> step(const Step& step) {
    using Method = Result<void> (Player::*)(const Step&);
    static const std::map<std::string_view, Method> kVerbs = {
        {"at", &Player::at},
        {"wait", &Player::wait},
        {"policy", &Player::policy},
        {"plan", &Player::plan},
        {"signal", &Player::signal},
        {"import", &Player::import},
        {"record", &Player::record},
        {"release", &Player::release},
        {"gate", &Player::gate},
        {"calendar", &Player::calendar},
        {"when", &Player::when},
        {"queue", &Player::queue},
        {"same", &Player::same},
        {"budget", &Player::budget},
        {"restart", &Player::restart},
        {"ledger", &Player::ledger},
        {"verify", &Player::verify},
        {"replay", &Player::replay},
        {"hook", &Player::hook},
        {"tell", &Player::tell},
        {"deployments", &Player::deployments},
        {"bypasses", &Player::bypasses},
        {"dora", &Player::dora},
        {"recommend", &Player::recommend},
        {"days", &Player::days},
        {"audit", &Player::audit},
        {"audits", &Player::audits},
        {"alert", &Player::alert},
        {"watch", &Player::watch},
        {"push", &Player::push},
        {"spans", &Player::spans},
        {"latency", &Player::latency},
        {"otlp", &Player::otlp},
        {"source", &Player::source},
        {"source-test", &Player::source_test},
        {"series", &Player::series},
        {"quarantine", &Player::quarantine},
        {"unquarantine", &Player::unquarantine},
        {"revisions", &Player::revisions},
        {"revised", &Player::revised}};
    const auto verb = kVerbs.find(step.verb);
    if (verb == kVerbs.end()) return fail(codes::syntax, "\"{}\" is not a step", step.verb);
    return (this->*verb->second)(step);
  }

 private:
  Result<void> at(const Step& step) {
    TOLLGATE_TRY(const Time time, parse_time(step.words.at(0)));
    return set(time);
  }
  Result<void> wait(const Step& step) {
    TOLLGATE_TRY(const Duration span, parse_duration(step.words.at(0)));
    return set(now_ + span);
  }
  Result<void> set(Time time) {
    if (time < now_) return fail(codes::syntax, "time only goes forward");
    now_ = time;
    world_.set_time(now_);
    return {};
  }

  /// An outcome that is either an answer or `error CODE ["words"]`.
  Result<doc::Node> expect_or_error(const Step& step, Result<doc::Node> answer) {
    const bool wants_error = !step.expected.empty() && step.expected[0] == "error";
    if (!wants_error) return answer;
    if (answer) return fail(codes::syntax, "expected an error, got {}", doc::compact_json(*answer));
    const std::string text = answer.error().text();
    for (size_t i = 1; i < step.expected.size(); ++i) {
      const std::string_view word = step.expected[i];
      const std::string_view wanted = is_quoted(word) ? word.substr(1) : word;
      if (text.find(wanted) == std::string::npos)
        return fail(codes::syntax, "expected {} in: {}", wanted, text);
    }
    return doc::Node();
  }

  Result<void> policy(const Step& step) {
    TOLLGATE_TRY(const doc::Node answer, expect_or_error(step, world_.apply(step.block)));
    return {};
  }
  Result<void> plan(const Step& step) {
    TOLLGATE_TRY(const doc::Node answer, expect_or_error(step, world_.plan(step.block)));
    return expect_integer(step, "flips", answer.integer_or("flipped", -1));
  }

  Result<void> signal(const Step& step) {
    TOLLGATE_TRY(const int64_t good, parse_integer(step.option("good")));
    TOLLGATE_TRY(const int64_t bad, parse_integer(step.option("bad")));
    TOLLGATE_TRY(const Time from, parse_time(step.option("from")));
    TOLLGATE_TRY(const Time to, parse_time(step.option("to")));
    const int64_t steps = std::max<int64_t>(1, (to - from).ms / kSignalStep.ms);
    std::string csv = "timestamp,good,bad\n";
    for (int64_t i = 0; i < steps; ++i) {
      const auto share = [&](int64_t count) { return count * (i + 1) / steps - count * i / steps; };
      csv += fmt::format("{},{},{}\n", time_text(from + kSignalStep * i), share(good), share(bad));
    }
    TOLLGATE_TRY(const doc::Node answer,
                 world_.import(step.words.at(0), step.words.at(1), "csv", csv));
    if (answer.integer_or("rejected", -1) != 0)
      return fail(codes::syntax, "lines were refused: {}", doc::compact_json(answer));
    return {};
  }
  Result<void> import(const Step& step) {
    TOLLGATE_TRY(const doc::Node answer,
                 expect_or_error(step, world_.import(step.words.at(0), step.words.at(1),
                                                     step.words.at(2), step.block)));
    for (size_t i = 0; i + 1 < step.expected.size() && step.expected[0] != "error"; i += 2) {
      TOLLGATE_TRY(const int64_t wanted, parse_integer(step.expected[i + 1]));
      const int64_t found = answer.integer_or(step.expected[i], -1);
      if (found != wanted)
        return fail(codes::syntax, "{} is {}, not {}", step.expected[i], found, wanted);
    }
    return {};
  }
  Result<void> push(const Step& step) {
    TOLLGATE_TRY(const doc::Node answer,
                 expect_or_error(step, world_.push({.slo = step.words.at(0),
                                                    .environment = step.words.at(1),
                                                    .track = std::string(step.option("track")),
                                                    .good = std::string(step.option("good")),
                                                    .bad = std::string(step.option("bad")),
                                                    .time = std::string(step.option("time")),
                                                    .source = std::string(step.option("source")),
                                                    .key = std::string(step.option("key"))})));
    if (step.expected.empty() || step.expected[0] == "error") return {};
    const bool is_duplicate = answer.boolean_or("duplicate", false);
    const std::string_view found = is_duplicate                            ? "duplicate"
                                   : answer.integer_or("accepted", 0) == 1 ? "counted"
                                                                           : "refused";
    if (found == step.expected[0]) return {};
    return fail(codes::syntax, "expected {}, got {}", step.expected[0], doc::compact_json(answer));
  }
  /// spans SERVICE VERSION OPERATION count N own MS [calls OPERATION for MS] [errors N] [th HEX]:
  /// so many traces that ended half a minute ago, each with one span that may call another.
  Result<void> spans(const Step& step) {
    TOLLGATE_TRY(const int64_t count, parse_integer(step.option("count")));
    TOLLGATE_TRY(const int64_t own, parse_integer(step.option("own")));
    const std::string_view called = unquoted(step.option("calls"));
    TOLLGATE_TRY(const int64_t below, called.empty() ? 0 : parse_integer(step.option("for")));
    TOLLGATE_TRY(const int64_t errors,
                 step.option("errors").empty() ? 0 : parse_integer(step.option("errors")));
    const std::string state =
        step.option("th").empty() ? "" : fmt::format("ot=th:{}", step.option("th"));
    const std::string body = otlp_traces({.service = step.words.at(0),
                                          .version = step.words.at(1),
                                          .operation = unquoted(step.words.at(2)),
                                          .called = called,
                                          .state = state,
                                          .count = count,
                                          .errors = errors,
                                          .own_ms = own,
                                          .called_ms = below,
                                          .end_ms = now_.ms - 30'000,
                                          .first_trace = traces_ + 1});
    traces_ += count;
    TOLLGATE_TRY(const doc::Node answer, expect_or_error(step, world_.otlp("traces", body)));
    return {};
  }
  /// latency SERVICE before V after V => CHANGE ["words"] ...
  Result<void> latency(const Step& step) {
    TOLLGATE_TRY(const doc::Node answer,
                 expect_or_error(step, world_.latency(step.words.at(0), step.option("before"),
                                                      step.option("after"))));
    if (step.expected.empty() || step.expected[0] == "error") return {};
    const std::string text = doc::compact_json(answer);
    if (answer.text_or("change") != step.expected[0])
      return fail(codes::syntax, "the latency is {}: {}", answer.text_or("change"), text);
    for (size_t i = 1; i < step.expected.size(); ++i) {
      if (text.find(step.expected[i].substr(1)) == std::string::npos)
        return fail(codes::syntax, "expected {} in {}", step.expected[i], text);
    }
    return {};
  }
  /// otlp SIGNAL => taken | partial "words", with the request as its block.
  Result<void> otlp(const Step& step) {
    TOLLGATE_TRY(const doc::Node answer,
                 expect_or_error(step, world_.otlp(step.words.at(0), step.block)));
    if (step.expected.empty() || step.expected[0] == "error") return {};
    const bool is_partial = answer.find("partialSuccess") != nullptr;
    const std::string text = doc::compact_json(answer);
    if (is_partial != (step.expected[0] == "partial"))
      return fail(codes::syntax, "expected {}, got {}", step.expected[0], text);
    for (size_t i = 1; i < step.expected.size(); ++i) {
      if (text.find(step.expected[i].substr(1)) == std::string::npos)
        return fail(codes::syntax, "expected {} in {}", step.expected[i], text);
    }
    return {};
  }
  Result<void> record(const Step& step) {
    TOLLGATE_TRY(const doc::Node answer,
                 expect_or_error(step, world_.record({.service = step.words.at(0),
                                                      .version = step.words.at(1),
                                                      .commit = std::string(step.option("commit")),
                                                      .name = step.words.at(2),
                                                      .bytes = step.block})));
    return {};
  }
  Result<void> release(const Step& step) {
    model::ReleaseEnded ended{.service = step.words.at(0),
                              .environment = std::string(step.option("to")),
                              .version = step.words.at(1),
                              .commit = std::string(step.option("commit"))};
    const std::string& result = step.words.back();
    ended.result = result == "failed"        ? model::ReleaseResult::failed
                   : result == "rolled_back" ? model::ReleaseResult::rolled_back
                                             : model::ReleaseResult::succeeded;
    TOLLGATE_TRY(const doc::Node answer, world_.release(ended));
    return {};
  }

  Result<void> gate(const Step& step) {
    GateQuestion question;
    question.request = {.service = step.words.at(0),
                        .environment = std::string(step.option("to")),
                        .version = step.words.at(1),
                        .commit = std::string(step.option("commit"))};
    for (size_t i = 0; i < reflect::EnumNames<model::ChangeClass>::names.size(); ++i) {
      if (reflect::EnumNames<model::ChangeClass>::names[i] != step.option("class")) continue;
      question.request.change_class = static_cast<model::ChangeClass>(i);
    }
    question.idempotency_key = step.option("key");
    question.request.artifact = plain(step.option("artifact"));
    question.as_of = step.option("as-of");
    TOLLGATE_TRY(doc::Node answer, expect_or_error(step, world_.gate(question)));
    before_ = std::move(last_);
    last_ = std::move(answer);
    if (step.expected.empty() || step.expected[0] == "error") return {};
    if (last_.text_or("verdict") != step.expected[0]) {
      return fail(codes::syntax, "the gate answers {}: {}", last_.text_or("verdict"),
                  doc::compact_json(last_));
    }
    return expect_checks(step);
  }

  /// CHECK [STATE] ["words"] ... behind the outcome.
  Result<void> expect_checks(const Step& step) {
    static constexpr std::array<std::string_view, 5> kStates = {"pass", "fail", "unknown", "waived",
                                                                "not_reached"};
    const doc::Node* check = nullptr;
    for (size_t i = 1; i < step.expected.size(); ++i) {
      const std::string& word = step.expected[i];
      const bool is_state = std::find(kStates.begin(), kStates.end(), word) != kStates.end();
      if (!is_quoted(word) && !is_state) {
        check = find_check(word);
        if (check == nullptr)
          return fail(codes::syntax, "no check {} in {}", word, doc::compact_json(last_));
        continue;
      }
      const doc::Node& where = check == nullptr ? last_ : *check;
      const std::string text = doc::compact_json(where);
      const bool holds = is_state ? where.text_or("state") == word
                                  : text.find(word.substr(1)) != std::string::npos;
      if (!holds) return fail(codes::syntax, "expected {} in {}", word, text);
    }
    return {};
  }
  const doc::Node* find_check(std::string_view name) const {
    const doc::Node* checks = last_.find("checks");
    if (checks == nullptr) return nullptr;
    for (const doc::Node& check : checks->items()) {
      if (check.text_or("check") == name) return &check;
    }
    return nullptr;
  }

  static std::string plain(std::string_view word) {
    return std::string(is_quoted(word) ? word.substr(1) : word);
  }
  template <class E>
  static E enum_of(std::string_view name) {
    const auto& names = reflect::EnumNames<E>::names;
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? E{} : static_cast<E>(found - names.begin());
  }
  static Result<void> expect_texts(const doc::Node& answer, const std::vector<std::string>& words) {
    const std::string text = doc::compact_json(answer);
    for (const std::string& word : words) {
      if (text.find(plain(word)) == std::string::npos)
        return fail(codes::syntax, "expected {} in {}", plain(word), text);
    }
    return {};
  }

  /// calendar check TIME in ENV [service S] [class C] => open|blocked "words" ...
  /// calendar add CALENDAR "NAME" type T start L duration D [service S] reason "R"
  /// calendar cancel ID reason "R"
  Result<void> calendar(const Step& step) {
    const std::string& verb = step.words.at(0);
    if (verb == "check") {
      engine::CalendarQuestion question{
          .service = std::string(step.option("service")),
          .environment = std::string(step.option("in")),
          .change_class = enum_of<model::ChangeClass>(step.option("class"))};
      if (step.words.at(1) != "now") {
        TOLLGATE_TRY(question.at, parse_time(step.words.at(1)));
      }
      TOLLGATE_TRY(const doc::Node answer, expect_or_error(step, world_.calendar(question, false)));
      if (step.expected.at(0) == "error") return {};
      if (answer.text_or("state") != step.expected[0])
        return fail(codes::syntax, "the calendars say {}", doc::compact_json(answer));
      return expect_texts(answer, step.expected);
    }
    if (verb == "cancel") {
      return keep(expect_or_error(
          step, world_.calendar_cancel(step.words.at(1), plain(step.option("reason")))));
    }
    model::CalendarEntry entry{.name = plain(step.words.at(2)),
                               .type = enum_of<model::EntryType>(step.option("type")),
                               .start = std::string(step.option("start")),
                               .reason = plain(step.option("reason"))};
    TOLLGATE_TRY(entry.duration, parse_duration(step.option("duration")));
    if (!step.option("service").empty()) {
      entry.selects.emplace();
      entry.selects->services = {std::string(step.option("service"))};
    }
    return keep(expect_or_error(step, world_.calendar_add(step.words.at(1), entry)));
  }
  static Result<void> keep(const Result<doc::Node>& answer) {
    if (!answer) return fail(answer.error());
    return {};
  }

  /// when SERVICE to ENV => "words" ...
  Result<void> when(const Step& step) {
    const engine::CalendarQuestion question{
        .service = step.words.at(0),
        .environment = std::string(step.option("to")),
        .change_class = enum_of<model::ChangeClass>(step.option("class"))};
    TOLLGATE_TRY(const doc::Node answer, expect_or_error(step, world_.calendar(question, true)));
    return expect_texts(answer, step.expected);
  }

  /// queue join QUEUE SERVICE VERSION to ENV [class C] [priority N] [parent T] [not-ready] => STATE
  /// queue slot|ready TICKET => STATE    queue leave TICKET [token N]
  /// queue heartbeat QUEUE token N => STATE      each with "words", or error "words"
  Result<void> queue(const Step& step) {
    TOLLGATE_TRY(const doc::Node answer, expect_or_error(step, ask_queue(step)));
    if (!step.expected.empty() && step.expected[0] == "error") return {};
    return expect_texts(answer, step.expected);
  }
  Result<doc::Node> ask_queue(const Step& step) {
    const std::string& verb = step.words.at(0);
    const std::string& what = step.words.at(1);
    int64_t token = 0;
    if (!step.option("token").empty()) {
      TOLLGATE_TRY(token, parse_integer(step.option("token")));
    }
    if (verb == "slot") return world_.queue_ticket(what);
    if (verb == "leave") return world_.queue_leave(what, token);
    if (verb == "heartbeat") return world_.queue_heartbeat(what, token);
    if (verb == "ready") return world_.queue_move({.ticket = what, .is_ready = true});
    model::QueueJoined joined{.queue = what,
                              .service = step.words.at(2),
                              .environment = std::string(step.option("to")),
                              .version = step.words.at(3),
                              .change_class = enum_of<model::ChangeClass>(step.option("class")),
                              .is_ready = step.words.back() != "not-ready",
                              .parent = std::string(step.option("parent"))};
    if (!step.option("priority").empty()) {
      TOLLGATE_TRY(joined.priority, parse_integer(step.option("priority")));
    }
    return world_.queue_join(joined);
  }

  Result<void> hook(const Step& step) {
    const bool is_forged = step.words.back() == "forged";
    TOLLGATE_TRY(
        const doc::Node answer,
        expect_or_error(step, world_.hook({.integration = step.words.at(0),
                                           .event = std::string(step.option("event")),
                                           .delivery = std::string(step.option("delivery")),
                                           .body = step.block,
                                           .is_forged = is_forged})));
    return expect_members(step, answer);
  }
  /// tell deployment service checkout environment production version 1 => recorded 1
  Result<void> tell(const Step& step) {
    doc::Node fact = doc::Node::object({{"type", step.words.at(0)}});
    for (size_t i = 1; i + 1 < step.words.size(); i += 2)
      fact.set(step.words[i], step.words[i + 1]);
    TOLLGATE_TRY(const doc::Node answer, expect_or_error(step, world_.tell(fact)));
    return expect_members(step, answer);
  }
  /// NAME NUMBER or NAME "words" pairs that members of the answer must have.
  static Result<void> expect_members(const Step& step, const doc::Node& answer) {
    if (!step.expected.empty() && step.expected[0] == "error") return {};
    for (size_t i = 0; i + 1 < step.expected.size(); i += 2) {
      const doc::Node* found = answer.find(step.expected[i]);
      const std::string text = found == nullptr ? "nothing" : doc::compact_json(*found);
      const std::string& wanted = step.expected[i + 1];
      const bool holds =
          is_quoted(wanted) ? text.find(wanted.substr(1)) != std::string::npos : text == wanted;
      if (!holds) {
        return fail(codes::syntax, "{} is {}, not {}: {}", step.expected[i], text, wanted,
                    doc::compact_json(answer));
      }
    }
    return {};
  }
  /// deployments SERVICE ENVIRONMENT => VERSION STATUS KIND PARTS ... newest first, all of them
  Result<void> deployments(const Step& step) {
    TOLLGATE_TRY(const doc::Node answer, world_.deployments(step.words.at(0), step.words.at(1)));
    std::vector<std::string> found;
    for (const doc::Node& one : answer.find("deployments")->items()) {
      for (const std::string_view member : {"version", "status", "kind"})
        found.emplace_back(one.text_or(member, "-"));
      found.push_back(std::to_string(one.find("parts")->items().size()));
    }
    if (found == step.expected) return {};
    return fail(codes::syntax, "deployments are {}", doc::compact_json(answer));
  }
  Result<void> dora(const Step& step) { return dora_step(world_, step); }
  Result<void> recommend(const Step& step) { return recommend_step(world_, step); }
  Result<void> days(const Step& step) { return days_step(world_, step); }
  /// bypasses => N of M ["words"]...
  Result<void> bypasses(const Step& step) {
    TOLLGATE_TRY(const doc::Node answer, world_.bypasses());
    const std::string text = doc::compact_json(answer);
    const std::string counts = fmt::format("{} of {}", answer.find("bypasses")->items().size(),
                                           answer.integer_or("checked", -1));
    const std::string wanted =
        fmt::format("{} {} {}", step.expected.at(0), step.expected.at(1), step.expected.at(2));
    if (counts != wanted) return fail(codes::syntax, "{}, not {}: {}", counts, wanted, text);
    for (size_t i = 3; i < step.expected.size(); ++i) {
      if (text.find(step.expected[i].substr(1)) == std::string::npos)
        return fail(codes::syntax, "expected {} in {}", step.expected[i], text);
    }
    return {};
  }

  /// audit deployments => findings N ["words"]...   or audit pipelines FILE with its text
  /// audit due: those of the policy's schedules; `audits` says what came of it.
  Result<void> audit(const Step& step) {
    if (step.words.at(0) == "due") {
      TOLLGATE_TRY(const doc::Node made, world_.audits_due());
      const auto& failed = made.find("failed")->items();
      if (failed.empty()) return {};
      return fail(codes::syntax, "{}", failed.front().text_or("error"));
    }
    const std::string file = step.words.at(0) == "pipelines" ? step.words.at(1) : "";
    TOLLGATE_TRY(const doc::Node answer, world_.audit(file, step.block));
    // The command line may make several; each has what it found.
    const std::string text = doc::compact_json(answer);
    TOLLGATE_TRY(const int64_t wanted, parse_integer(step.expected.at(1)));
    if (answer.integer_or("findings", -1) != wanted)
      return fail(codes::syntax, "the audit finds {}", text);
    return expect_texts(answer, {step.expected.begin() + 2, step.expected.end()});
  }
  /// audits => N ["words"]...
  Result<void> audits(const Step& step) {
    TOLLGATE_TRY(const doc::Node answer, world_.audits());
    TOLLGATE_TRY(const int64_t wanted, parse_integer(step.expected.at(0)));
    if (static_cast<int64_t>(answer.find("audits")->items().size()) != wanted)
      return fail(codes::syntax, "the audits are {}", doc::compact_json(answer));
    return expect_texts(answer, {step.expected.begin() + 1, step.expected.end()});
  }

  Result<void> same(const Step&) {
    if (last_.text_or("decision").empty() ||
        last_.text_or("decision") != before_.text_or("decision")) {
      return fail(codes::syntax, "decision {} is not {}", last_.text_or("decision"),
                  before_.text_or("decision"));
    }
    return {};
  }

  Result<void> budget(const Step& step) {
    TOLLGATE_TRY(const doc::Node answer,
                 expect_or_error(step, world_.budget(step.words.at(0), step.words.at(1),
                                                     step.option("track"))));
    for (size_t i = 0; i + 1 < step.expected.size() && step.expected[0] != "error"; i += 2) {
      const std::string& name = step.expected[i];
      std::string wanted = step.expected[i + 1];
      if (is_quoted(wanted)) wanted.erase(0, 1);
      std::string found(answer.text_or(name));
      if (const doc::Node* member = answer.find(name); member != nullptr && member->is_integer())
        found = std::to_string(member->as_integer());
      if (name.starts_with("raw_")) {
        TOLLGATE_TRY(found, raw_figure(answer, name.substr(4)));
      }
      if (const doc::Node* uncertainty = answer.find("uncertainty"); name == "effective")
        found = uncertainty == nullptr
                    ? "all"
                    : std::to_string(uncertainty->integer_or("effective_events", -1));
      if (const doc::Node* left = answer.find("budget_left");
          name == "left" && left != nullptr && left->is_number()) {
        TOLLGATE_TRY(const int64_t ppm, parse_ppm(fmt::format("{:.6f}", left->as_number())));
        found = percent_text(ppm);
      }
      if (found != wanted) {
        return fail(codes::syntax, "{} is {}, not {}: {}", name, found, wanted,
                    doc::compact_json(answer));
      }
    }
    return {};
  }

  /// WORD ["words"]... of the alert that comes first.
  Result<void> alert(const Step& step) { return play_alert(step, world_); }
  Result<void> watch(const Step& step) { return play_watch(step, world_); }

  Result<void> source(const Step& step) { return play_source(step, world_); }
  Result<void> source_test(const Step& step) { return play_source_test(step, world_); }
  Result<void> series(const Step& step) { return play_series(step, world_, now_); }
  Result<void> quarantine(const Step& step) { return play_quarantine(step, world_); }
  Result<void> unquarantine(const Step& step) { return play_release_source(step, world_); }
  Result<void> revisions(const Step& step) { return play_revisions(step, world_); }
  Result<void> revised(const Step& step) {
    return play_revised(step, world_, std::string(last_.text_or("decision")));
  }

  Result<void> restart(const Step&) {
    TOLLGATE_CHECK(world_.restart());
    world_.set_time(now_);
    return {};
  }
  Result<void> ledger(const Step& step) {
    TOLLGATE_TRY(const doc::Node answer, world_.verify());
    return expect_integer(step, "events", answer.integer_or("size", -1));
  }
  Result<void> verify(const Step&) {
    TOLLGATE_TRY(const doc::Node answer, world_.verify());
    if (answer.boolean_or("ok", false)) return {};
    return fail(codes::syntax, "the ledger does not verify: {}", doc::compact_json(answer));
  }
  Result<void> replay(const Step& step) {
    TOLLGATE_TRY(const doc::Node answer, world_.replay());
    const int64_t identical = answer.integer_or("identical", -1);
    if (identical != answer.integer_or("verdicts", -2)) {
      return fail(codes::syntax, "verdicts differ: {}", doc::compact_json(answer));
    }
    return expect_integer(step, "identical", identical);
  }

  Result<void> expect_integer(const Step& step, std::string_view name, int64_t found) {
    if (step.expected.size() < 2 || step.expected[0] != name)
      return fail(codes::syntax, "expected => {} N", name);
    TOLLGATE_TRY(const int64_t wanted, parse_integer(step.expected[1]));
    if (found != wanted) return fail(codes::syntax, "{} is {}, not {}", name, found, wanted);
    return {};
  }

  World& world_;
  Time now_;
  int64_t traces_ = 0;  // made so far
  doc::Node last_;      // answer of the last gate
  doc::Node before_;    // and of the one before it
};

}  // namespace

Result<void> play(const Journey& journey, World& world) {
  Player player(world);
  for (const Step& step : journey.steps) {
    Result<void> result;
    try {
      result = player.step(step);
    } catch (const std::out_of_range&) {
      result = fail(codes::syntax, "the step lacks a word");
    }
    if (result) continue;
    Error error = std::move(result).error();
    error.message = fmt::format("step \"{}\": {}", step.verb, error.message);
    error.file = journey.name;
    error.mark = {static_cast<uint32_t>(step.line), 1};
    return fail(std::move(error));
  }
  return {};
}

}  // namespace tollgate::journeys
