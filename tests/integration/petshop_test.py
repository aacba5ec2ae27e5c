# The shipped paging rules on PetShop, a shop on AWS with 52 injected issues: the tables in docs/ALERTS.md are what `tollgate
# alert backtest` finds when each issue follows two days of the same shop without issues.
# Usage: petshop_test.py TOLLGATE SHARED_DIR [--write]
import copy
import csv
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
import threading

import document_table

LEVELS = ("low", "high")
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


class Server:
    """A server of an empty data folder, to which all is over that PetShop recorded."""

    def __init__(self, tollgate, folder, now):
        self.tollgate = tollgate
        self.process = subprocess.Popen([tollgate, "serve", "--listen", "127.0.0.1:0", "--data-dir", folder + "/data"],
                                        env={**os.environ, "TOLLGATE_NOW": text_of(now)},
                                        stderr=subprocess.PIPE, text=True)
        lines = (re.search(r"listening: (http://\S+?)/?$", line.strip()) for line in self.process.stderr)
        self.url = next(found for found in lines if found).group(1)
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def run(self, *words):
        answer = subprocess.run([self.tollgate, *words, "--server", self.url, "-o", "json"],
                                check=True, capture_output=True, text=True)
        return json.loads(answer.stdout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Stretch:
    """Rows of the shop that are counted in an environment of their own, and for each objective when pages over them begin
    and end, in seconds."""

    def __init__(self, environment, slo, rows):
        self.environment, self.slo, self.rows = environment, slo, rows
        self.begin, self.end = rows[0].time, rows[-1].time + STEP
        self.pages = {}


class Shop:
    """PetShop's past, stretch by stretch."""

    def __init__(self, folder, data):
        self.folder, self.data = folder, data
        self.normal = {level: rows_of("%s/%s_traffic/noissue/metrics.csv" % (data, level)) for level in LEVELS}
        self.stretches = []

    def add(self, environment, slo, rows):
        self.stretches.append(Stretch(environment, slo, rows))
        return self.stretches[-1]

    def find_pages(self, tollgate):
        """A server for all of them: what takes longest is to start a process and to read a ledger again and again."""
        with Server(tollgate, self.folder, max(stretch.end for stretch in self.stretches)) as server:
            for objective in OBJECTIVES:
                server.run("apply", "--policy", self.policy(objective))
                for stretch in self.stretches:
                    self.find_pages_of(stretch, objective, server)

    def find_pages_of(self, stretch, objective, server):
        place = ["petsite/" + stretch.slo, "--env", stretch.environment]
        if objective == OBJECTIVES[0]:
            server.run("signal", "import", self.rows_file(stretch), "--format", "csv", "--slo", *place)
        answer = server.run("alert", "backtest", *place, "--rules", "default",
                            "--from", text_of(stretch.begin), "--to", text_of(stretch.end))
        stretch.pages[objective] = [(seconds_of(page["raised"]), seconds_of(page["cleared"]))
                                    for page in answer["rules"][0]["list"]]

    def policy(self, objective):
        folder = "%s/policy-%s" % (self.folder, objective)
        os.makedirs(folder)
        environments = sorted({stretch.environment for stretch in self.stretches})
        with open(folder + "/policy.yaml", "w", encoding="utf-8") as file:
            file.write(SERVICE + "".join(SLO % (name, name, objective) for name in SHOWN) +
                       "".join(ENVIRONMENT % name for name in environments))
        return folder

    def rows_file(self, stretch):
        """A row counts at its end, when it is known."""
        path = self.folder + "/rows.csv"
        with open(path, "w", encoding="utf-8") as file:
            file.write("time,bad,total\n" + "".join(
                "%s,%d,%d\n" % (text_of(row.time + STEP - 1), row.bad(stretch.slo), row.total) for row in stretch.rows))
        return path


class Quiet:
    """Two days of the shop in which nothing was injected."""

    def __init__(self, shop, level, slo):
        rows = shop.normal[level]
        self.share = sum(row.bad(slo) for row in rows) / sum(row.total for row in rows)
        self.stretch = shop.add(level, slo, rows)

    def pages(self, objective):
        return len(self.stretch.pages[objective])


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
        self.begin, self.labelled = rows[0].time, labels["target"]["timestamp"]
        self.stretch = shop.add("%s-%s-%d" % (level, kind, number), self.slo, before + rows)

    def delay(self, objective):
        """Seconds from the label's time to the page; None if there is none."""
        pages = self.stretch.pages[objective]
        if any(begin < self.begin <= end for begin, end in pages):
            raise AssertionError("%s: a page was on before it began" % self.name)
        found = [begin for begin, _ in pages if begin >= self.begin]
        return found[0] - self.labelled if found else None

    def line(self):
        objective = SHOWN[self.slo]
        burn = self.worst / (1 - objective)
        delay = self.delay(objective)
        if delay is None and burn > PAGED_ABOVE:
            raise AssertionError("%s burns %.1fx and is not found; say why" % (self.name, burn))
        found = "no" if delay is None else minutes(delay)
        return "| %s | %s | %s | %.1f %% | %.1fx | %s |\n" % (
            self.name, self.slo, self.cause, self.worst * 100, burn, found)


def minutes(seconds):
    return "%d min" % round(seconds / 60)


def summary(issues, quiet):
    text = ("| SLO | objective | found, low traffic | found, high traffic | detection, median "
            "| pages in 49 h without issues, low and high | bad then |\n|---|---|---|---|---|---|---|\n")
    for slo in SHOWN:
        for objective in OBJECTIVES:
            delays = {level: [issue.delay(objective) for issue in issues if (issue.slo, issue.level) == (slo, level)]
                      for level in LEVELS}
            found = {level: [delay for delay in delays[level] if delay is not None] for level in LEVELS}
            every = sorted(found["low"] + found["high"])
            text += "| %s | %.4g %% | %s | %s | %s | %s |\n" % (
                slo, objective * 100, " | ".join("%d of %d" % (len(found[level]), len(delays[level])) for level in LEVELS),
                minutes(every[len(every) // 2]) if every else "-",
                " and ".join("%d" % quiet[slo][level].pages(objective) for level in LEVELS),
                " and ".join("%.2f %%" % (quiet[slo][level].share * 100) for level in LEVELS))
    return text


def tables(tollgate, folder, data):
    shop = Shop(folder, data)
    issues = [Issue(shop, level, *issue) for level in LEVELS for issue in ISSUES]
    quiet = {slo: {level: Quiet(shop, level, slo) for level in LEVELS} for slo in SHOWN}
    shop.find_pages(tollgate)
    text = "\n| issue | SLO | cause | worst 5 min | burn then | found after |\n|---|---|---|---|---|---|\n"
    return summary(issues, quiet) + text + "".join(issue.line() for issue in issues)


def main():
    data = sys.argv[2] + "/data/microservices/petshop"
    if not os.path.isdir(data):
        print("skipped: no shared data")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        made = tables(os.path.abspath(sys.argv[1]), folder, data)
    return document_table.check("petshop", made)


if __name__ == "__main__":
    sys.exit(main())
