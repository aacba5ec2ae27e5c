// tollgate dora and audit pipelines, as a user meets them.
#include "cli_fixture.hpp"

namespace tollgate::cli {
namespace {

TEST_F(Cli, DoraReadsAnExportAndSaysWhatItCannotKnow) {
  const std::string a(40, 'a');
  const std::string b(40, 'b');
  const std::string c(40, 'c');
  write("commits.tsv",
        fmt::format("{0}\t\t2026-01-01T00:00:00Z\t2026-01-01T00:00:00Z\tBegin\n"
                    "{1}\t{0}\t2026-01-02T00:00:00Z\t2026-01-04T00:00:00Z\tAdd a cache (#2)\n"
                    "{2}\t{1}\t2026-01-09T00:00:00Z\t2026-01-09T00:00:00Z\t"
                    "Revert \"Add a cache (#2)\"\n",
                    a, b, c));
  write("tags.tsv", fmt::format("v1.0.0\t2026-01-02T00:00:00Z\t\t{}\n"
                                "v1.1.0\t2026-01-06T00:00:00Z\t{}\t{}\n"
                                "v1.1.1\t2026-01-10T00:00:00Z\t\t{}\n",
                                a, b, std::string(40, 'd'), c));
  const std::string dora = "dora --commits commits.tsv --tags tags.tsv --as-of 2026-03-01T00:00Z ";
  const doc::Node answer = run(dora + "-o json --by month").json();
  EXPECT_EQ(answer.integer_or("deployments", 0), 3);
  const doc::Node& lead = *answer.find("lead_time");
  EXPECT_EQ(lead.integer_or("n", 0), 2);
  EXPECT_EQ(lead.find("median_s")->as_number(), 1.5 * 86'400);
  EXPECT_EQ(lead.integer_or("no_predecessor", 0), 1);
  const doc::Node& failures = *answer.find("change_failure_rate");
  EXPECT_EQ(failures.integer_or("failed", 0), 1);
  EXPECT_EQ(failures.integer_or("of", 0), 3);
  const doc::Node& link = failures.find("links")->items().at(0);
  EXPECT_EQ(link.text_or("release"), "v1.1.0");
  EXPECT_EQ(link.text_or("fixed_in"), "v1.1.1");
  EXPECT_EQ(link.text_or("evidence"), "subject_named");
  EXPECT_EQ(answer.find("trend")->items().size(), 1u);
  EXPECT_TRUE(answer.find("benchmark")->find("lead_time")->find("cluster")->is_null());
  EXPECT_NE(run(dora + "-o table").out.find("look squashed"), std::string::npos);

  EXPECT_EQ(run(dora + "--path services").code, kExitUsage);
  EXPECT_EQ(run("dora --tags tags.tsv").code, kExitUsage);
  EXPECT_EQ(run("dora --git nowhere").code, kExitNotFound);
  EXPECT_EQ(run("dora --commits tags.tsv --tags tags.tsv").code, 3);
  const std::string folder = folder_.string();
  const std::string make = "cd " + folder + " && git init -q r && git -C r -c user.name=n -c " +
                           "user.email=e commit -q --allow-empty -m x && git -C r tag 1.0.0";
  ASSERT_EQ(std::system(make.c_str()), 0);
  EXPECT_EQ(run("dora --git r -o json").json().integer_or("deployments", 0), 1);
  EXPECT_FALSE(fs::exists(".tollgate")) << "looking leaves nothing behind";
  EXPECT_EQ(run("dora --git r --data-dir data -o json").code, 0);
  EXPECT_FALSE(fs::is_empty("data/git"));
}

TEST_F(Cli, DoraReadsDeploymentsFromCsvAndKnowsNoFailureWithoutIncidents) {
  write("quiet.csv",
        "service,environment,version,finished_at,committed_at\n"
        "a,production,1.0.0,2026-01-05T00:00:00Z,2026-01-01T00:00:00Z\n"
        "a,production,1.1.0,2026-01-12T00:00:00Z,2026-01-10T00:00:00Z;2026-01-11T00:00:00Z\n");
  const doc::Node quiet = run("dora --csv quiet.csv --as-of 2026-03-01T00:00Z -o json").json();
  const doc::Node& all = *quiet.find("all");
  EXPECT_EQ(all.integer_or("deployments", 0), 2);
  EXPECT_EQ(all.find("lead_time")->integer_or("n", 0), 2);
  EXPECT_EQ(all.find("lead_time")->integer_or("no_predecessor", 0), 1);
  EXPECT_EQ(all.find("lead_time")->find("median_s")->as_number(), 1.5 * 86'400);
  EXPECT_EQ(all.find("gap")->find("median_s")->as_number(), 7.0 * 86'400);
  EXPECT_EQ(all.find("change_failure_rate")->text_or("state"), "no_data");
  EXPECT_TRUE(all.find("change_failure_rate")->find("rate")->is_null());

  write("loud.csv",
        "service,environment,version,started_at,finished_at,kind,incident,incident_opened_at,"
        "incident_resolved_at\n"
        "a,production,1.0.0,2026-01-05T00:00:00Z,2026-01-05T00:10:00Z,planned,,,\n"
        "a,production,1.1.0,2026-01-12T00:00:00Z,2026-01-12T00:10:00Z,planned,I-7,"
        "2026-01-12T00:20:00Z,2026-01-12T02:00:00Z\n"
        "a,production,1.0.0,2026-01-12T00:40:00Z,2026-01-12T00:50:00Z,rollback,I-7,,\n");
  const doc::Node loud = run("dora --csv loud.csv --as-of 2026-03-01T00:00Z -o json").json();
  const doc::Node& failures = *loud.find("all")->find("change_failure_rate");
  EXPECT_EQ(failures.integer_or("failed", 0), 1) << loud.find("all")->text_or("x");
  EXPECT_EQ(failures.integer_or("of", 0), 2);
  EXPECT_EQ(failures.find("links")->items().at(0).text_or("evidence"), "rolled_back");
  const doc::Node& restore = *loud.find("all")->find("restore");
  EXPECT_EQ(restore.find("median_s")->as_number(), 40 * 60.0) << "the rollback was there first";
  EXPECT_EQ(restore.find("detect_median_s")->as_number(), 10 * 60.0);
  EXPECT_EQ(restore.find("decide_median_s")->as_number(), 20 * 60.0);
  EXPECT_EQ(restore.find("roll_back_median_s")->as_number(), 10 * 60.0);
  EXPECT_NE(run("dora --csv loud.csv -o table").out.find("rolled_back"), std::string::npos);

  write("bad.csv", "service,finish_at\n");
  const Outcome bad = run("dora --csv bad.csv");
  EXPECT_EQ(bad.code, 3);
  EXPECT_NE(bad.err.find("did you mean \"finished_at\""), std::string::npos) << bad.err;
  EXPECT_EQ(run("dora").code, kExitNotFound) << "no ledger yet";
}

TEST_F(Cli, DoraAnswersFromTheLedgerEvenWhenItKnowsNothing) {
  write_build_policy();
  ASSERT_EQ(run("apply").code, 0);
  const Outcome outcome = run("dora -o json");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(outcome.json().find("places")->items().empty());
  EXPECT_EQ(run("dora --service chekout").code, kExitNotFound);
  EXPECT_EQ(run("dora --team nobody").code, kExitUsage);
}

TEST_F(Cli, AuditFindsDeployStepsWithoutAGateAndAllowancesEnd) {
  write(".github/workflows/ship.yml",
        "on: push\njobs:\n  ship:\n    steps:\n      - run: kubectl apply -f k8s\n");
  const Outcome found = run("audit pipelines . -o json");
  EXPECT_EQ(found.code, kExitProblems) << found.err;
  EXPECT_EQ(found.json().integer_or("files", 0), 1);
  EXPECT_EQ(found.json().integer_or("deploy_steps", 0), 1);
  const doc::Node answer = found.json();
  const doc::Node& finding = answer.find("findings")->items().at(0);
  EXPECT_EQ(finding.text_or("file"), ".github/workflows/ship.yml");
  EXPECT_EQ(finding.integer_or("line", 0), 5);
  EXPECT_EQ(finding.text_or("code"), "TG0901");
  for (const char* format : {"table", "plain", "sarif", "junit", "codequality"}) {
    const Outcome shown = run(std::string("audit pipelines -o ") + format);
    EXPECT_EQ(shown.code, kExitProblems) << format;
    EXPECT_NE(shown.out.find("ship"), std::string::npos) << format << shown.out;
  }
  EXPECT_EQ(run("audit pipelines nowhere").code, kExitNotFound);
  EXPECT_EQ(run("audit pipelines . -o policy").code, kExitUsage);
  const Outcome baseline = run({"audit", "pipelines", ".", "-o", "policy", "--reason",
                                "before the gate", "--until", "2027-01-01T00:00Z"});
  EXPECT_EQ(baseline.code, 0) << baseline.err;
  write(".tollgate/baseline.yaml", baseline.out);
  EXPECT_EQ(run("audit pipelines . --as-of 2026-06-01T00:00Z").code, 0);
  const Outcome ended = run("audit pipelines . --as-of 2027-06-01T00:00Z -o json");
  EXPECT_EQ(ended.code, kExitProblems);
  EXPECT_EQ(ended.json().find("findings")->items().size(), 2u) << ended.out;
}

}  // namespace
}  // namespace tollgate::cli
