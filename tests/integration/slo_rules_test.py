# The same counters by remote write into Debian's Prometheus with Sloth's rules and into Tollgate: eight hours of history
# and a live end for sixty SLOs, of which one burns. Burn rates must be those of PromQL on the raw samples, but for what
# rate() does differently, and the same alerts must be on. Usage: slo_rules_test.py TOLLGATE SLO_WORLD
#
# What differs, and how much it may be: rate() looks at samples whose time lies in the window and extends their increase to
# the window's edges; Tollgate counts whole cells that lie in it. Both see counters that grow evenly, so at an edge they
# differ by the events of at most one cell (10 s for windows up to 6 h) and one step between samples (30 s).
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

TOLLGATE = os.path.abspath(sys.argv.pop(1))
WORLD = os.path.abspath(sys.argv.pop(1))
SLOS = 60
BURNING = "slo-00049"
STEP = 30
WINDOWS = {"5m": 300, "30m": 1800, "1h": 3600, "2h": 7200, "6h": 21600}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get_json(url):
    with urllib.request.urlopen(url, timeout=30) as reply:
        return json.load(reply)


def wait_for(url, seconds=30):
    end = time.time() + seconds
    while time.time() < end:
        try:
            urllib.request.urlopen(url, timeout=1).read()
            return
        except (urllib.error.URLError, ConnectionError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


def good_until(slo, step):
    return step * 40 + step * (slo % 7) // 7


def bad_until(slo, step):
    per_thousand = 800 if slo % 50 == 49 else 10 + slo % 20
    return step * per_thousand // 1000


@unittest.skipUnless(shutil.which("prometheus") and os.path.exists(WORLD), "prometheus and slo_world are needed")
class SloRulesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="slo-rules-"))
        folder = cls.folder
        (folder / "policy").mkdir()
        (folder / "rules").mkdir()
        subprocess.run([WORLD, "policy", str(SLOS), folder / "policy"], check=True)
        subprocess.run([WORLD, "sloth", str(SLOS), folder / "sloth.yaml"], check=True)
        subprocess.run([TOLLGATE, "slo", "rules", "--style", "sloth", "--write", folder / "rules/rules.yml",
                        folder / "sloth.yaml"], check=True, stdout=subprocess.DEVNULL)
        # What rules record is of now; after it Prometheus takes nothing that is older than an hour.
        (folder / "prometheus.yml").write_text("global: {evaluation_interval: 1s}\n")
        cls.prometheus, cls.tollgate = free_port(), free_port()
        log = open(folder / "log", "w")
        cls.processes = [
            subprocess.Popen(["prometheus", f"--config.file={folder}/prometheus.yml",
                              f"--storage.tsdb.path={folder}/data", "--web.enable-remote-write-receiver",
                              f"--web.listen-address=127.0.0.1:{cls.prometheus}"], stdout=log, stderr=log),
            subprocess.Popen([TOLLGATE, "serve", "--listen", f"127.0.0.1:{cls.tollgate}", "--data-dir", folder / "house",
                              "--policy", folder / "policy"], stdout=log, stderr=log)]
        wait_for(f"http://127.0.0.1:{cls.prometheus}/-/ready")
        wait_for(f"http://127.0.0.1:{cls.tollgate}/-/ready")
        cls.targets = [str(cls.prometheus), "/api/v1/write", str(cls.tollgate), "/api/v1/write"]
        now = int(time.time()) // STEP
        cls.newest = now - 1
        subprocess.run([WORLD, "send", str(SLOS), str(now - 8 * 3600 // STEP), str(now), "5000", *cls.targets], check=True)
        (folder / "prometheus.yml").write_text(
            f"global: {{evaluation_interval: 1s}}\nrule_files: ['{folder}/rules/*.yml']\n")
        cls.processes[0].send_signal(signal.SIGHUP)

    @classmethod
    def tearDownClass(cls):
        for process in cls.processes:
            process.terminate()
        for process in cls.processes:
            process.wait(60)
        shutil.rmtree(cls.folder)

    def ask(self, query, at):
        parameters = urllib.parse.urlencode({"query": query, "time": f"{at:.3f}"})
        return get_json(f"http://127.0.0.1:{self.prometheus}/api/v1/query?{parameters}")["data"]["result"]

    def burn(self, slo):
        answer = get_json(f"http://127.0.0.1:{self.tollgate}/v1/slos/shop/slo-{slo:05}/burn?environment=production")
        whole, rest = answer["at"][:19], answer["at"][19:-1]
        at = time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) - time.timezone + float("0" + rest)
        return at, {window["window"]: window for window in answer["windows"]}

    def test_windows_hold_exactly_the_events_of_their_cells(self):
        for slo in range(0, SLOS, 7):
            at, windows = self.burn(slo)
            for name, seconds in WINDOWS.items():
                # Cells that start in [at - window, at); a sample belongs to the cell in which its last moment lies.
                first, last = -(-(at - seconds) // 10) * 10, -(-at // 10) * 10

                def step_at(moment):
                    return min(int((moment - slo % 30) // STEP), self.newest)
                good = 5 * (good_until(slo, step_at(last)) - good_until(slo, step_at(first)))
                bad = 5 * (bad_until(slo, step_at(last)) - bad_until(slo, step_at(first)))
                self.assertEqual((windows[name]["total"], windows[name]["bad"]), (good + bad, bad), (slo, name))

    def test_burn_rates_are_those_of_promql(self):
        for slo in range(0, SLOS, 7):
            at, windows = self.burn(slo)
            series = f'http_requests_total{{slo="slo-{slo:05}"'
            for name, seconds in WINDOWS.items():
                ratio = self.ask(f'sum(rate({series},code="500"}}[{name}])) / sum(rate({series}}}[{name}]))', at)
                events = self.ask(f"sum(increase({series}}}[{name}]))", at)
                mine = windows[name]
                theirs = float(ratio[0]["value"][1])
                # One step and one cell at each edge, of all events; and as many bad ones as may fall there.
                self.assertAlmostEqual(mine["total"] / float(events[0]["value"][1]), 1, delta=2 * 40 / seconds, msg=(slo, name))
                bad_at_edges = 2 * 5 * 2 / mine["total"]
                self.assertAlmostEqual(mine["bad"] / mine["total"], theirs, delta=bad_at_edges, msg=(slo, name))

    def test_the_recorded_ratio_of_sloths_rules_is_the_same(self):
        deadline = time.time() + 30
        found = []
        while time.time() < deadline and not found:
            found = self.ask(f'slo:sli_error:ratio_rate1h{{sloth_slo="{BURNING}"}}', time.time())
            time.sleep(0.2)
        _, windows = self.burn(49)
        self.assertAlmostEqual(float(found[0]["value"][1]), windows["1h"]["bad"] / windows["1h"]["total"], delta=0.0005)

    def test_the_same_alert_is_on(self):
        deadline = time.time() + 40
        while True:
            firing = {row["metric"]["sloth_slo"] for row in self.ask('ALERTS{alertstate="firing",sloth_severity="page"}', time.time())}
            alerts = get_json(f"http://127.0.0.1:{self.tollgate}/v1/alerts")["alerts"]
            on = {row["slo"].split("/")[1] for row in alerts if row["on"] and row["severity"] == "page"}
            if firing and on or time.time() > deadline:
                break
            time.sleep(0.5)
        self.assertEqual(firing, {BURNING})
        self.assertEqual(on, firing)


if __name__ == "__main__":
    unittest.main()
