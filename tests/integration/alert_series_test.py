# The shipped alert rules over public series with labelled incidents: the table in docs/ALERTS.md is what `tollgate alert
# backtest` finds. Usage: alert_series_test.py TOLLGATE SHARED_DIR [--write]
import glob
import json
import os
import subprocess
import sys

import document_table

MUST_BE_SILENT = ("unavail-01", "ec2_cpu_utilization_c6585a")


def backtest(tollgate, incidents, *files):
    words = [tollgate, "alert", "backtest", "--objective", "99%", "-o", "json"]
    if incidents:
        words += ["--incidents", incidents]
    for file in files:
        words += ["--csv", file]
    found = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return found if isinstance(found, list) else [found]


def span(seconds):
    if seconds is None:
        return "-"
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    return "%d h %d min" % (hours, minutes) if hours else "%d min" % minutes


def row(name, answers):
    rules = [answer["rules"][0] for answer in answers]
    total = {key: sum(rule[key] for rule in rules) for key in ("alerts", "false_alerts", "incidents", "detected")}
    delays = sorted(rule["detection_s"] for rule in rules if rule["detection_s"] is not None)
    weeks = sum(rule["alerts"] / rule["per_week"] if rule["per_week"] else 0 for rule in rules)
    false_a_week = total["false_alerts"] / weeks if weeks else 0
    return "| %s | %d | %d of %d | %s | %d | %.2f |\n" % (
        name, sum(answer["total"] for answer in answers), total["detected"], total["incidents"],
        span(delays[len(delays) // 2] if delays else None), total["alerts"], false_a_week)


def table(tollgate, shared):
    nab, cloud = shared + "/data/timeseries/nab", shared + "/data/timeseries/ms_cloud"
    text = "| series | points | found | detection, median | pages | false pages a week |\n|---|---|---|---|---|---|\n"
    for file in sorted(glob.glob(nab + "/*/*.csv")):
        text += row(os.path.basename(file)[:-4], backtest(tollgate, nab + "/combined_windows.json", file))
    for name in ("service-unavailable/unavail-01", "ecommerce-api-incoming-rps/api-01", "mongodb-machine-rps/machine-01"):
        text += row(os.path.basename(name), backtest(tollgate, None, "%s/%s.csv" % (cloud, name)))
    outbound = sorted(glob.glob(cloud + "/middle-tier-api-dependency-latency/*.csv"))
    return text + row("outbound-01 to -23, together", backtest(tollgate, None, *outbound))


def main():
    tollgate, shared = os.path.abspath(sys.argv[1]), sys.argv[2]
    if not os.path.isdir(shared + "/data/timeseries"):
        print("skipped: no shared data")
        return 0
    made = table(tollgate, shared)
    for name in MUST_BE_SILENT:
        line = next(line for line in made.splitlines() if line.startswith("| %s |" % name))
        if line.split("|")[5].strip() != "0":
            print("pages where nothing was wrong: " + line)
            return 1
    return document_table.check("series", made)


if __name__ == "__main__":
    sys.exit(main())
