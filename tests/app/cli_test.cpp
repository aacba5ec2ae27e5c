// The command line as a user meets it: commands run in process with captured streams and a folder
// of their own.
#include "app/cli/command.hpp"
#include "app/cli/completion.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/files.hpp"
#include "app/cli/run.hpp"
#include "cli_fixture.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace tollgate::cli {
namespace {

TEST_F(Cli, ExitCodesAreFrozen) {
  std::vector<int> codes;
  for (const ExitCode& row : exit_codes()) codes.push_back(row.code);
  EXPECT_EQ(codes, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 20, 30, 124}));
  EXPECT_EQ(verdict_exit_code("allow"), 0);
  EXPECT_EQ(verdict_exit_code("deny"), 10);
  EXPECT_EQ(verdict_exit_code("hold"), 11);
  EXPECT_EQ(verdict_exit_code("inconclusive"), 12);
}

TEST_F(Cli, EveryCommandHasHelpAndCompleteTableRows) {
  std::string previous;
  for (const CommandDef* command : all_commands()) {
    EXPECT_LT(previous, command->name) << "sorted by name";
    previous = command->name;
    EXPECT_NE(command->run, nullptr) << command->name;
    EXPECT_FALSE(command->summary.empty()) << command->name;
    const Outcome help = run(std::string(command->name) + " --help");
    EXPECT_EQ(help.code, 0) << command->name;
    EXPECT_NE(help.out.find(fmt::format("Usage: tollgate {}", command->name)), std::string::npos);
    std::set<std::string_view> names;
    for (const OptionDef* option : options_of(*command)) {
      EXPECT_TRUE(names.insert(option->name).second) << command->name << " --" << option->name;
      EXPECT_FALSE(option->doc.empty()) << command->name << " --" << option->name;
    }
    for (std::string_view line : split(help.out, '\n')) EXPECT_LT(line.size(), 160u) << line;
  }
}

TEST_F(Cli, TheFirstScreenShowsEverydayCommands) {
  const Outcome bare = run("");
  EXPECT_EQ(bare.code, 0);
  for (const char* name :
       {"gate", "record", "status", "explain", "init", "check", "plan", "apply"}) {
    EXPECT_NE(bare.out.find(fmt::format("\n  {} ", name)), std::string::npos) << name;
  }
  EXPECT_EQ(run("ledger").code, kExitUsage);
  EXPECT_NE(run("ledger --help").out.find("ledger verify"), std::string::npos);
  EXPECT_NE(run("help all").out.find("Exit codes"), std::string::npos);
}

TEST_F(Cli, MistakesAreAnsweredWithTheNearestName) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"gaet", "did you mean \"gate\"?"},
      {"ledger verfiy", "did you mean \"verify\"?"},
      {"gate --servise x", "did you mean --service?"},
      {"gate --service x", "gate needs --env NAME and --version VERSION"},
      {"gate --service", "--service needs a value"},
      {"version -o jsn", "did you mean \"json\"?"},
      {"version extra", "takes no argument"},
      {"explain TG9999", "nothing called \"TG9999\""},
      {"gate --service a --env b --version c --as-of yesterday", "--as-of:"}};
  for (const auto& [line, expected] : cases) {
    const Outcome outcome = run(line);
    EXPECT_EQ(outcome.code, kExitUsage) << line;
    EXPECT_NE(outcome.err.find(expected), std::string::npos) << line << "\n" << outcome.err;
    EXPECT_TRUE(outcome.out.empty()) << outcome.out;
  }
}

TEST_F(Cli, ErrorsInJsonModeAreJsonOnStandardError) {
  const Outcome outcome = run("ledger verify missing.jsonl -o json");
  EXPECT_NE(outcome.code, 0);
  EXPECT_TRUE(outcome.out.empty());
  const Result<doc::Node> problem = doc::parse_json(outcome.err);
  ASSERT_TRUE(problem.has_value()) << outcome.err;
  EXPECT_FALSE(problem->text_or("code").empty());
  EXPECT_FALSE(problem->text_or("help").empty());
}

TEST_F(Cli, CompletionOffersCommandsOptionsAndChoices) {
  EXPECT_EQ(complete({"led"}), std::vector<std::string>{"ledger"});
  EXPECT_EQ(complete({"ledger", "ver"}), std::vector<std::string>{"verify"});
  EXPECT_EQ(complete({"gate", "--change-class", "rel"}), std::vector<std::string>{"reliability"});
  EXPECT_EQ(complete({"gate", "--advis"}), std::vector<std::string>{"--advisory"});
  EXPECT_EQ(complete({"completion", "z"}), std::vector<std::string>{"zsh"});
  write_build_policy();
  EXPECT_EQ(run({"__complete", "--", "gate", "--service", ""}).out, "checkout\n");
}

TEST_F(Cli, EverythingCanBeExplained) {
  for (const char* what : {"TG0213", "bad_value", "checks", "kinds", "formats", "codes",
                           "coverage@1", "tests", "SLO", "releasepolicy", "lcov"}) {
    const Outcome words = run(fmt::format("explain {}", what));
    EXPECT_EQ(words.code, 0) << what << words.err;
    EXPECT_GT(words.out.size(), 40u) << what;
    run(fmt::format("explain {} -o json", what)).json();
  }
}

TEST_F(Cli, SettingsComeFromVariablesAndFilesInOrder) {
  write(".tollgate.yaml", "data-dir: from-file\ncolor: never\n");
  const auto origin = [this](std::string_view setting) {
    const doc::Node settings = run("version --config -o json").json();
    for (const doc::Node& row : settings.items()) {
      if (row.text_or("setting") == setting)
        return fmt::format("{} {}", row.text_or("value"), row.text_or("origin"));
    }
    return std::string();
  };
  EXPECT_EQ(origin("data-dir"), "from-file .tollgate.yaml:1");
  variables_["TOLLGATE_DATA_DIR"] = "from-variable";
  EXPECT_EQ(origin("data-dir"), "from-variable TOLLGATE_DATA_DIR");
  EXPECT_EQ(origin("policy"), ".tollgate default");
  write(".tollgate.yaml", "data-dri: x\n");
  const Outcome wrong = run("version");
  EXPECT_NE(wrong.code, 0);
  EXPECT_NE(wrong.err.find(".tollgate.yaml:1:1"), std::string::npos) << wrong.err;
  EXPECT_NE(wrong.err.find("did you mean \"data-dir\"?"), std::string::npos) << wrong.err;
}

TEST_F(Cli, InitWritesAGoodStarterAndNeverOverwrites) {
  write(".github/keep", "");
  const Outcome first = run("init -o json");
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_GT(first.json().find("written")->items().size(), 4u);
  EXPECT_TRUE(file_exists(".github/workflows/tollgate.yaml"));
  const Outcome check = run("check .tollgate -o json");
  EXPECT_EQ(check.code, 0) << check.out;
  write(".tollgate/40-checkout.yaml", "# mine\n");
  const Outcome second = run("init -o json");
  EXPECT_TRUE(second.json().find("written")->items().empty());
  EXPECT_EQ(read(".tollgate/40-checkout.yaml"), "# mine\n");
}

TEST_F(Cli, CheckNamesFileLineAndColumnInEveryFormat) {
  write("bad.yaml",
        "apiVersion: tollgate/v1\nkind: Tier\nmetadata:\n  name: Gold!\nspec:\n  descripton: x\n");
  const Outcome json = run("check bad.yaml -o json");
  EXPECT_EQ(json.code, kExitProblems);
  const doc::Node answer = json.json();
  ASSERT_FALSE(answer.find("findings")->items().empty());
  const doc::Node& finding = answer.find("findings")->items().front();
  EXPECT_EQ(finding.text_or("file"), "bad.yaml");
  EXPECT_GT(finding.integer_or("line", 0), 0);
  EXPECT_NE(run("check bad.yaml").out.find("bad.yaml:"), std::string::npos);
  EXPECT_NE(run("check bad.yaml -o sarif").out.find("\"2.1.0\""), std::string::npos);
  EXPECT_NE(run("check bad.yaml -o junit").out.find("<failure"), std::string::npos);
  EXPECT_NE(run("check bad.yaml -o codequality").out.find("fingerprint"), std::string::npos);
  variables_["GITHUB_ACTIONS"] = "true";
  EXPECT_NE(run("check bad.yaml").err.find("::error file=bad.yaml,line="), std::string::npos);
}

TEST_F(Cli, RecordDryRunGivesTheSummaryAndNeedsNothingElse) {
  write("lcov.info", kLcov);
  const doc::Node report = run("record lcov.info --dry-run -o json").json();
  EXPECT_EQ(report.text_or("kind"), "coverage");
  EXPECT_EQ(report.text_or("format"), "lcov");
  EXPECT_EQ(report.find("lines")->integer_or("covered", 0), 4);
  EXPECT_EQ(report.find("lines")->integer_or("valid", 0), 5);
  EXPECT_FALSE(fs::exists(".tollgate"));
  EXPECT_EQ(run("record lcov.info").code, kExitUsage);
  EXPECT_EQ(run("record missing.info --dry-run").code, kExitNotFound);
  input_ = junit(0);
  EXPECT_EQ(run("record - --dry-run -o json").json().integer_or("passed", 0), 2);
}

TEST_F(Cli, SignalImportCountsAnAccessLogOnce) {
  write("access.log",
        "1.2.3.4 - - [10/Oct/2025:13:55:36 +0000] \"GET / HTTP/1.1\" 200 10\n"
        "1.2.3.4 - - [10/Oct/2025:13:55:37 +0000] \"GET / HTTP/1.1\" 503 10\nnonsense\n");
  const doc::Node answer =
      run("signal import access.log --slo checkout/availability --format common --dry-run -o json")
          .json();
  EXPECT_EQ(answer.integer_or("lines", 0), 3);
  EXPECT_EQ(answer.integer_or("accepted", 0), 2);
  EXPECT_EQ(answer.integer_or("rejected", 0), 1);
  EXPECT_EQ(answer.integer_or("bad", 0), 1);
  EXPECT_EQ(answer.integer_or("total", 0), 2);
  EXPECT_EQ(answer.text_or("first"), "2025-10-10T13:55:36.000Z");

  ASSERT_EQ(run("init").code, 0);
  const std::string import =
      "signal import access.log --slo checkout/availability --format common -o json";
  EXPECT_FALSE(run(import).json().boolean_or("duplicate", true));
  EXPECT_TRUE(run(import).json().boolean_or("duplicate", false));
  const doc::Node budget =
      run("slo budget checkout/availability --as-of 2025-10-11T00:00:00Z -o json").json();
  EXPECT_EQ(budget.integer_or("total", 0), 2) << "the same file counts once";
  EXPECT_EQ(budget.integer_or("bad", 0), 1);
  EXPECT_EQ(budget.find("interval")->items().size(), 2u);
  const doc::Node burn =
      run("slo burn checkout/availability --as-of 2025-10-10T14:00:00Z -o json").json();
  EXPECT_FALSE(burn.find("windows")->items().empty());
  EXPECT_FALSE(burn.find("alert")->text_or("state").empty());
}

TEST_F(Cli, AlertRulesAreTriedOnThePast) {
  ASSERT_EQ(run("init").code, 0);
  std::string csv = "timestamp,good,bad\n";
  std::string points = "timestamp,value\n";
  const Time from = parse_time("2026-03-01T00:00:00Z").value();
  for (Time at = from; at < from + days(2); at = at + minutes(5)) {
    const bool is_broken = at >= from + hours(30) && at < from + hours(32);
    csv += fmt::format("{},{},{}\n", time_text(at), is_broken ? 400 : 500, is_broken ? 100 : 0);
    points += fmt::format("{},{}\n", time_text(at), is_broken ? 9 : 1);
  }
  write("traffic.csv", csv);
  write("points.csv", points);
  write("incidents.csv", "from,to\n2026-03-02T06:00Z,2026-03-02T08:00Z\n");
  ASSERT_EQ(run("signal import traffic.csv --slo checkout/availability --format csv").code, 0);
  const std::string past =
      " checkout/availability --from 2026-03-01T00:00Z --to 2026-03-03T00:00Z -o json";
  const doc::Node tried =
      run("alert backtest --rules default --incidents incidents.csv" + past).json();
  EXPECT_EQ(tried.integer_or("bad", 0), 2400);
  const doc::Node& row = tried.find("rules")->items().at(0);
  EXPECT_EQ(row.integer_or("alerts", 0), 1);
  EXPECT_EQ(row.integer_or("detected", 0), 1);
  EXPECT_EQ(row.integer_or("false_alerts", -1), 0);
  EXPECT_LE(row.integer_or("detection_s", 9999), 600);

  const doc::Node tuned = run("alert tune --svg noise.svg --incidents incidents.csv" + past).json();
  EXPECT_EQ(tuned.text_or("detection_of"), "incidents");
  EXPECT_TRUE(tuned.find("candidates")->items().at(0).boolean_or("efficient", false));
  EXPECT_TRUE(read("noise.svg").starts_with("<svg "));
  const Outcome words =
      run("alert tune -o table --csv points.csv --bad-above 5 --objective 99% --incidents "
          "incidents.csv");
  EXPECT_EQ(words.code, 0) << words.err;
  EXPECT_NE(words.out.find("no other rule is both quieter and faster"), std::string::npos);

  const Outcome file =
      run("alert backtest --csv points.csv --bad-above 5 --objective 99% --incidents "
          "incidents.csv -o plain");
  EXPECT_NE(file.out.find("points.csv\tdefault\tpage\t1\t"), std::string::npos) << file.out;
  EXPECT_EQ(run("alert backtest").code, 2);

  // Without labels no alert is true or false.
  const std::string table = past.substr(0, past.find(" -o json")) + " -o table";
  const doc::Node unlabelled = run("alert backtest --rules default" + past).json();
  EXPECT_FALSE(unlabelled.boolean_or("labelled", true));
  EXPECT_TRUE(unlabelled.find("environment")->is_null());
  const doc::Node& bare = unlabelled.find("rules")->items().at(0);
  EXPECT_EQ(bare.integer_or("alerts", 0), 1);
  EXPECT_TRUE(bare.find("false_alerts")->is_null());
  EXPECT_TRUE(bare.find("precision")->is_null());
  const Outcome shown = run("alert backtest --rules default" + table);
  EXPECT_NE(shown.out.find("in all environments together"), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("nobody has said"), std::string::npos) << shown.out;
  EXPECT_EQ(shown.out.find("0 %"), std::string::npos) << shown.out;
  const Outcome named = run("alert backtest --rules default --env production" + table);
  EXPECT_NE(named.out.find("checkout/availability in production: "), std::string::npos)
      << named.out;
  EXPECT_NE(run("alert backtest --csv points.csv --column nothing").code, 0);
}

TEST_F(Cli, SloRulesSayWhatIsWrongAndWriteWhatIsRight) {
  const std::string slo =
      "version: prometheus/v1\nservice: shop\nslos:\n  - name: sales\n    objective: 99\n"
      "    sli: {raw: {error_ratio_query: 'bad_ratio[{{.window}}]'}}\n"
      "    alerting: {name: Shop, pageAlert: {disable: true}}\n";
  write("slo.yaml", slo);
  const Outcome made = run("slo rules --style sloth --label team=a slo.yaml");
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_NE(made.out.find("record: slo:sli_error:ratio_rate30d"), std::string::npos);
  EXPECT_NE(made.out.find("team: a"), std::string::npos);
  EXPECT_NE(made.err.find("page_alert"), std::string::npos) << "the other spelling is told";
  write("slo.yaml", slo + "  - name: sales\n    objective: 101\n");
  const Outcome wrong = run("slo rules slo.yaml");
  EXPECT_EQ(wrong.code, 3);
  EXPECT_TRUE(wrong.out.empty());
  EXPECT_NE(wrong.err.find("slo.yaml:9:16"), std::string::npos) << wrong.err;
}

TEST_F(Cli, TheWholeWayFromDenyToAllowToAnOfflineAudit) {
  write_build_policy();
  write("junit.xml", junit(1));
  write("lcov.info", kLcov);
  EXPECT_EQ(run(std::string(kGate)).code, kExitInconclusive) << "no evidence is never an allow";
  ASSERT_EQ(run("record junit.xml lcov.info --service checkout --commit abc").code, 0);

  const Outcome denied = run(std::string(kGate) + "-o json");
  ASSERT_EQ(denied.code, kExitDeny) << denied.out << denied.err;
  const doc::Node verdict = denied.json();
  EXPECT_EQ(verdict.text_or("verdict"), "deny");
  EXPECT_FALSE(verdict.find("would_change")->items().empty());
  EXPECT_GT(verdict.find("ledger")->integer_or("position", -1), 0);
  for (const doc::Node& check : verdict.find("checks")->items()) {
    for (const char* key : {"check", "state", "observed", "needed", "source", "age_s", "message"}) {
      EXPECT_NE(check.find(key), nullptr) << key;
    }
  }

  write("junit.xml", junit(0));
  ASSERT_EQ(run("record junit.xml --service checkout --commit abc").code, 0);
  const Outcome allowed = run(std::string(kGate));
  EXPECT_EQ(allowed.code, kExitDone) << allowed.out << allowed.err;
  EXPECT_NE(allowed.out.find("ALLOW"), std::string::npos) << allowed.out;
  const Outcome named = run(std::string(kGate) + "-o name --idempotency-key n");
  EXPECT_EQ(run("explain " + named.out.substr(0, named.out.find('\n'))).code, 0) << named.out;

  const Outcome explained = run(fmt::format("explain {} --tree", verdict.text_or("decision")));
  EXPECT_EQ(explained.code, 0) << explained.err;
  EXPECT_NE(explained.out.find("DENY"), std::string::npos);

  ASSERT_EQ(run("ledger export audit.jsonl").code, 0);
  EXPECT_TRUE(run("ledger verify audit.jsonl -o json").json().boolean_or("ok", false));
  const doc::Node replay = run("ledger replay audit.jsonl -o json").json();
  EXPECT_EQ(replay.integer_or("verdicts", 0), 4);
  EXPECT_EQ(replay.integer_or("identical", 0), 4);
  EXPECT_EQ(run("ledger prove 1 audit.jsonl -o json").json().integer_or("position", -1), 1);
  EXPECT_EQ(run("ledger prove 99 audit.jsonl").code, kExitNotFound);

  std::string bytes = read("audit.jsonl");
  bytes[bytes.size() / 2] ^= 1;
  write("audit.jsonl", bytes);
  const Outcome broken = run("ledger verify audit.jsonl -o json");
  EXPECT_EQ(broken.code, kExitNotVerified);
  EXPECT_FALSE(broken.json().boolean_or("ok", true));
}

TEST_F(Cli, OneKeyGetsOneAnswer) {
  write_build_policy();
  const doc::Node first = run(std::string(kGate) + "--idempotency-key k1 -o json").json();
  const doc::Node again = run(std::string(kGate) + "--idempotency-key k1 -o json").json();
  EXPECT_EQ(first.text_or("decision"), again.text_or("decision"));
  EXPECT_TRUE(again.boolean_or("repeat", false));
  const Outcome other =
      run("gate --service checkout --env production --version 9 --idempotency-key k1");
  EXPECT_EQ(other.code, kExitConflict) << other.err;
}

TEST_F(Cli, AnAsOfQuestionIsNotRecorded) {
  write_build_policy();
  ASSERT_EQ(run("apply").code, 0);
  const int64_t before = run("ledger head -o json").json().integer_or("size", -1);
  const doc::Node what_if = run(std::string(kGate) + "--as-of 2026-01-01T00:00:00Z -o json").json();
  EXPECT_TRUE(what_if.find("decision")->is_null());
  EXPECT_TRUE(what_if.find("ledger")->find("position")->is_null());
  EXPECT_EQ(run("ledger head -o json").json().integer_or("size", -2), before);
}

TEST_F(Cli, AdvisoryAndSimpleExitCodesChangeTheCodeOnly) {
  write_build_policy();
  EXPECT_EQ(run(std::string(kGate)).code, kExitInconclusive);
  EXPECT_EQ(run(std::string(kGate) + "--advisory").code, kExitDone);
  EXPECT_EQ(run(std::string(kGate) + "--exit-code simple").code, kExitInternal);
  EXPECT_EQ(run("gate --service nobody --env production --version 1 --advisory").code,
            kExitNotFound)
      << "errors stay errors";
}

TEST_F(Cli, WaitingAsksAgainUntilTheTimeIsUp) {
  write_build_policy();
  const Outcome outcome = run(std::string(kGate) + "--wait --timeout 2s --interval 1s");
  EXPECT_EQ(outcome.code, kExitInconclusive);
  EXPECT_GE(sleeps_, 1);
}

TEST_F(Cli, PlanShowsChangesAndFlippedVerdicts) {
  write_build_policy("50%");
  write("junit.xml", junit(0));
  write("lcov.info", kLcov);
  ASSERT_EQ(run("apply -o json").json().boolean_or("recorded", false), true);
  ASSERT_EQ(run("record junit.xml lcov.info --service checkout --commit abc").code, 0);
  ASSERT_EQ(run(std::string(kGate)).code, kExitDone);
  write_build_policy("90%");
  const doc::Node plan = run("plan -o json").json();
  EXPECT_EQ(plan.integer_or("flipped", -1), 1);
  EXPECT_EQ(plan.find("changes")->items().size(), 1u);
  const std::string words = run("plan").out;
  EXPECT_NE(words.find("~ ReleasePolicy/build"), std::string::npos) << words;
  EXPECT_NE(words.find("1 of 1 recorded verdict"), std::string::npos) << words;
  EXPECT_EQ(run("apply --if-digest sha256:" + std::string(64, '0')).code, kExitConflict);
}

TEST_F(Cli, GetShowsResourcesInEveryForm) {
  write_build_policy();
  ASSERT_EQ(run("apply").code, 0);
  EXPECT_EQ(run("get services -o name").out, "checkout\n");
  EXPECT_EQ(run("get service checkout -o json").json().text_or("kind"), "Service");
  EXPECT_EQ(run("get service chekout").code, kExitNotFound);
  EXPECT_EQ(run("get slo -o json").json().find("resources")->items().size(), 0u);
  EXPECT_NE(run("get").out.find("ReleasePolicy\tbuild"), std::string::npos);
}

TEST_F(Cli, EachCiIsToldInItsOwnWay) {
  write_build_policy();
  const std::string gate = std::string(kGate) + "--ci auto";
  variables_ = {{"GITHUB_ACTIONS", "true"},
                {"GITHUB_OUTPUT", "out.txt"},
                {"GITHUB_STEP_SUMMARY", "summary.md"}};
  const Outcome github = run(gate);
  EXPECT_EQ(github.code, kExitInconclusive);
  EXPECT_NE(read("out.txt").find("verdict=inconclusive\ndecision=0"), std::string::npos)
      << read("out.txt");
  EXPECT_NE(read("summary.md").find("INCONCLUSIVE"), std::string::npos);
  EXPECT_NE(github.err.find("::error title=Tollgate inconclusive::"), std::string::npos)
      << github.err;

  variables_ = {{"GITLAB_CI", "true"}};
  run(gate);
  EXPECT_NE(read("tollgate.env").find("TOLLGATE_VERDICT=inconclusive"), std::string::npos);
  EXPECT_NE(
      read("tollgate-junit.xml").find("<testsuite name=\"tollgate gate checkout production\""),
      std::string::npos);
  EXPECT_TRUE(doc::parse_json(read("tollgate-codequality.json")).has_value());

  fs::remove("tollgate-junit.xml");
  variables_ = {{"JENKINS_URL", "https://ci"}};
  run(gate);
  EXPECT_TRUE(file_exists("tollgate-junit.xml"));
}

TEST_F(Cli, WithoutAServerThereIsNoVerdict) {
  const std::string gate = std::string(kGate) + "--server http://127.0.0.1:1 ";
  EXPECT_EQ(run(gate).code, kExitUnreachable);
  const Outcome open = run(gate + "--if-unreachable allow");
  EXPECT_EQ(open.code, kExitDone);
  EXPECT_NE(open.err.find("No verdict was made"), std::string::npos) << open.err;
}

TEST_F(Cli, WithoutAPolicyGateSaysHowToGetOne) {
  const Outcome outcome = run(std::string(kGate));
  EXPECT_EQ(outcome.code, kExitProblems);
  EXPECT_NE(outcome.err.find("tollgate init"), std::string::npos) << outcome.err;
  EXPECT_FALSE(fs::exists(".tollgate")) << "a question leaves nothing behind";
}

TEST_F(Cli, ReadingCommandsDoNotBeginALedger) {
  for (const char* line : {"status", "get", "ledger head", "ledger verify", "ledger replay",
                           "explain 01M82XG1F800000002E08PMZG1"}) {
    const Outcome outcome = run(line);
    EXPECT_EQ(outcome.code, kExitNotFound) << line << outcome.err;
    EXPECT_NE(outcome.err.find("--data-dir"), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(".tollgate")) << line;
  }
}

TEST_F(Cli, ATokenCanBeMadeBeforeTheServerFirstRuns) {
  EXPECT_NE(run("access token create --data-dir new --subject ci --role nobody").code, 0);
  EXPECT_FALSE(fs::exists("new")) << "a request that is refused leaves nothing behind";
  const Outcome made = run("access token create --data-dir new --subject ci --role ci -o json");
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_NE(made.err.find("new is a new data directory"), std::string::npos) << made.err;
  EXPECT_EQ(fs::status("new").permissions() & fs::perms::mask, fs::perms::owner_all);
  const Outcome again = run("access token create --data-dir new --subject ci --role ci");
  EXPECT_EQ(again.code, 0);
  EXPECT_EQ(again.err.find("new data directory"), std::string::npos) << again.err;
}

TEST_F(Cli, TokensAreMadeListedAndRevoked) {
  fs::create_directories("data");
  const Outcome made =
      run("access token create --data-dir data --subject ci@checkout --role ci -o json");
  ASSERT_EQ(made.code, 0) << made.err;
  const std::string id(made.json().text_or("id"));
  EXPECT_TRUE(made.json().text_or("token").starts_with("tgt_" + id));
  EXPECT_EQ(run("access token list --data-dir data -o name").out, id + "\n");
  EXPECT_EQ(run("access token revoke --data-dir data " + id).code, 0);
  EXPECT_TRUE(run("access token list --data-dir data -o json").json().items().empty());
}

}  // namespace
}  // namespace tollgate::cli
