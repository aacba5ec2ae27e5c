# Debian's Prometheus scrapes an exporter that this test drives, writes into Tollgate, and both are asked about the same
# counters: what Tollgate counted must be the increase of the raw samples to the last event, resets included, and its burn
# rate the one that PromQL computes, but for the extrapolation that docs/SIGNALS.md explains. Then Tollgate scrapes the
# exporter itself, and is killed between two batches. Usage: remote_write_test.py TOLLGATE
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

TOLLGATE = os.path.abspath(sys.argv.pop(1))
POLICY = """
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {description: Sells.}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: pushed}
spec:
  service: shop
  indicator:
    metadata: {name: pushed-ratio}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: series, spec: {query: 'sum(rate(requests_total{job="shop",code=~"5.."}[5m]))'}}}
        total: {metricSource: {type: series, spec: {query: 'requests_total{job="shop"}'}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Requests, target: 0.99}]
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: exporters}
spec:
  type: scrape
  connectionDetails: {targets: ["http://127.0.0.1:EXPORTER/metrics"], interval: 1s, timeout: 1s}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: scraped}
spec:
  service: shop
  indicator:
    metadata: {name: scraped-ratio}
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource: {metricSourceRef: exporters, spec: {query: 'requests_total{job="exporters",code=~"5.."}'}}
        total: {metricSource: {metricSourceRef: exporters, spec: {query: 'requests_total{job="exporters"}'}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Requests, target: 0.99}]
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get_json(url):
    with urllib.request.urlopen(url, timeout=5) as reply:
        return json.load(reply)


def wait_for(url):
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=1) as reply:
                if reply.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(url + " did not come up")


class Exporter:
    """Shows counters of two processes that the test moves."""

    def __init__(self):
        self.values = {(process, code): 0 for process in ("a", "b") for code in ("200", "500")}
        self.lock = threading.Lock()
        exporter = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                with exporter.lock:
                    lines = ["# TYPE requests_total counter"] + [
                        'requests_total{process="%s",code="%s"} %d' % (process, code, value)
                        for (process, code), value in exporter.values.items()]
                text = ("\n".join(lines) + "\n").encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def add(self, process, good, bad):
        with self.lock:
            self.values[process, "200"] += good
            self.values[process, "500"] += bad

    def reset(self, process):
        with self.lock:
            self.values[process, "200"] = self.values[process, "500"] = 0


def raw_increase(samples):
    """What was counted between the first and the last sample: a fall is a restart from 0."""
    return sum(after - before if after >= before else after for before, after in zip(samples, samples[1:]))


@unittest.skipUnless(shutil.which("prometheus"), "skipped: prometheus is not installed")
class RemoteWrite(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="tollgate-remote-write-")
        self.exporter = Exporter()
        os.mkdir(self.folder + "/policy")
        with open(self.folder + "/policy/policy.yaml", "w") as file:
            file.write(POLICY.replace("EXPORTER", str(self.exporter.port)))
        self.tollgate_port = free_port()
        self.url = "http://127.0.0.1:%d" % self.tollgate_port
        self.processes = []
        self.start_tollgate()
        with open(self.folder + "/prometheus.yml", "w") as file:
            file.write("""
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs: [{job_name: shop, static_configs: [{targets: ["127.0.0.1:%d"]}]}]
remote_write:
  - url: %s/api/v1/write?source=prometheus
    queue_config: {batch_send_deadline: 500ms, min_backoff: 100ms}
""" % (self.exporter.port, self.url))
        self.prometheus_port = free_port()
        self.prometheus = subprocess.Popen(
            ["prometheus", "--config.file=" + self.folder + "/prometheus.yml",
             "--storage.tsdb.path=" + self.folder + "/tsdb", "--web.listen-address=127.0.0.1:%d" % self.prometheus_port],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.processes.append(self.prometheus)
        wait_for("http://127.0.0.1:%d/-/ready" % self.prometheus_port)

    def start_tollgate(self):
        self.tollgate = subprocess.Popen(
            [TOLLGATE, "serve", "--listen", "127.0.0.1:%d" % self.tollgate_port, "--data-dir", self.folder + "/data", "--policy",
             self.folder + "/policy"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.processes.append(self.tollgate)
        wait_for(self.url + "/-/ready")

    def tearDown(self):
        for process in self.processes:
            process.terminate()
            process.wait()
        self.exporter.server.shutdown()
        shutil.rmtree(self.folder)

    def prom(self, expression, at=None):
        form = {"query": expression}
        if at is not None:
            form["time"] = at
        return get_json("http://127.0.0.1:%d/api/v1/query?%s" % (self.prometheus_port, urllib.parse.urlencode(form)))[
            "data"]["result"]

    def counted(self, slo):
        try:
            answer = get_json("%s/v1/slos/shop/%s/budget" % (self.url, slo))
        except urllib.error.HTTPError:
            return None
        return answer["good"], answer["bad"]

    def raw(self):
        """(good, bad) increases of everything that Prometheus holds, sample by sample."""
        sums = {"200": 0, "500": 0}
        for series in self.prom('requests_total{job="shop"}[1h]'):
            values = [float(value) for _, value in series["values"]]
            sums[series["metric"]["code"]] += round(raw_increase(values))
        return sums["200"], sums["500"]

    def wait_until(self, condition, what):
        for _ in range(150):
            if condition():
                return
            time.sleep(0.2)
        self.fail(what())

    def test_increases_are_equal_to_the_last_event(self):
        self.wait_until(lambda: len(self.prom('requests_total{job="shop"}')) == 4, lambda: "Prometheus scrapes nothing")
        self.wait_until(lambda: self.counted("scraped") is not None or self.scrapes() >= 1, lambda: "no scrape")
        time.sleep(1.5)
        for step in range(6):
            self.exporter.add("a", 40, 1 + step % 2)
            self.exporter.add("b", 25, 0)
            time.sleep(1)
            if step == 2:
                self.exporter.reset("b")
            if step == 3:
                # The answer to what is on its way is lost; Prometheus sends it again.
                self.tollgate.send_signal(signal.SIGKILL)
                self.tollgate.wait()
                self.processes.remove(self.tollgate)
                self.start_tollgate()
        self.wait_until(lambda: self.counted("pushed") == self.raw(),
                        lambda: "Tollgate counted %s, the samples say %s" % (self.counted("pushed"), self.raw()))
        good, bad = self.raw()
        self.assertGreater(good, 300)
        self.assertGreaterEqual(bad, 8)

        # The burn rate of 5 minutes: PromQL stretches both counts alike, so that the ratio is the same.
        burn = get_json(self.url + "/v1/slos/shop/pushed/burn")
        window = next(row for row in burn["windows"] if row["window"] == "5m")
        ratio = self.prom('sum(increase(requests_total{job="shop",code=~"5.."}[5m])) / '
                          'sum(increase(requests_total{job="shop"}[5m]))')
        self.assertAlmostEqual(window["burn"], float(ratio[0]["value"][1]) / 0.01, delta=0.02 * window["burn"] + 0.01)

        # What Tollgate scrapes itself comes to as much, but for the seconds while it was down.
        self.wait_until(lambda: self.counted("scraped") is not None, lambda: "nothing was scraped")
        scraped = self.counted("scraped")
        self.assertLessEqual(scraped[1], bad)
        self.assertGreater(scraped[0], 0)
        metrics = urllib.request.urlopen(self.url + "/metrics").read().decode()
        self.assertIn('tollgate_intake_counted_total{source="prometheus"}', metrics)
        self.assertIn('tollgate_intake_counted_total{source="exporters"}', metrics)

    def scrapes(self):
        metrics = urllib.request.urlopen(self.url + "/metrics").read().decode()
        return sum(int(line.split()[-1]) for line in metrics.splitlines()
                   if line.startswith('tollgate_intake_requests_total{source="exporters"}'))


if __name__ == "__main__":
    unittest.main(verbosity=2)
