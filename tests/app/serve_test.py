# The real binary as a server: starts, answers like local mode, and ends cleanly. Usage: serve_test.py TOLLGATE
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

TOLLGATE = sys.argv.pop(1)

POLICY = """apiVersion: openslo/v1
kind: Service
metadata: {name: checkout}
spec: {description: Takes orders.}
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: production}
spec: {enforcement: enforce, production: true}
---
apiVersion: tollgate/v1
kind: ReleasePolicy
metadata: {name: build}
spec:
  rule: {check: tests@1, with: {maxFailed: 0, minTotal: 1}}
"""
JUNIT = '<testsuites><testsuite name="s" tests="1" failures="%d"><testcase classname="a" name="x">%s</testcase>' \
        '</testsuite></testsuites>'
GATE = ["gate", "--service", "checkout", "--env", "production", "--version", "1.0.0", "--commit", "abc"]


class Server:
    """A server on a free port, in the current folder."""

    def __init__(self, *options):
        self.process = subprocess.Popen([TOLLGATE, "serve", "--listen", "127.0.0.1:0", *options],
                                        stderr=subprocess.PIPE, text=True)
        self.lines = []
        for line in self.process.stderr:
            self.lines.append(line)
            found = re.search(r"listening: (\S+?)/$", line)
            if found:
                self.url = found.group(1)
                return
        raise AssertionError("the server did not start: " + "".join(self.lines))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)
        return self.process.returncode


def tollgate(*words, **variables):
    done = subprocess.run([TOLLGATE, *words], capture_output=True, text=True, env={**os.environ, **variables})
    return done.returncode, done.stdout, done.stderr


def answer(*words, **variables):
    code, out, err = tollgate(*words, "-o", "json", **variables)
    assert out, (words, code, err)
    return json.loads(out)


class ServeTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.before = os.getcwd()
        os.chdir(self.folder.name)
        os.mkdir("policy")
        with open("policy/policy.yaml", "w") as file:
            file.write(POLICY)
        self.write_tests(1)
        self.server = None

    def tearDown(self):
        if self.server:
            self.server.process.kill()
            self.server.process.communicate()
        os.chdir(self.before)
        self.folder.cleanup()

    def write_tests(self, failed):
        with open("junit.xml", "w") as file:
            file.write(JUNIT % (failed, '<failure message="no"/>' if failed else ""))

    def test_local_mode_and_server_mode_give_the_same_verdict(self):
        self.server = Server("--data-dir", "server")
        remote = ["--server", self.server.url]
        local = ["--data-dir", "local", "--policy", "policy"]
        self.assertEqual(tollgate("apply", "policy", *remote)[0], 0)
        verdicts = []
        for place in (remote, local):
            self.assertEqual(tollgate("record", "junit.xml", "--service", "checkout", "--commit", "abc", *place)[0], 0)
            self.assertEqual(tollgate(*GATE, *place)[0], 10)
            verdicts.append(answer(*GATE, *place))
        for verdict in verdicts:
            for key in ("decision", "at", "ledger", "repeat"):
                del verdict[key]
            for check in verdict["checks"]:
                del check["age_s"], check["source"]
        self.assertEqual(verdicts[0], verdicts[1])

    def test_deny_fix_allow_export_verify_replay(self):
        self.server = Server("--data-dir", "server", "--policy", "policy")
        remote = ["--server", self.server.url]
        self.assertEqual(tollgate("record", "junit.xml", "--service", "checkout", "--commit", "abc", *remote)[0], 0)
        self.assertEqual(tollgate(*GATE, *remote)[0], 10)
        self.write_tests(0)
        self.assertEqual(tollgate("record", "junit.xml", "--service", "checkout", "--commit", "abc", *remote)[0], 0)
        self.assertEqual(tollgate(*GATE, *remote)[0], 0)
        self.assertEqual(tollgate("ledger", "export", "audit.jsonl", *remote)[0], 0)
        self.assertTrue(answer("ledger", "verify", "audit.jsonl")["ok"])
        self.assertEqual(answer("ledger", "replay", "audit.jsonl")["identical"], 2)
        self.assertEqual(answer("status", *remote)["decisions"][0]["verdict"], "allow")
        self.assertEqual(answer("get", "Service", "checkout", *remote)["kind"], "Service")
        self.assertEqual(tollgate("get", "services", "-o", "name", *remote)[1], "checkout\n")
        self.assertEqual(answer("plan", "policy", *remote)["flipped"], 0)

    def test_it_stops_cleanly_and_remembers(self):
        self.server = Server("--data-dir", "server", "--policy", "policy")
        first = answer(*GATE, "--server", self.server.url)
        self.assertEqual(tollgate("ledger", "head", "--data-dir", "server")[0], 6, "one process per directory")
        self.assertEqual(self.server.stop(), 0)
        self.server = Server("--data-dir", "server")
        again = answer("explain", first["decision"], "--server", self.server.url)
        self.assertEqual(again["checks"], first["checks"])
        self.assertEqual(self.server.stop(), 0)

    def audits(self, count):
        """The audits of the server, once there are so many; it looks once a second."""
        for _ in range(200):
            listed = answer("audit", "list", "--server", self.server.url)
            if len(listed["audits"]) >= count:
                return listed
            time.sleep(0.05)
        return listed

    def test_it_makes_scheduled_audits_by_itself_and_not_again_after_a_restart(self):
        os.mkdir("checkout")
        with open("checkout/.gitlab-ci.yml", "w") as file:
            file.write("ship:\n  script: [kubectl apply -f k8s/]\n")
        with open("policy/audits.yaml", "w") as file:
            file.write("apiVersion: tollgate/v1\nkind: AuditSchedule\nmetadata: {name: bypasses}\n"
                       "spec: {scope: deployments, every: 24h}\n---\n"
                       "apiVersion: tollgate/v1\nkind: AuditSchedule\nmetadata: {name: pipelines}\n"
                       "spec: {scope: pipelines, source: acme/checkout, every: 24h}\n")
        options = ["--data-dir", "server", "--checkout", "acme/checkout=checkout"]
        self.server = Server(*options, "--policy", "policy")
        first = self.audits(2)
        self.assertEqual({audit["schedule"]: audit["opened"] for audit in first["audits"]},
                         {"bypasses": 0, "pipelines": 1})
        self.assertEqual(self.server.stop(), 0)
        self.server = Server(*options)
        due = answer("audit", "run", "--due", "--server", self.server.url)
        self.assertEqual(due, {"audits": [], "findings": 0, "failed": []})
        self.assertEqual(self.audits(2)["audits"], first["audits"])
        self.assertEqual(self.server.stop(), 0)
        # Without the folder the audit cannot be made when it is due, and says what to do.
        later = {"TOLLGATE_NOW": "2099-01-01T00:00:00Z"}
        code, out, _ = tollgate("audit", "run", "--due", "--data-dir", "server", "--policy", "policy", **later)
        self.assertEqual(code, 3)
        self.assertIn('no folder is known for the pipelines of "acme/checkout"', out)
        self.assertIn("--checkout", out)

    def test_an_edited_ledger_is_found_at_start(self):
        self.server = Server("--data-dir", "server", "--policy", "policy")
        self.assertEqual(tollgate(*GATE, "--server", self.server.url)[0], 12)
        self.assertEqual(self.server.stop(), 0)
        database = sqlite3.connect("server/ledger.db")
        database.execute("update event set leaf = cast(replace(cast(leaf as text), '1.0.0', '9.0.0') as blob)")
        database.commit()
        database.close()
        code, _, errors = tollgate("serve", "--listen", "127.0.0.1:0", "--data-dir", "server")
        self.assertEqual(code, 30, errors)
        self.assertIn("position 1", errors)

    def test_tokens_open_the_door(self):
        self.server = Server("--data-dir", "server", "--policy", "policy", "--require-token")
        remote = ["--server", self.server.url]
        self.assertEqual(tollgate(*GATE, *remote)[0], 4)
        token = answer("access", "token", "create", "--data-dir", "server", "--subject", "ci", "--role", "ci")["token"]
        for _ in range(20):  # the server notices new tokens within a second
            code = tollgate(*GATE, *remote, TOLLGATE_TOKEN=token)[0]
            if code != 4:
                break
        self.assertEqual(code, 12)
        self.assertEqual(tollgate("apply", "policy", *remote, TOLLGATE_TOKEN=token)[0], 4, "ci may not apply")

    def test_the_demo_world_is_lively(self):
        self.server = Server("--demo")
        status = answer("status", "--server", self.server.url)
        self.assertEqual(len(status["slos"]), 8)
        self.assertEqual({row["verdict"] for row in status["decisions"]} - {"inconclusive"}, {"allow", "deny"})
        gate = ["gate", "--server", self.server.url, "--service", "checkout", "--env", "production", "--version", "2.0.0"]
        self.assertEqual(tollgate(*gate)[0], 10)
        self.assertEqual(tollgate(*gate, "--change-class", "fix")[0], 0)
        with urllib.request.urlopen(self.server.url + "/") as page:
            self.assertIn(b"checkout", page.read())
        with urllib.request.urlopen(self.server.url + "/metrics") as page:
            metrics = page.read().decode()
        for window in ("1h", "6h"):
            self.assertRegex(metrics, r'tollgate_slo_burn_rate\{slo="search/availability",environment="production",window="%s"\} [0-9.]+' % window)
        remote = ["--server", self.server.url]
        self.assertEqual(len(answer("alert", "list", *remote)["alerts"]), 16)
        slower = answer("slo", "latency", "checkout", *remote)
        with urllib.request.urlopen(self.server.url + "/deliveries?service=checkout") as page:
            self.assertIn("Latency of the last two releases", page.read().decode())
        self.assertEqual(tollgate("slo", "latency", "checkout", "--operations", *remote)[0], 0)
        self.assertEqual(answer("slo", "latency", "checkout/availability", *remote)["events"], 0)
        self.assertEqual((slower["change"], slower["operations"][0]["operation"]), ("slower", "SELECT basket"))
        self.assertEqual(self.server.stop(), 0)
        self.server = Server("--demo")
        self.assertGreaterEqual(answer("ledger", "replay", "--server", self.server.url)["verdicts"], 300)


if __name__ == "__main__":
    unittest.main()
