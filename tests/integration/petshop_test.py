# The shipped paging rules on PetShop, a shop on AWS with 52 injected issues: the tables in docs/ALERTS.md are what `tollgate
# alert backtest` finds when each issue follows two days of the same shop without issues.
# Usage: petshop_test.py TOLLGATE SHARED_DIR [--write]
import copy
import csv
import datetime
import json
import os
import subprocess
import sys
import tempfile

BEGIN, END = "<!-- petshop: begin -->\n", "<!-- petshop: end -->\n"
DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/ALERTS.md")
LEVELS = ("low", "high")
QUIET = ("quiet", 0)
ISSUES = [("train", number) for number in range(8)] + [("test", number) for number in range(18)]
STEP = 300  # seconds of a row, which is stamped with its start
SLOW_ABOVE = 0.5  # seconds: what nearly all requests stayed below while nothing was wrong
PAGED_ABOVE = 14.4  # times the allowed share in five minutes: below it no rule pages within half an hour
OBJECTIVES = (0.999, 0.995, 0.99)
SHOWN = {"availability": 0.999, "latency": 0.995}  # of these, the ones whose issues are listed one by one

SLO = """
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: %s}
spec:
  service: petsite
  indicator:
    metadata: {name: petsite-%s}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: cells, spec: {query: good}}}
        total: {metricSource: {type: cells, spec: {query: total}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Requests, target: %s}]
"""
SERVICE = """apiVersion: openslo/v1
kind: Service
metadata: {name: petsite}
spec: {description: The front of the shop.}
"""
ENVIRONMENT = """---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: %s}
spec: {production: true}
"""


class Row:
    """Five minutes of the shop's front."""

    def __init__(self, time, figures):
        self.time = time
        self.total = round(figures["requests/Sum"])
        self.failed = round(self.total * (100 - figures["availability/Average"]) / 100)
        # A percentile above the limit proves that so many were slower; what lies between two of them is not guessed.
        above = [share for name, share in (("p50", 50), ("p90", 10), ("p95", 5), ("p99", 1))
                 if figures["latency/" + name] > SLOW_ABOVE]
        self.slow = self.total * max(above, default=0) // 100

    def moved(self, seconds):
        other = copy.copy(self)
        other.time += seconds
        return other

    def bad(self, slo):
        return self.failed if slo == "availability" else self.slow


def rows_of(path):
    with open(path, encoding="utf-8") as file:
        lines = list(csv.reader(file))
    start = next(i for i, line in enumerate(lines) if line[0] == "unix_timestamp") + 1
    names = ["/".join(line[k] for line in lines[:3]) for k in range(len(lines[0]))]
    columns = {name[len("PetSite/"):]: k for k, name in enumerate(names) if name.startswith("PetSite/")}
    return [Row(int(float(line[0])), {name: float(line[k]) for name, k in columns.items()}) for line in lines[start:]]


def text_of(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Shop:
    """PetShop's past in a ledger of its own, an environment for each stretch of it."""

    def __init__(self, tollgate, folder, data):
        self.tollgate, self.folder, self.data = tollgate, folder, data
        self.normal = {level: rows_of("%s/%s_traffic/noissue/metrics.csv" % (data, level)) for level in LEVELS}
        environments = ["%s-%s-%d" % (level, *issue) for level in LEVELS for issue in [QUIET, *ISSUES]]
        for objective in OBJECTIVES:
            os.makedirs(self.policy(objective))
            with open(self.policy(objective) + "/policy.yaml", "w", encoding="utf-8") as file:
                file.write(SERVICE + "".join(SLO % (name, name, objective) for name in SHOWN) +
                           "".join(ENVIRONMENT % name for name in environments))

    def policy(self, objective):
        return "%s/policy-%s" % (self.folder, objective)

    def run(self, now, objective, *words):
        place = ["--data-dir", self.folder + "/data", "--policy", self.policy(objective), "-o", "json"]
        answer = subprocess.run([self.tollgate, *words, *place], check=True, capture_output=True, text=True,
                                env={**os.environ, "TOLLGATE_NOW": text_of(now)})
        return json.loads(answer.stdout)

    def pages(self, slo, environment, rows):
        """When pages over `rows` begin and end, in seconds, for each objective. A row counts at its end, when it is known."""
        with open(self.folder + "/rows.csv", "w", encoding="utf-8") as file:
            file.write("time,bad,total\n" + "".join(
                "%s,%d,%d\n" % (text_of(row.time + STEP - 1), row.bad(slo), row.total) for row in rows))
        begin, end = rows[0].time, rows[-1].time + STEP
        place = ["petsite/" + slo, "--env", environment]
        self.run(end, OBJECTIVES[0], "signal", "import", self.folder + "/rows.csv", "--format", "csv", "--slo", *place)
        found = {objective: self.run(end, objective, "alert", "backtest", *place, "--rules", "default",
                                     "--from", text_of(begin), "--to", text_of(end)) for objective in OBJECTIVES}
        return {objective: [(seconds_of(page["raised"]), seconds_of(page["cleared"]))
                            for page in answer["rules"][0]["list"]] for objective, answer in found.items()}

    def quiet(self, level, slo):
        """Pages while nothing was injected, and the share of bad requests."""
        rows = self.normal[level]
        share = sum(row.bad(slo) for row in rows) / sum(row.total for row in rows)
        pages = self.pages(slo, "%s-%s-%d" % (level, *QUIET), rows)
        return {objective: len(found) for objective, found in pages.items()}, share


class Issue:
    """An injected issue behind two days without any, which are moved in time to end where it begins."""

    def __init__(self, shop, level, kind, number):
        folder = "%s/%s_traffic/%s/issue_%d" % (shop.data, level, kind, number)
        with open(folder + "/target.json", encoding="utf-8") as file:
            labels = json.load(file)
        rows = rows_of(folder + "/metrics.csv")
        moved = rows[0].time - STEP - shop.normal[level][-1].time
        self.name, self.level = "%s/%s/%d" % (level, kind, number), level
        self.slo, self.cause = labels["target"]["metric"], labels["root_cause"]["node"].split("_")[0]
        self.worst = max(row.bad(self.slo) / row.total for row in rows)
        before = [row.moved(moved) for row in shop.normal[level]]
        self.delay = {}  # seconds from the label's time to the page, for each objective that finds it
        for objective, pages in shop.pages(self.slo, "%s-%s-%d" % (level, kind, number), before + rows).items():
            if any(begin < rows[0].time <= end for begin, end in pages):
                raise AssertionError("%s: a page was on before it began" % self.name)
            found = [begin for begin, _ in pages if begin >= rows[0].time]
            if found:
                self.delay[objective] = found[0] - labels["target"]["timestamp"]

    def line(self):
        objective = SHOWN[self.slo]
        burn = self.worst / (1 - objective)
        if objective not in self.delay and burn > PAGED_ABOVE:
            raise AssertionError("%s burns %.1fx and is not found; say why" % (self.name, burn))
        found = minutes(self.delay[objective]) if objective in self.delay else "no"
        return "| %s | %s | %s | %.1f %% | %.1fx | %s |\n" % (
            self.name, self.slo, self.cause, self.worst * 100, burn, found)


def minutes(seconds):
    return "%d min" % round(seconds / 60)


def summary(shop, issues):
    text = ("| SLO | objective | found, low traffic | found, high traffic | detection, median "
            "| pages in 49 h without issues, low and high | bad then |\n|---|---|---|---|---|---|---|\n")
    for slo in SHOWN:
        quiet = {level: shop.quiet(level, slo) for level in LEVELS}
        for objective in OBJECTIVES:
            of = {level: [issue for issue in issues if (issue.slo, issue.level) == (slo, level)] for level in LEVELS}
            delays = sorted(issue.delay[objective] for level in LEVELS for issue in of[level] if objective in issue.delay)
            found = ["%d of %d" % (sum(objective in issue.delay for issue in of[level]), len(of[level])) for level in LEVELS]
            text += "| %s | %.4g %% | %s | %s | %d and %d | %s |\n" % (
                slo, objective * 100, " | ".join(found), minutes(delays[len(delays) // 2]) if delays else "-",
                *(quiet[level][0][objective] for level in LEVELS),
                " and ".join("%.2f %%" % (quiet[level][1] * 100) for level in LEVELS))
    return text


def tables(shop):
    issues = [Issue(shop, level, *issue) for level in LEVELS for issue in ISSUES]
    text = "\n| issue | SLO | cause | worst 5 min | burn then | found after |\n|---|---|---|---|---|---|\n"
    return summary(shop, issues) + text + "".join(issue.line() for issue in issues)


def main():
    data = sys.argv[2] + "/data/microservices/petshop"
    if not os.path.isdir(data):
        print("skipped: no shared data")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        made = tables(Shop(os.path.abspath(sys.argv[1]), folder, data))
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    if "--write" in sys.argv:
        with open(DOCUMENT, "w", encoding="utf-8") as file:
            file.write(before + BEGIN + made + END + after)
    elif old != made:
        print("docs/ALERTS.md says something else (rewrite it with --write):\n" + made)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
