# The real binary takes signals: an access log that grows and is rotated, and OTLP over HTTP, compressed, also from the
# traces of Nezha's microservices if they are there. Usage: signals_serve_test.py TOLLGATE SHARED_DIR
import csv
import gzip
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

SHARED = sys.argv.pop(2)
TOLLGATE = sys.argv.pop(1)
TRACES = f"{SHARED}/data/microservices/nezha_onlineboutique/2022-08-22/trace"

POLICY = """apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {description: Sells.}
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: edge}
spec:
  type: accesslog
  connectionDetails:
    path: %s
    fromStart: true
    format: '$remote_addr [$time_iso8601] "$request" $status $request_time'
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: availability}
spec:
  service: shop
  indicator:
    metadata: {name: shop-availability}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {metricSourceRef: edge, spec: {select: {path: "=~/api/.*"}, bad: 5xx, slowerThan: 300ms}}}
        total: {metricSource: {metricSourceRef: edge, spec: {select: {path: "=~/api/.*"}}}}
  timeWindow: [{duration: 7d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Answers, target: 0.99}]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: mails}
spec:
  service: shop
  indicator:
    metadata: {name: shop-mails}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: events, spec: {signal: logs, select: {service.name: mailer}, bad: error}}}
        total: {metricSource: {type: events, spec: {signal: logs, select: {service.name: mailer}}}}
  timeWindow: [{duration: 7d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Mails, target: 0.95}]
"""


def log_records(count, first, errors):
    moment = int((time.time() - 1) * 1e9)
    records = [{"timeUnixNano": str(moment + i), "severityNumber": 17 if i < errors else 9,
                "body": {"stringValue": "mail %d went its way" % (first + i)}} for i in range(count)]
    return json.dumps({"resourceLogs": [{"resource": {"attributes": [
        {"key": "service.name", "value": {"stringValue": "mailer"}}]},
        "scopeLogs": [{"logRecords": records}]}]}).encode()


def line(status, seconds="0.100", path="/api/items?x=1"):
    moment = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() - 20))
    return f'10.0.0.9 [{moment}] "GET {path} HTTP/1.1" {status} {seconds}\n'


class Server:
    def __init__(self, *options):
        self.process = subprocess.Popen([TOLLGATE, "serve", "--listen", "127.0.0.1:0", "--data-dir", "data", *options],
                                        stderr=subprocess.PIPE, text=True)
        for text in self.process.stderr:
            found = re.search(r"listening: (\S+?)/$", text)
            if found:
                self.url = found.group(1)
                return
        raise AssertionError("the server did not start")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)
        return self.process.returncode

    def post(self, path, body, **headers):
        request = urllib.request.Request(self.url + path, data=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=60) as reply:
            return json.loads(reply.read())


class SignalsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.before = os.getcwd()
        os.chdir(self.folder.name)
        os.mkdir("policy")
        self.log = os.path.join(self.folder.name, "access.log")
        with open("policy/policy.yaml", "w") as file:
            file.write(POLICY % self.log)
        self.server = None

    def tearDown(self):
        if self.server:
            self.server.stop()
        os.chdir(self.before)
        self.folder.cleanup()

    def append(self, *lines):
        with open(self.log, "a") as file:
            file.write("".join(lines))

    def wait_for(self, good, bad):
        end = time.time() + 20
        while time.time() < end:
            budget = self.server.get("/v1/slos/shop/availability/budget")
            if (budget["good"], budget["bad"]) == (good, bad):
                return
            time.sleep(0.1)
        self.fail(f"expected {good} good and {bad} bad, got {budget}")

    def test_a_log_that_cannot_be_followed_says_so(self):
        self.append(line(200))
        os.makedirs("data/signals/logs")
        with open("data/signals/logs/edge.json", "w") as file:
            file.write("{ torn")
        self.server = Server("--policy", "policy")
        end = time.time() + 20
        while (edge := self.server.get("/v1/sources/edge"))["state"] != "broken" and time.time() < end:
            time.sleep(0.1)
        self.assertEqual(edge["state"], "broken", edge)
        self.assertIn("edge.json is damaged", edge["message"])
        with urllib.request.urlopen(self.server.url + "/metrics", timeout=60) as reply:
            self.assertIn('tollgate_log_up{source="edge"} 0', reply.read().decode())
        status, body = self.server.post("/v1/sources/edge/test", b"{}", Content_Type="application/json")
        self.assertEqual(status, 200, body)
        self.assertIn("restart", json.loads(body)["advice"])

    def test_a_log_is_counted_once_over_rotation_and_restart(self):
        self.append(line(200), line(503), line(200, "0.301"), line(500, path="/other"), "no line\n")
        self.server = Server("--policy", "policy")
        self.wait_for(1, 2)
        self.append(line(200))
        os.rename(self.log, self.log + ".1")
        self.append(line(200), line(502))
        self.wait_for(3, 3)
        self.assertEqual(self.server.stop(), 0)
        self.append(line(200))
        os.rename(self.log, self.log + ".1")
        self.append(line(200), line(200)[:-5])
        self.server = Server()
        self.wait_for(5, 3)

    def test_a_flood_of_records_is_sampled_within_its_budget_and_counts_for_all(self):
        self.server = Server("--policy", "policy", "--signals-budget", "100KB/s")
        for batch in range(20):
            status, _ = self.server.post("/v1/logs", log_records(500, 500 * batch, 10), Content_Type="application/json")
            self.assertEqual(status, 200)
        budget = self.server.get("/v1/slos/shop/mails/budget")
        self.assertEqual(budget["bad"], 200)
        self.assertAlmostEqual(budget["good"], 9800, delta=9800 * 0.2)
        self.assertLess(budget["effective_events"], budget["total"])
        low, high = budget["interval"]
        self.assertTrue(low < 0.98 < high, budget["interval"])
        with urllib.request.urlopen(self.server.url + "/metrics", timeout=60) as reply:
            metrics = reply.read().decode()
        left_out = int(re.search(r'tollgate_sampling_left_out_total{budget="all",resource="bytes"} (\d+)', metrics).group(1))
        self.assertGreater(left_out, 3000)
        self.assertIn('tollgate_sampling_share_bad_ratio{budget="all",resource="bytes"} 1\n', metrics)
        share = re.search(r'tollgate_sampling_share_good_ratio{budget="all",resource="bytes"} (\S+)', metrics).group(1)
        self.assertLess(float(share), 1)
        self.assertRegex(metrics, r'tollgate_intake_sampled_out_total{source="[^"]*"} %d\n' % left_out)
        source = [each for each in self.server.get("/v1/sources")["sources"] if each["sampling"]]
        self.assertEqual(len(source), 1)
        sampling = source[0]["sampling"]
        self.assertEqual((sampling["offered"], sampling["offered"] - sampling["kept"]), (10000, left_out))
        self.assertAlmostEqual(sampling["kept_share"], sampling["kept"] / 10000)
        self.assertEqual(sampling["probability_bad"], 1)
        self.assertAlmostEqual(sampling["probability_good"], float(share), places=4)
        self.assertTrue(0 < sampling["effective_events"] < 10000)
        shown = [subprocess.run([TOLLGATE, "source", *words, "--server", self.server.url], capture_output=True,
                                text=True).stdout for words in (["list"], ["lag"], ["list", source[0]["source"]])]
        for text in shown[:2]:
            self.assertIn("\tkept\t", text)
            self.assertRegex(text, r"% now, \S+ % of the last hour")
        self.assertRegex(shown[2], r"sampled +\S+ % kept of what is good now, 100 % of what is bad; in the last hour")
        # What was kept is in journal and cells alike.
        self.server.process.kill()
        self.server.process.communicate()
        self.server = Server()
        again = self.server.get("/v1/slos/shop/mails/budget")
        for figure in ("good", "bad", "effective_events"):
            self.assertEqual(again[figure], budget[figure])

    def test_a_budget_of_cpu_time_measures_the_intake(self):
        self.server = Server("--policy", "policy", "--signals-cpu-budget", "0.01%")
        for batch in range(20):
            status, _ = self.server.post("/v1/logs", log_records(500, 500 * batch, 10), Content_Type="application/json")
            self.assertEqual(status, 200)
        with urllib.request.urlopen(self.server.url + "/metrics", timeout=60) as reply:
            metrics = reply.read().decode()
        label = '{budget="all",resource="cpu"}'
        self.assertIn(f"tollgate_sampling_budget_cpu_ratio{label} 0.0001\n", metrics)
        self.assertNotIn("tollgate_sampling_budget_bytes_per_second", metrics)
        figures = [float(re.search(f"tollgate_sampling_{name}_total{re.escape(label)} (\\S+)", metrics).group(1))
                   for name in ("cpu_seconds", "left_out", "kept")]
        self.assertGreater(min(figures), 0, figures)
        self.assertEqual(figures[1] + figures[2], 10000)

    def test_otlp_is_answered_in_the_words_of_its_protocol(self):
        self.server = Server("--policy", "policy")
        status, body = self.server.post("/v1/traces", b'{"resourceSpans":[]}', Content_Type="application/json")
        self.assertEqual((status, body), (200, b"{}"))
        status, body = self.server.post("/v1/traces", b"\xff", Content_Type="application/x-protobuf")
        self.assertEqual((status, body[:2]), (400, b"\x08\x03"))
        status, body = self.server.post("/v1/logs", b"{}", Content_Type="text/plain")
        self.assertEqual(status, 415)
        status, body = self.server.post("/v1/metrics", gzip.compress(b"{}"), Content_Type="application/json",
                                        Content_Encoding="gzip")
        self.assertEqual((status, body), (200, b"{}"))
        status, body = self.server.post("/v1/metrics", b"{}", Content_Type="application/json", Content_Encoding="gzip")
        self.assertEqual(status, 415)
        bomb = gzip.compress(b" " * (65 * 1024 * 1024))
        status, body = self.server.post("/v1/metrics", bomb, Content_Type="application/json", Content_Encoding="gzip")
        self.assertEqual(status, 413, body)

    def spans_of(self, minute, version):
        """A minute of Nezha's traces as OTLP/JSON; times moved to now, since the receiver keeps two weeks."""
        with gzip.open(f"{TRACES}/{minute}_trace.csv.gz", "rt") as file:
            rows = list(csv.DictReader(io.StringIO(file.read())))
        offset = int(time.time() - 300) * 10**9 - int(rows[0]["StartTimeUnixNano"])
        by_service = {}
        for row in rows:
            by_service.setdefault(row["PodName"].split("-")[0], []).append({
                "traceId": row["TraceID"], "spanId": row["SpanID"],
                "parentSpanId": "" if row["ParentID"] == "root" else row["ParentID"],
                "name": row["OperationName"], "startTimeUnixNano": str(int(row["StartTimeUnixNano"]) + offset),
                "endTimeUnixNano": str(int(row["StartTimeUnixNano"]) + offset + int(row["Duration"]) * 1000)})
        resources = [{"resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": service}},
            {"key": "service.version", "value": {"stringValue": version}}]},
            "scopeSpans": [{"spans": spans}]} for service, spans in by_service.items()]
        return gzip.compress(json.dumps({"resourceSpans": resources}).encode(), 1)

    def latency(self, before, after):
        done = subprocess.run([TOLLGATE, "slo", "latency", "frontend", "--before", before, "--after", after,
                               "--data-dir", "data", "--policy", "policy", "-o", "json"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    @unittest.skipUnless(os.path.isdir(TRACES), "skipped: no shared data")
    def test_real_traces_tell_a_slow_release_from_a_broken_one(self):
        self.server = Server("--policy", "policy")
        for minute, version in (("03_53", "1"), ("03_55", "2"), ("04_02", "3"), ("04_03", "4")):
            status, body = self.server.post("/v1/traces", self.spans_of(minute, version),
                                            Content_Type="application/json", Content_Encoding="gzip")
            self.assertEqual((status, body), (200, b"{}"))
        self.assertEqual(self.server.stop(), 0)
        self.server = None
        slower = self.latency("1", "2")
        self.assertEqual((slower["change"], slower["before"]["visits"], slower["after"]["visits"]), ("slower", 497, 363))
        broken = self.latency("3", "4")
        self.assertEqual((broken["latency"], broken["change"]), ("faster", "inconclusive"))
        self.assertEqual(broken["doubts"][0]["code"], "less_work")


if __name__ == "__main__":
    unittest.main()
