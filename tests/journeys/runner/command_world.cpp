// Journeys against the command line: in this process with --server, and the real binary in local
// mode.
#include "app/api/api.hpp"
#include "app/cli/run.hpp"
#include "app/wiring/scheduled_audits.hpp"
#include "app/wiring/signal_intake.hpp"
#include "app/wiring/source_desk.hpp"
#include "app/wiring/wiring.hpp"
#include "edge/net/http_server.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/reflect/reflect.hpp"
#include "runner/manual_clock.hpp"
#include "runner/worlds.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace tollgate::journeys {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

struct Ended {
  int exit_code = 0;
  std::string out;
  std::string err;
};

void write_file(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// Steps as command lines; a subclass runs them.
class CommandWorld : public World {
 public:
  explicit CommandWorld(std::string directory) : directory_(std::move(directory)) {
    fs::create_directories(directory_ / "policy");
    fs::create_directories(directory_ / "candidate");
  }

  void set_time(Time now) override { clock_.set(now); }

  Result<doc::Node> apply(std::string_view yaml) override {
    write_file(directory_ / "candidate/policy.yaml", yaml);
    TOLLGATE_TRY(doc::Node answer, ask({"apply", "--policy", directory_ / "candidate"}));
    // Commands in local mode put their policy folder in force, so only one that was accepted may
    // stand there.
    write_file(directory_ / "policy/policy.yaml", yaml);
    return answer;
  }
  Result<doc::Node> plan(std::string_view yaml) override {
    write_file(directory_ / "candidate/policy.yaml", yaml);
    return ask({"plan", "--policy", directory_ / "candidate"});
  }
  Result<doc::Node> import(std::string_view slo, std::string_view environment,
                           std::string_view format, std::string_view bytes) override {
    write_file(directory_ / "signal", bytes);
    return ask({"signal", "import", directory_ / "signal", "--slo", std::string(slo), "--env",
                std::string(environment), "--format", std::string(format)});
  }
  Result<doc::Node> push(const CounterPush& push) override {
    Words words = {"signal", "push", "--slo", push.slo, "--env", push.environment};
    const auto add = [&](const char* option, const std::string& value) {
      if (!value.empty()) words.insert(words.end(), {option, value});
    };
    add("--good", push.good);
    add("--bad", push.bad);
    add("--track", push.track);
    add("--time", push.time);
    add("--source", push.source);
    add("--idempotency-key", push.key);
    return ask(std::move(words));
  }
  Result<doc::Node> otlp(std::string_view signal, std::string_view body) override {
    write_file(directory_ / "otlp.json", body);
    return ask(
        {"signal", "otlp", std::string(signal), directory_ / "otlp.json", "--source", "journey"});
  }
  Result<doc::Node> latency(std::string_view service, std::string_view before,
                            std::string_view after) override {
    return ask({"slo", "latency", std::string(service), "--before", std::string(before), "--after",
                std::string(after)});
  }
  Result<doc::Node> record(const ReportFile& file) override {
    write_file(directory_ / file.name, file.bytes);
    Words words = {"record",    directory_ / file.name, "--service", file.service, "--version",
                   file.version};
    if (!file.commit.empty()) words.insert(words.end(), {"--commit", file.commit});
    return ask(std::move(words));
  }
  Result<doc::Node> release(const model::ReleaseEnded& ended) override {
    Words words = {"release",     "--service",       ended.service,
                   "--env",       ended.environment, "--version",
                   ended.version, "--result",        std::string(reflect::enum_name(ended.result))};
    if (!ended.commit.empty()) words.insert(words.end(), {"--commit", ended.commit});
    return ask(std::move(words));
  }
  Result<doc::Node> gate(const GateQuestion& question) override {
    const model::GateRequest& request = question.request;
    Words words = {"gate",
                   "--service",
                   request.service,
                   "--env",
                   request.environment,
                   "--version",
                   request.version,
                   "--change-class",
                   std::string(reflect::enum_name(request.change_class))};
    if (!request.commit.empty()) words.insert(words.end(), {"--commit", request.commit});
    if (!request.artifact.empty()) words.insert(words.end(), {"--artifact", request.artifact});
    if (!question.idempotency_key.empty())
      words.insert(words.end(), {"--idempotency-key", question.idempotency_key});
    if (!question.as_of.empty()) words.insert(words.end(), {"--as-of", question.as_of});
    return ask(std::move(words));
  }
  Result<doc::Node> calendar(const engine::CalendarQuestion& question, bool wants_when) override {
    Words words = wants_when ? Words{"when"} : Words{"calendar", "check"};
    if (!wants_when) words.push_back(question.at ? time_text(*question.at) : "now");
    words.insert(words.end(), {"--env", question.environment, "--change-class",
                               std::string(reflect::enum_name(question.change_class))});
    if (!question.service.empty()) words.insert(words.end(), {"--service", question.service});
    return ask(std::move(words));
  }
  Result<doc::Node> calendar_add(const std::string& calendar,
                                 const model::CalendarEntry& entry) override {
    Words words = {"calendar",
                   "add",
                   calendar,
                   "--name",
                   entry.name,
                   "--type",
                   std::string(reflect::enum_name(entry.type)),
                   "--start",
                   entry.start,
                   "--reason",
                   entry.reason};
    if (entry.duration) words.insert(words.end(), {"--duration", duration_text(*entry.duration)});
    if (entry.selects) {
      for (const std::string& service : entry.selects->services)
        words.insert(words.end(), {"--service", service});
    }
    return ask(std::move(words));
  }
  Result<doc::Node> calendar_cancel(const std::string& id, const std::string& reason) override {
    return ask({"calendar", "cancel", id, "--reason", reason});
  }
  Result<doc::Node> queue_join(const model::QueueJoined& joined) override {
    Words words = {"queue",
                   "join",
                   joined.queue,
                   "--service",
                   joined.service,
                   "--env",
                   joined.environment,
                   "--version",
                   joined.version,
                   "--priority",
                   std::to_string(joined.priority),
                   "--change-class",
                   std::string(reflect::enum_name(joined.change_class))};
    if (!joined.parent.empty()) words.insert(words.end(), {"--parent", joined.parent});
    if (!joined.is_ready) words.emplace_back("--not-ready");
    return ask(std::move(words));
  }
  Result<doc::Node> queue_ticket(const std::string& id) override {
    return ask({"queue", "slot", id});
  }
  Result<doc::Node> queue_move(const model::QueueMoved& moved) override {
    Words words = {"queue", "move", moved.ticket};
    if (moved.priority) words.insert(words.end(), {"--priority", std::to_string(*moved.priority)});
    if (moved.is_ready) words.emplace_back(*moved.is_ready ? "--ready" : "--not-ready");
    return ask(std::move(words));
  }
  Result<doc::Node> queue_leave(const std::string& id, int64_t token) override {
    return ask({"queue", "leave", id, "--token", std::to_string(token)});
  }
  Result<doc::Node> queue_heartbeat(const std::string& queue, int64_t token) override {
    return ask({"queue", "heartbeat", queue, "--token", std::to_string(token)});
  }
  Result<doc::Node> hook(const Webhook& webhook) override {
    write_file(directory_ / "body", webhook.body);
    write_file(directory_ / "secret", webhook.is_forged ? "forged" : kHookSecret);
    Words words = {"hook",
                   "deliver",
                   webhook.integration,
                   directory_ / "body",
                   "--secret",
                   "file:" + (directory_ / "secret").string()};
    if (!webhook.event.empty()) words.insert(words.end(), {"--event", webhook.event});
    words.insert(words.end(),
                 {"--delivery",
                  webhook.delivery.empty() ? "own-" + std::to_string(++hooks_) : webhook.delivery});
    return ask(std::move(words));
  }
  Result<doc::Node> tell(const doc::Node& fact) override {
    Words words = {"record", std::string(fact.text_or("type"))};
    for (const doc::Member& member : fact.members()) {
      if (member.key == "type") continue;
      std::string option = member.key == "environment" ? "env" : member.key;
      std::replace(option.begin(), option.end(), '_', '-');
      words.insert(words.end(), {"--" + option, member.value.as_text()});
    }
    return ask(std::move(words));
  }
  Result<doc::Node> deployments(std::string_view service, std::string_view environment) override {
    return ask({"deployment", "list", "--service", std::string(service), "--env",
                std::string(environment)});
  }
  Result<doc::Node> audit(const std::string& file, std::string_view text) override {
    if (file.empty()) return ask({"audit", "run"});
    const fs::path path = directory_ / "repository" / file;
    fs::create_directories(path.parent_path());
    write_file(path, text);
    // Who owns what is policy of the repository, whatever the server has in force.
    return ask({"audit", "run", directory_ / "repository", "--only-pipelines", "--source",
                "acme/checkout", "--policy", directory_ / "policy"});
  }
  Result<doc::Node> audits_due() override {
    fs::create_directories(directory_ / "repository");
    return ask({"audit", "run", "--due", "--checkout",
                "acme/checkout=" + (directory_ / "repository").string()});
  }
  Result<doc::Node> audits() override { return ask({"audit", "list"}); }
  Result<doc::Node> bypasses() override { return ask({"audit", "bypasses"}); }
  Result<doc::Node> source(const std::string& name) override {
    return ask({"source", "list", name});
  }
  Result<doc::Node> source_test(const std::string& name) override {
    return ask({"source", "test", name});
  }
  Result<doc::Node> quarantine(const model::SourceQuarantined& quarantined) override {
    Words words = {"source", "quarantine", quarantined.source, "--reason", quarantined.reason};
    if (quarantined.until) words.insert(words.end(), {"--until", time_text(*quarantined.until)});
    return ask(std::move(words));
  }
  Result<doc::Node> release_source(const model::SourceReleased& released) override {
    Words words = {"source", "release", released.source};
    if (!released.reason.empty()) words.insert(words.end(), {"--reason", released.reason});
    return ask(std::move(words));
  }
  Result<doc::Node> slo_revisions(const std::string& slo) override {
    return ask({"slo", "revisions", slo});
  }
  Result<doc::Node> decision_revisions(const std::string& decision) override {
    return ask({"explain", decision, "--revised"});
  }
  Result<doc::Node> dora(const render::DoraQuery& query) override {
    Words words = {"dora", "--year", std::to_string(query.year)};
    const auto add = [&words](const char* option, std::string value) {
      if (!value.empty()) words.insert(words.end(), {option, std::move(value)});
    };
    add("--service", query.service);
    add("--team", query.team);
    add("--env", query.environment);
    add("--zone", query.zone);
    if (query.since) add("--since", time_text(*query.since));
    if (query.by) add("--by", std::string(delivery::period_length_name(*query.by)));
    return ask(std::move(words));
  }
  Result<doc::Node> recommend(const render::RecommendQuery& query) override {
    return ask(
        {"slo", "recommend", query.service, "--figure", query.figure, "--env", query.environment});
  }
  Result<doc::Node> calendar_days(std::string_view environment, std::string_view zone) override {
    Words words = {"calendar", "days", "--env", std::string(environment)};
    if (!zone.empty()) words.insert(words.end(), {"--zone", std::string(zone)});
    return ask(std::move(words));
  }
  Result<doc::Node> alerts(std::string_view slo) override {
    return ask({"alert", "list", std::string(slo)});
  }
  Result<doc::Node> budget(std::string_view slo, std::string_view environment,
                           std::string_view track) override {
    Words words = {"slo", "budget", std::string(slo), "--env", std::string(environment)};
    if (!track.empty()) words.insert(words.end(), {"--track", std::string(track)});
    return ask(std::move(words));
  }
  Result<doc::Node> verify() override {
    const std::string file = directory_ / "export.jsonl";
    fs::remove(file);
    TOLLGATE_TRY(const doc::Node exported, ask({"ledger", "export", file}));
    return ask({"ledger", "verify", file});
  }
  Result<doc::Node> replay() override { return ask({"ledger", "replay"}); }

 protected:
  /// Runs one command line; `words` without the program's name.
  virtual Ended run(const Words& words) = 0;
  /// What names the world's ledger for a command: --server, or --data-dir and its policy folder.
  virtual Words place(const Words& words) const = 0;

  const fs::path directory_;
  ManualClock clock_;
  int hooks_ = 0;

 private:
  /// The JSON of a command. Verdicts are answers, whatever their exit code.
  Result<doc::Node> ask(Words words) {
    const Words where = place(words);
    words.insert(words.end(), where.begin(), where.end());
    words.insert(words.end(), {"-o", "json"});
    const Ended ended = run(words);
    const bool is_answer =
        ended.exit_code == 0 || (ended.exit_code >= 10 && ended.exit_code <= 12) ||
        (ended.exit_code == 30 && !ended.out.empty()) ||
        (ended.exit_code == 3 && (words.front() == "audit" || words.front() == "source"));
    if (!is_answer)
      return fail(codes::internal, "exit {}: {}{}", ended.exit_code, ended.out, ended.err);
    if (ended.out.empty()) return doc::Node::object();
    return doc::parse_json(ended.out);
  }
};

class ServerWorld : public CommandWorld {
 public:
  using CommandWorld::CommandWorld;
  ~ServerWorld() override { close(); }

  Result<void> open() {
    TOLLGATE_TRY(
        house_, wiring::House::open({.data_dir = directory_ / "data",
                                     .is_threaded = true,
                                     .ca_file = {},
                                     .clock = &clock_,
                                     .checkouts = {{"acme/checkout", directory_ / "repository"}}}));
    api_ = std::make_unique<api::Api>(api::Parts{.engine = house_->engine(),
                                                 .signals = house_.get(),
                                                 .intake = &house_->intake().service(),
                                                 .spans = &house_->intake().spans(),
                                                 .sources = &house_->sources(),
                                                 .audits = &house_->scheduled_audits()},
                                      api::ApiOptions{});
    net::ServerOptions options;
    options.port = 0;
    TOLLGATE_TRY(server_, net::Server::listen(
                              options, [this](net::Request& request, net::Responder responder) {
                                api_->handle(request, std::move(responder));
                              }));
    api_->set_server(server_.get());
    thread_ = std::thread([this] { server_->run(); });
    return {};
  }
  Result<void> restart() override {
    close();
    return open();
  }
  /// The server watches every second of the wall clock what is counted event by event. A round that
  /// is under way may be of before, and what the next one asks for is decided while the third
  /// waits.
  Result<bool> watch_alerts() override {
    const int64_t seen = house_->engine().alert_rounds().rounds;
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (house_->engine().alert_rounds().rounds < seen + 3) {
      if (std::chrono::steady_clock::now() > patience)
        return fail(codes::timed_out, "the alert watch makes no round");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
  }
  /// The server's timer, which goes by the wall clock, would do the same a second later.
  void set_time(Time now) override {
    CommandWorld::set_time(now);
    const Result<void> settled = house_->engine().settle_queues();
    if (!settled) fmt::print(stderr, "{}\n", settled.error().text());
  }

 protected:
  Ended run(const Words& words) override {
    Ended ended;
    cli::Terminal terminal = cli::process_terminal();
    terminal.out = [&ended](std::string_view text) { ended.out += text; };
    terminal.err = [&ended](std::string_view text) { ended.err += text; };
    terminal.variable = [](const std::string&) { return std::string(); };
    terminal.now = [this] { return clock_.now(); };
    ended.exit_code = cli::run(words, terminal);
    return ended;
  }
  Words place(const Words&) const override {
    return {"--server", fmt::format("http://127.0.0.1:{}", server_->port())};
  }

 private:
  void close() {
    if (!server_) return;
    api_->stop();
    server_->stop();
    thread_.join();
    // The API listens to the engine, so it goes first.
    server_.reset();
    api_.reset();
    house_.reset();
  }

  std::unique_ptr<wiring::House> house_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<net::Server> server_;
  std::thread thread_;
};

class BinaryWorld : public CommandWorld {
 public:
  BinaryWorld(std::string directory, std::string program)
      : CommandWorld(std::move(directory)), program_(std::move(program)) {}
  Result<void> restart() override { return {}; }  // every step is a process of its own
  Result<bool> watch_alerts() override { return false; }

 protected:
  Ended run(const Words& words) override {
    const std::string out = directory_ / "stdout";
    const std::string err = directory_ / "stderr";
    fflush(nullptr);  // or the child would write out what is buffered here
    const pid_t child = fork();
    if (child == 0) {
      if (freopen(out.c_str(), "w", stdout) == nullptr ||
          freopen(err.c_str(), "w", stderr) == nullptr)
        _exit(127);
      setenv("TOLLGATE_NOW", time_text(clock_.now()).c_str(), 1);
      std::vector<char*> arguments = {const_cast<char*>(program_.c_str())};
      for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
      arguments.push_back(nullptr);
      execv(program_.c_str(), arguments.data());
      _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return {.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128,
            .out = read_file(out),
            .err = read_file(err)};
  }
  Words place(const Words& words) const override {
    Words where = {"--data-dir", directory_ / "data"};
    const bool names_policy = std::find(words.begin(), words.end(), "--policy") != words.end();
    if (!names_policy) where.insert(where.end(), {"--policy", directory_ / "policy"});
    return where;
  }

 private:
  const std::string program_;
};

}  // namespace

Result<std::unique_ptr<World>> make_server_world(const std::string& directory) {
  auto world = std::make_unique<ServerWorld>(directory);
  TOLLGATE_CHECK(world->open());
  return world;
}

Result<std::unique_ptr<World>> make_binary_world(const std::string& directory,
                                                 const std::string& program) {
  return std::make_unique<BinaryWorld>(directory, program);
}

}  // namespace tollgate::journeys
