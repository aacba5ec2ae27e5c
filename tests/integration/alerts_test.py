# Alerts against real programs: Debian's Alertmanager receives and resolves what the server raises, promtool accepts and
# runs the rules of both styles. PagerDuty and Slack cannot be had here; a fake takes what their documents describe.
# Usage: alerts_test.py TOLLGATE SHARED_DIR
import glob
import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

SHARED = sys.argv.pop()
TOLLGATE = os.path.abspath(sys.argv.pop())
os.environ["TOLLGATE_ALLOW_PRIVATE"] = "127.0.0.0/8"  # the receivers of these tests listen on this machine

POLICY = """
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {description: Sells.}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: alertmanager, annotations: {tollgate.dev/url: "%(alertmanager)s"}}
spec: {target: alertmanager}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata:
  name: pagerduty
  annotations: {tollgate.dev/url: "%(fake)s/v2/enqueue", tollgate.dev/routing-key: "env:TEST_PAGERDUTY_KEY"}
spec: {target: pagerduty}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: chat, annotations: {tollgate.dev/url: "env:TEST_SLACK_URL"}}
spec: {target: slack}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: availability}
spec:
  service: shop
  indicator:
    metadata: {name: shop}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: cells, spec: {query: good}}}
        total: {metricSource: {type: cells, spec: {query: total}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Sales, target: 0.999}]
"""
ALERTING = """  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: shop-burns, annotations: {tollgate.dev/rules: default}}
      spec:
        alertWhenBreaching: true
        alertWhenResolved: true
        conditions:
          - kind: AlertCondition
            metadata: {name: page}
            spec: {severity: page, condition: {kind: burnrate, threshold: 14.4, lookbackWindow: 1h}}
        notificationTargets: [{targetRef: alertmanager}, {targetRef: pagerduty}, {targetRef: chat}]
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url, body=None):
    with urllib.request.urlopen(url, body, timeout=5) as reply:
        return reply.read().decode()


def eventually(condition, seconds=60):
    end = time.time() + seconds
    while time.time() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("it did not happen within %d s" % seconds)


def stop(process):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Fake(http.server.ThreadingHTTPServer):
    """Takes what PagerDuty's and Slack's documents describe, and keeps it."""

    def __init__(self):
        taken = self.taken = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                taken.append((self.path, body))
                is_pagerduty = self.path == "/v2/enqueue"
                text = json.dumps({"status": "success", "message": "Event processed",
                                   "dedup_key": body.get("dedup_key")}) if is_pagerduty else "ok"
                self.send_response(202 if is_pagerduty else 200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server_port
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def of(self, path):
        return [body for where, body in self.taken if where == path]


class Server:
    def __init__(self, folder, *options):
        self.process = subprocess.Popen([TOLLGATE, "serve", "--listen", "127.0.0.1:0", "--data-dir", folder + "/data",
                                         *options], stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            found = re.search(r"listening: (http://\S+?)/?$", line.strip())
            if found:
                self.url = found.group(1)
                break
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def ask(self, *words):
        return json.loads(subprocess.run([TOLLGATE, *words, "--server", self.url, "-o", "json"], check=True,
                                         capture_output=True, text=True).stdout)


class Delivery(unittest.TestCase):
    def setUp(self):
        if not shutil.which("prometheus-alertmanager"):
            self.skipTest("skipped: no prometheus-alertmanager")
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.fake = Fake()
        self.addCleanup(self.fake.server_close)
        self.addCleanup(self.fake.shutdown)
        os.environ["TEST_PAGERDUTY_KEY"] = "R0123456789ABCDEF0123456789ABCDE"
        os.environ["TEST_SLACK_URL"] = self.fake.url + "/services/T0/B0/secret"
        port = free_port()
        self.alertmanager = "http://127.0.0.1:%d" % port
        with open(self.folder + "/alertmanager.yml", "w") as file:
            file.write("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
        process = subprocess.Popen(
            ["prometheus-alertmanager", "--config.file=" + self.folder + "/alertmanager.yml",
             "--storage.path=" + self.folder + "/am", "--web.listen-address=127.0.0.1:%d" % port,
             "--cluster.listen-address="], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(stop, process)

        def is_ready():
            try:
                return fetch(self.alertmanager + "/-/ready") is not None
            except OSError:
                return False
        eventually(is_ready)

    def policy(self, text):
        os.makedirs(self.folder + "/policy", exist_ok=True)
        with open(self.folder + "/policy/policy.yaml", "w") as file:
            file.write(text % {"alertmanager": self.alertmanager, "fake": self.fake.url})
        return ["--policy", self.folder + "/policy"]

    def alerts(self):
        return [alert for alert in json.loads(fetch(self.alertmanager + "/api/v2/alerts"))
                if alert["labels"]["alertname"] == "shop-burns"]

    def test_raised_told_kept_over_a_restart_and_resolved(self):
        data = ["--data-dir", self.folder + "/data"]
        policy = self.policy(POLICY + ALERTING)
        subprocess.run([TOLLGATE, "apply", *policy, *data], check=True, capture_output=True)
        now = int(time.time())
        rows = ["timestamp,good,bad"] + ["%s,%d,%d" % (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)), 950, 50)
                                         for at in range(now - 7200, now, 60)]
        with open(self.folder + "/traffic.csv", "w") as file:
            file.write("\n".join(rows) + "\n")
        subprocess.run([TOLLGATE, "signal", "import", self.folder + "/traffic.csv", "--slo", "shop/availability",
                        "--format", "csv", *policy, *data], check=True, capture_output=True)
        server = Server(self.folder)
        try:
            told = eventually(self.alerts)
            self.assertEqual(told[0]["labels"]["slo"], "shop/availability")
            self.assertEqual(told[0]["labels"]["severity"], "page")
            self.assertIn("of the budget in the last 1 h", told[0]["annotations"]["description"])
            page = eventually(lambda: self.fake.of("/v2/enqueue"))
            self.assertEqual(page[0]["event_action"], "trigger")
            self.assertEqual(page[0]["payload"]["severity"], "critical")
            chat = eventually(lambda: self.fake.of("/services/T0/B0/secret"))
            self.assertIn("shop/availability", chat[0]["text"])
            listed = server.ask("alert", "list")
            self.assertEqual(listed["on"], 1)
            self.assertEqual(listed["alerts"][0]["word"], "Critical")
            self.assertIn('tollgate_alert_on{slo="shop/availability",environment="",policy="shop-burns",'
                          'severity="page"} 1', fetch(server.url + "/metrics"))
            self.assertIn("Alerts</h2>", fetch(server.url + "/"))
            self.assertTrue(server.ask("alert", "test", "chat")["delivered"])
        finally:
            stop(server.process)
        server = Server(self.folder)
        try:
            self.assertEqual(eventually(lambda: server.ask("alert", "list"))["on"], 1)
            server.ask("apply", *self.policy(POLICY))
            eventually(lambda: not self.alerts())
            over = eventually(lambda: self.fake.of("/v2/enqueue")[1:])
            self.assertEqual(over[0]["event_action"], "resolve")
            self.assertEqual(over[0]["dedup_key"], page[0]["dedup_key"])
            self.assertEqual(len(self.fake.of("/v2/enqueue")), 2, "one page, however often the server starts")
        finally:
            stop(server.process)
        ledger = subprocess.run([TOLLGATE, "ledger", "export", "-", *data], capture_output=True, text=True)
        if ledger.returncode == 0:
            self.assertEqual(ledger.stdout.count('"type":"alert.raised"'), 1)
            self.assertNotIn("R0123456789ABCDEF", ledger.stdout)


class Rules(unittest.TestCase):
    def setUp(self):
        if not shutil.which("promtool"):
            self.skipTest("skipped: no promtool")
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def rules(self, style, *files):
        path = "%s/%s.yaml" % (self.folder, style)
        subprocess.run([TOLLGATE, "slo", "rules", "--style", style, "--write", path, *files], check=True,
                       capture_output=True)
        return path

    def promtool(self, *words):
        done = subprocess.run(["promtool", *words], capture_output=True, text=True, cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_promtool_accepts_both_styles_of_every_example(self):
        examples = SHARED + "/cases/slo/sloth/examples/"
        if not os.path.isdir(examples):
            self.skipTest("skipped: no shared data")
        names = ["getting-started.yml", "home-wifi.yml", "kubernetes-apiserver.yml", "no-alerts.yml",
                 "openslo-getting-started.yml", "openslo-kubernetes-apiserver.yml", "raw-home-wifi.yml"]
        made = []

        def keep(path):  # promtool reads one document a file
            with open(path) as file:
                for document in file.read().split("---\n")[1:]:
                    made.append("%s/%d.yaml" % (self.folder, len(made)))
                    with open(made[-1], "w") as one:
                        one.write(document)
        for name in names:
            for style in ("sloth", "tollgate"):
                keep(self.rules(style, examples + name))
        for path in glob.glob(SHARED + "/cases/slo/pyrra/examples/kubernetes/manifests/slos/*errors.yaml"):
            keep(self.rules("tollgate", path))
        self.assertGreater(len(made), 20)
        self.assertEqual(self.promtool("check", "rules", *made).count("SUCCESS"), len(made))

    def test_a_quiet_day_and_a_busy_bad_hour_are_weighed_by_traffic(self):
        """23 h at 1 request a second without errors, 1 h at 1000 with 1 %: 0.978 % of all were bad."""
        slo = self.folder + "/slo.yaml"
        with open(slo, "w") as file:
            file.write("""version: prometheus/v1
service: shop
slos:
  - name: sales
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(bad_total[{{.window}}]))
        total_query: sum(rate(all_total[{{.window}}]))
    alerting: {name: ShopBurns}
""")
        found = {}
        for style, filters in (("sloth", 'sloth_id="shop-sales", sloth_service="shop", sloth_slo="sales"'),
                               ("tollgate", 'slo_id="shop-sales", slo_name="sales", slo_service="shop"')):
            with open(self.rules(style, slo)) as file:
                text = file.read().split("---\n")[1]
            with open(self.folder + "/one.yaml", "w") as file:
                file.write(text)
            with open(self.folder + "/test.yaml", "w") as file:
                # 1380 minutes of one request a second, then 60 minutes of a thousand.
                file.write("""rule_files: [one.yaml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: all_total, values: '0+60x1380 142800+60000x60'}
      - {series: bad_total, values: '0+0x1380 600+600x60'}
    promql_expr_test:
      - expr: max(slo:sli_error:ratio_rate1d{%s}) > bool 0.008
        eval_time: 24h1m
        exp_samples: [{labels: '{}', value: 1}]
      - expr: max(slo:sli_error:ratio_rate30d{%s}) > bool 0.008
        eval_time: 24h1m
        exp_samples: [{labels: '{}', value: %d}]
""" % (filters, filters, 1 if style == "tollgate" else 0))
            self.promtool("test", "rules", "test.yaml")
            found[style] = True
        self.assertEqual(len(found), 2)


if __name__ == "__main__":
    unittest.main(verbosity=1)
