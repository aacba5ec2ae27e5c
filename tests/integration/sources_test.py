# The pull sources against real servers: Prometheus and VictoriaMetrics hold known counters, and Tollgate's answers are
# compared with PromQL's own over the same samples. What no installed server does (partial answers, rate limits, floods)
# is played by a small fake, named as one. Usage: sources_test.py TOLLGATE
import base64
import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import urllib.request

TOLLGATE = os.path.abspath(sys.argv.pop(1))
STEP = 15
HOURS = 24
END = int(time.time()) // 3600 * 3600 - 7200  # a whole hour, in the past: every sample is there
START = END - HOURS * 3600


def counters():
    """(time, good, bad) of a service with 40 requests per 15 s, one bad hour and one restart of its process."""
    good = bad = 0
    rows = []
    for at in range(START - 600, END + 1, STEP):
        hour = (at - START) // 3600
        if at == START + 10 * 3600:
            good = bad = 0  # restart: the counters begin again
        if at > START - 600:
            failing = 12 if hour == 20 else (1 if at % 300 == 0 else 0)
            good += 40 - failing
            bad += failing
        rows.append((at, good, bad))
    return rows


ROWS = counters()


def increase(rows, begin, end):
    """What was counted in (begin, end]: the differences of neighbouring samples, a fall being a restart from 0."""
    total = [0, 0]
    for before, after in zip(rows, rows[1:]):
        if begin < after[0] <= end:
            for i in (0, 1):
                step = after[i + 1] - before[i + 1]
                total[i] += step if step >= 0 else after[i + 1]
    return total


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url):
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=1) as reply:
                if reply.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(url + " did not come up")


def query(url, expression, at):
    form = urllib.parse.urlencode({"query": expression, "time": at}).encode()
    with urllib.request.urlopen(url + "/api/v1/query", form) as reply:
        result = json.load(reply)["data"]["result"]
    return float(result[0]["value"][1]) if result else None


class Prometheus:
    """A Debian Prometheus whose database was made from ROWS."""
    type = "prometheus"

    def __init__(self, folder):
        with open(folder + "/counters.om", "w") as file:
            for code, column in (("200", 1), ("500", 2)):
                if column == 1:
                    file.write("# TYPE requests counter\n")
                for row in ROWS:
                    file.write('requests_total{job="shop",code="%s"} %d %d\n' % (code, row[column], row[0]))
            file.write("# EOF\n")
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", folder + "/counters.om",
                        folder + "/data"], check=True, capture_output=True)
        with open(folder + "/prometheus.yml", "w") as file:
            file.write("global: {scrape_interval: 1m}\n")
        port = free_port()
        self.url = "http://127.0.0.1:%d" % port
        self.process = subprocess.Popen(
            ["prometheus", "--config.file=" + folder + "/prometheus.yml", "--storage.tsdb.path=" + folder + "/data",
             "--web.listen-address=127.0.0.1:%d" % port, "--storage.tsdb.retention.time=90d"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.url + "/-/ready")


class VictoriaMetrics:
    """A Debian VictoriaMetrics that was given ROWS by its import API."""
    type = "victoriametrics"

    def __init__(self, folder):
        port = free_port()
        self.url = "http://127.0.0.1:%d" % port
        self.process = subprocess.Popen(
            ["victoria-metrics", "-storageDataPath=" + folder + "/vm", "-httpListenAddr=127.0.0.1:%d" % port,
             "-retentionPeriod=1y"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.url + "/health")
        lines = [json.dumps({"metric": {"__name__": "requests_total", "job": "shop", "code": code},
                             "values": [row[column] for row in ROWS], "timestamps": [row[0] * 1000 for row in ROWS]})
                 for code, column in (("200", 1), ("500", 2))]
        urllib.request.urlopen(self.url + "/api/v1/import", "\n".join(lines).encode()).close()
        urllib.request.urlopen(self.url + "/internal/force_flush").close()


class Fake:
    """Plays one behaviour of a server that cannot be had here; keeps what it was asked."""

    def __init__(self, answer, certificate=None):
        self.asked = []
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                fake.asked.append((self.path, dict(self.headers), dict(urllib.parse.parse_qsl(body))))
                status, headers, text = answer(self.path, self.headers)
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text.encode())
                except OSError:
                    pass  # the client had enough

            do_GET = do_POST

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass  # a client that hangs up is part of the play

        self.server = Server(("127.0.0.1", 0), Handler)
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme = "https"
        self.url = "%s://127.0.0.1:%d" % (scheme, self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def vector(value):
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": [
        {"metric": {}, "value": [END, str(value)]}]}})


GOOD = 'sum(increase(requests_total{job="shop",code!~"5.."}[{{.window}}]))'
TOTAL = 'sum(increase(requests_total{job="shop"}[{{.window}}]))'
RATIO = 'sum(rate(requests_total{job="shop",code=~"5.."}[{{.window}}])) / sum(rate(requests_total{job="shop"}[{{.window}}]))'


def policy(kind, details, ratio=None, method="Occurrences", window="1d"):
    source = {"metricSourceRef": "metrics", "type": kind}
    ratio = ratio or {"counter": True, "good": {"metricSource": {**source, "spec": {"query": GOOD}}},
                      "total": {"metricSource": {**source, "spec": {"query": TOTAL}}}}
    objective = {"displayName": "Most", "target": 0.99}
    if method != "Occurrences":
        objective.update({"timeSliceTarget": 0.95, "timeSliceWindow": "5m"})
        if method == "RatioTimeslices":
            del objective["timeSliceTarget"]
    documents = [
        {"apiVersion": "openslo/v1", "kind": "DataSource", "metadata": {"name": "metrics"},
         "spec": {"type": kind, "connectionDetails": details}},
        {"apiVersion": "openslo/v1", "kind": "Service", "metadata": {"name": "shop"}, "spec": {"description": "Sells."}},
        {"apiVersion": "openslo/v1", "kind": "SLO", "metadata": {"name": "availability"}, "spec": {
            "service": "shop", "indicator": {"metadata": {"name": "shop"}, "spec": {"ratioMetric": ratio}},
            "timeWindow": [{"duration": window, "isRolling": True}], "budgetingMethod": method,
            "objectives": [objective]}},
        {"apiVersion": "tollgate/v1", "kind": "Environment", "metadata": {"name": "production"},
         "spec": {"production": True}},
        {"apiVersion": "tollgate/v1", "kind": "ReleasePolicy", "metadata": {"name": "budget"},
         "spec": {"rule": {"check": "error-budget@1"}}}]
    return "\n---\n".join(json.dumps(document) for document in documents)


def raw(query_text, **more):
    return {"raw": {"metricSource": {"metricSourceRef": "metrics", "type": "prometheus",
                                     "spec": {"query": query_text, **more}}}, "rawType": "failure"}


class SourcesTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.running = []
        self.fakes = []

    def tearDown(self):
        for process in self.running:
            process.terminate()
            process.wait(30)
        for fake in self.fakes:
            fake.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, maker, *programs):
        for program in programs:
            if not shutil.which(program):
                self.skipTest(program + " is not installed")
        server = maker(self.folder)
        self.running.append(server.process)
        return server

    def fake(self, answer, certificate=None):
        fake = Fake(answer, certificate)
        self.fakes.append(fake)
        return fake

    def ask(self, verb, text, at=END, ok=True, **variables):
        """The answer of `slo budget` or `slo burn` under a policy, or the words of its failure."""
        folder = tempfile.mkdtemp(dir=self.folder)
        with open(folder + "/policy.yaml", "w") as file:
            file.write(text)
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
        done = subprocess.run([TOLLGATE, "slo", verb, "shop/availability", "--as-of", moment, "--policy", folder,
                               "--data-dir", folder + "/data", "-o", "json"], capture_output=True, text=True,
                              cwd=self.folder, env={**os.environ, **variables})
        self.assertEqual(done.returncode == 0, ok, done.stdout + done.stderr)
        return json.loads(done.stdout) if ok else done.stderr

    def installed(self):
        """Both servers, as far as they are there; the test is skipped if neither is."""
        makers = ((Prometheus, ("prometheus", "promtool")), (VictoriaMetrics, ("victoria-metrics",)))
        there = [(maker, programs) for maker, programs in makers if all(map(shutil.which, programs))]
        if not there:
            self.skipTest("neither prometheus nor victoria-metrics is installed")
        return [self.start(maker, *programs) for maker, programs in there]

    def test_budget_and_burn_rates_are_those_of_promql(self):
        for server in self.installed():
            text = policy(server.type, {"url": server.url})
            budget = self.ask("budget", text)
            good, bad = increase(ROWS, START, END)
            asked = [query(server.url, expression.replace("{{.window}}", "1d"), END) for expression in (GOOD, TOTAL)]
            # Exactly PromQL's own answer, rounded to events.
            self.assertEqual((budget["good"], budget["total"]), (round(asked[0]), round(asked[1])))
            # And that is the true count, within what increase() extrapolates at both ends: one step of 15 s at each.
            step = 2 * 40
            self.assertAlmostEqual(budget["total"], good + bad, delta=step)
            self.assertAlmostEqual(budget["bad"], bad, delta=24)
            self.assertEqual(budget["source"], server.type + ":metrics")
            self.assertEqual(budget["state"], "breach")
            self.assertGreaterEqual(budget["watermark"], time.strftime("%Y-%m-%dT%H:%M", time.gmtime(END - 60)))
            # The bad hour burns: its windows against the same expressions asked directly.
            at = START + 21 * 3600
            burn = self.ask("burn", text, at)
            self.assertTrue(burn["windows"])
            for window in burn["windows"]:
                length = window["window"]
                asked = [query(server.url, e.replace("{{.window}}", length), at) for e in (GOOD, TOTAL)]
                self.assertEqual(window["total"], round(asked[1]), length)
                ratio = window["bad"] / window["total"]
                self.assertAlmostEqual(ratio, 1 - asked[0] / asked[1], delta=1.5 / window["total"], msg=length)
                self.assertAlmostEqual(window["burn"], ratio / 0.01, delta=0.002, msg=length)

    def test_slices_are_whole_and_each_is_judged_by_its_own_counts(self):
        for server in self.installed():
            for method in ("Timeslices", "RatioTimeslices"):
                budget = self.ask("budget", policy(server.type, {"url": server.url}, method=method))
                good_slices, ratios = 0, 0.0
                for begin in range(START, END, 300):
                    good, bad = increase(ROWS, begin, begin + 300)
                    good_slices += good / (good + bad) >= 0.95
                    ratios += good / (good + bad)
                slices = HOURS * 12
                self.assertEqual(budget["total"], slices)
                if method == "Timeslices":
                    self.assertEqual(budget["good"], good_slices)
                    self.assertEqual(budget["bad"], 12)  # the bad hour
                else:
                    self.assertAlmostEqual(budget["sli"], ratios / slices, delta=2e-4)
                self.assertEqual(budget["completeness"], 1)

    def test_a_ratio_gives_slices_and_with_a_total_counts_and_else_no_answer(self):
        server = self.start(Prometheus, "prometheus", "promtool")
        details = {"url": server.url}
        alone = policy("prometheus", details, raw(RATIO), "Timeslices")
        budget = self.ask("budget", alone)
        self.assertEqual((budget["good"], budget["bad"]), (HOURS * 12 - 12, 12))
        weighed = self.ask("budget", policy("prometheus", details, raw(RATIO, total=TOTAL)))
        counted = self.ask("budget", policy("prometheus", details))
        self.assertEqual(weighed["total"], counted["total"])
        self.assertAlmostEqual(weighed["bad"], counted["bad"], delta=1)
        self.assertIn("how many events", self.ask("budget", policy("prometheus", details, raw(RATIO)), ok=False))

    def test_no_data_and_queries_that_the_server_refuses_are_no_breach(self):
        server = self.start(Prometheus, "prometheus", "promtool")
        text = policy("prometheus", {"url": server.url})
        self.assertEqual(self.ask("budget", text, at=START - 40 * 86400)["state"], "no_data")
        broken = text.replace("sum(increase(", "sum(increese(")
        self.assertIn("unknown function", self.ask("budget", broken, ok=False))
        stale = self.ask("budget", text, at=END + 5400)
        self.assertLess(stale["watermark"], time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(END + 1900)))

    def test_a_gate_over_a_dead_server_is_inconclusive(self):
        text = policy("prometheus", {"url": "http://127.0.0.1:%d" % free_port()})
        self.assertIn("cannot be reached", self.ask("budget", text, ok=False))
        os.mkdir(self.folder + "/gate")
        with open(self.folder + "/gate/policy.yaml", "w") as file:
            file.write(text)
        done = subprocess.run([TOLLGATE, "gate", "--service", "shop", "--env", "production", "--version", "1.0.0",
                               "--policy", "gate", "--data-dir", "data"], capture_output=True, text=True,
                              cwd=self.folder)
        self.assertEqual(done.returncode, 12, done.stdout + done.stderr)

    def test_credentials_reach_the_server_as_it_wants_them(self):
        def answer(_, headers):
            allowed = headers.get("Authorization") in ("Bearer s3cret",
                                                       "Basic " + base64.b64encode(b"reader:p:w").decode())
            return (200, {}, vector(100)) if allowed else (401, {}, "Unauthorized")

        fake = self.fake(answer)
        with open(self.folder + "/password", "w") as file:
            file.write("p:w\n")
        good = [{"token": "env:METRICS_TOKEN"}, {"username": "reader", "password": "file:" + self.folder + "/password"},
                {"headers": {"Authorization": "env:WHOLE_HEADER"}}]
        for details in good:
            text = policy("mimir", {"url": fake.url, "tenant": "team-a", **details})
            budget = self.ask("budget", text, METRICS_TOKEN="s3cret", WHOLE_HEADER="Bearer s3cret")
            self.assertEqual(budget["total"], 100)
            self.assertEqual(fake.asked[-1][1]["X-Scope-OrgID"], "team-a")
        self.assertIn("credentials", self.ask("budget", policy("mimir", {"url": fake.url}), ok=False))
        words = self.ask("budget", policy("mimir", {"url": fake.url, "token": "env:NOT_SET_ANYWHERE"}), ok=False)
        self.assertIn("NOT_SET_ANYWHERE", words)
        words = self.ask("budget", policy("mimir", {"url": fake.url, "tokn": "x"}), ok=False)
        self.assertIn("token", words)

    def test_tls_is_checked_against_the_given_authority(self):
        if not shutil.which("openssl"):
            self.skipTest("openssl is not installed")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out",
                        "cert.pem", "-days", "2", "-subj", "/CN=metrics", "-addext", "subjectAltName=IP:127.0.0.1"],
                       check=True, capture_output=True, cwd=self.folder)
        fake = self.fake(lambda *_: (200, {}, vector(7)), (self.folder + "/cert.pem", self.folder + "/key.pem"))
        self.assertIn("no trusted connection", self.ask("budget", policy("prometheus", {"url": fake.url}), ok=False))
        trusted = policy("prometheus", {"url": fake.url, "caFile": self.folder + "/cert.pem"})
        self.assertEqual(self.ask("budget", trusted)["total"], 7)

    def test_what_a_flavour_asks_beyond_prometheus(self):
        fake = self.fake(lambda *_: (200, {}, vector(7)))
        wanted = {"thanos": {"dedup": "true", "partial_response": "false", "max_source_resolution": "0s"},
                  "victoriametrics": {"nocache": "1", "deny_partial_response": "1"}, "prometheus": {}, "mimir": {}}
        for kind, parameters in wanted.items():
            fake.asked.clear()
            self.ask("budget", policy(kind, {"url": fake.url + "/"}))
            for path, _, form in fake.asked:
                self.assertIn(path, ("/api/v1/query", "/api/v1/query_range"))
                for key in ("query", "time", "start", "end", "step"):
                    form.pop(key, None)
                self.assertEqual(form, parameters)
        self.ask("budget", policy("thanos", {"url": fake.url, "parameters": {"dedup": "false", "engine": "thanos"}}))
        self.assertEqual((fake.asked[-1][2]["dedup"], fake.asked[-1][2]["engine"]), ("false", "thanos"))

    def test_partial_late_limited_and_endless_answers_say_so(self):
        partial = json.loads(vector(100))
        cases = [
            (lambda *_: (200, {}, json.dumps({**partial, "warnings": ["store eu-2: unavailable"]})), "eu-2"),
            (lambda *_: (200, {}, json.dumps({**partial, "isPartial": True})), "partial"),
            (lambda *_: (429, {"Retry-After": "90"}, "slow down"), "1 min 30 s"),
            (lambda *_: (200, {}, "[" + "1," * 9_000_000), "sum()"),
            (lambda *_: (503, {}, "Service Unavailable"), "503"),
            (lambda *_: (200, {}, "<html>"), "not JSON"),
        ]
        for answer, words in cases:
            fake = self.fake(answer)
            self.assertIn(words, self.ask("budget", policy("prometheus", {"url": fake.url}), ok=False))

        def slow(*_):
            time.sleep(3)
            return 200, {}, vector(1)

        fake = self.fake(slow)
        begin = time.monotonic()
        self.assertIn("did not answer", self.ask("budget", policy("prometheus", {"url": fake.url, "timeout": "1s"}),
                                                 ok=False))
        self.assertLess(time.monotonic() - begin, 2.9)

    def test_a_server_that_asks_for_quiet_is_left_alone(self):
        fake = self.fake(lambda *_: (429, {"Retry-After": "3600"}, "slow down"))
        self.ask("burn", policy("prometheus", {"url": fake.url}))
        self.assertEqual(len(fake.asked), 1)  # of eight windows with two queries each


if __name__ == "__main__":
    unittest.main()
