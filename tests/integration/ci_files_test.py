# The files of share/ci against the real binary, as far as they can run without the CI: the commands of GitHub Actions,
# GitLab and Jenkins in a shell; the requests of Argo Rollouts and Flagger against a server, and their conditions.
# Usage: ci_files_test.py TOLLGATE SHARE_CI
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

SHARE = pathlib.Path(sys.argv.pop(2)).resolve()
TOLLGATE = os.path.abspath(sys.argv.pop(1))
COMMIT = "3f2c1a9d5b7e4f60718293a4b5c6d7e8f9012345"
VERSION = "2.4.0"
SECRET = "a secret of the test"

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
---
apiVersion: tollgate/v1
kind: Integration
metadata: {name: argo}
spec: {sender: argo-rollouts, secrets: ["env:CI_FILES_SECRET"]}
---
apiVersion: tollgate/v1
kind: Integration
metadata: {name: flagger}
spec: {sender: flagger, secrets: ["env:CI_FILES_SECRET"]}
"""
JUNIT = '<testsuites><testsuite name="s" tests="1"><testcase classname="a" name="x">%s</testcase></testsuite></testsuites>'
REPORTS = {
    "coverage/lcov.info": "SF:a.c\nDA:1,1\nDA:2,0\nLF:2\nLH:1\nend_of_record\n",
    "coverage.xml": '<coverage line-rate="0.5" lines-covered="1" lines-valid="2"><packages/></coverage>',
    "target/site/jacoco/jacoco.xml": '<report name="x"><counter type="LINE" missed="1" covered="1"/></report>',
}


def commands_of(name):
    """The command lines of tollgate in a CI file, with the names that it asks to adapt."""
    found = re.findall(r"(?:^|[-:'|]\s+|'\s*)(tollgate (?:record|gate)[^\n]*?)'?\)?$", (SHARE / name).read_text(), re.M)
    return [line.strip().rstrip("'").replace("CHECKOUT", "checkout") for line in found]


class CiFilesTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.before = os.getcwd()
        os.chdir(self.folder.name)
        os.mkdir("bin")
        os.symlink(TOLLGATE, "bin/tollgate")
        os.mkdir(".tollgate")
        pathlib.Path(".tollgate/policy.yaml").write_text(POLICY)
        for name, text in REPORTS.items():
            pathlib.Path(name).parent.mkdir(parents=True, exist_ok=True)
            pathlib.Path(name).write_text(text)
        self.write_tests("")
        self.process = None

    def tearDown(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.communicate(timeout=30)
        os.chdir(self.before)
        self.folder.cleanup()

    def write_tests(self, failure):
        pathlib.Path("junit.xml").write_text(JUNIT % failure)

    def run_pipeline(self, name, **variables):
        """Runs the file's commands one after the other; the exit code of the first that does not succeed."""
        environment = {"PATH": os.getcwd() + "/bin:" + os.environ["PATH"], "HOME": os.getcwd(), **variables}
        commands = commands_of(name)
        self.assertTrue(any(c.startswith("tollgate gate") for c in commands), (name, commands))
        for command in commands:
            done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True)
            if done.returncode != 0:
                return done.returncode, done.stdout + done.stderr
        return 0, ""

    def test_github_actions(self):
        variables = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary",
                     "GITHUB_SHA": COMMIT, "GITHUB_REF_NAME": VERSION}
        code, text = self.run_pipeline("github-actions.yaml", **variables)
        self.assertEqual(code, 0, text)
        self.assertIn("verdict=allow", pathlib.Path("output").read_text())
        self.assertIn("ALLOW", pathlib.Path("summary").read_text())
        self.write_tests("<failure/>")
        code, text = self.run_pipeline("github-actions.yaml", **variables)
        self.assertEqual(code, 10, text)

    def test_gitlab(self):
        variables = {"GITLAB_CI": "true", "CI_COMMIT_SHA": COMMIT, "CI_COMMIT_TAG": VERSION}
        code, text = self.run_pipeline("gitlab-ci.yaml", **variables)
        self.assertEqual(code, 0, text)
        for artifact in re.findall(r"(?:junit|codequality|dotenv): (\S+)", (SHARE / "gitlab-ci.yaml").read_text()):
            self.assertTrue(os.path.exists(artifact), artifact)

    def test_jenkins(self):
        # Jenkins records the coverage only; the tests come from another stage.
        subprocess.run([TOLLGATE, "record", "junit.xml", "--service", "checkout", "--commit", COMMIT], check=True,
                       capture_output=True)
        variables = {"JENKINS_URL": "http://ci", "BUILD_TAG": VERSION, "GIT_COMMIT": COMMIT}
        code, text = self.run_pipeline("Jenkinsfile", **variables)
        self.assertEqual(code, 0, text)
        self.assertTrue(os.path.exists("tollgate-junit.xml"))

    def serve(self):
        self.process = subprocess.Popen([TOLLGATE, "serve", "--listen", "127.0.0.1:0", "--policy", ".tollgate"],
                                        stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, "CI_FILES_SECRET": SECRET})
        for line in self.process.stderr:
            found = re.search(r"listening: (\S+?)/$", line)
            if found:
                self.url = found.group(1)
                return
        raise AssertionError("the server did not start")

    def post(self, path, body, **headers):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def record_tests(self):
        subprocess.run([TOLLGATE, "record", "junit.xml", "--service", "checkout", "--version", VERSION, "--server",
                        self.url], check=True, capture_output=True)

    def test_argo_rollouts(self):
        self.serve()
        text = (SHARE / "argo-analysis-template.yaml").read_text()
        path = re.search(r"url: https://tollgate.example(\S+)", text).group(1)
        members = re.findall(r'^            (\w+): "\{\{args\.(\w+)\}\}"$', text, re.M)
        values = {"service": "checkout", "environment": "production", "version": VERSION, "commit": ""}
        body = {member: values[argument] for member, argument in members}
        self.assertEqual(set(body), {"service", "environment", "version", "commit"})
        success = re.search(r"successCondition: result\.verdict == \"(\w+)\"", text).group(1)
        failure = re.search(r"failureCondition: result\.verdict == \"(\w+)\"", text).group(1)
        headers = {"Authorization": "Bearer " + SECRET, "Content-Type": "application/json"}
        status, answer = self.post(path, body, **headers)
        self.assertEqual((status, answer["verdict"]), (200, "inconclusive"), answer)  # no tests so far: it pauses
        self.record_tests()
        status, answer = self.post(path, body, **headers)
        self.assertEqual((status, answer["verdict"]), (200, success), answer)
        self.write_tests("<failure/>")
        self.record_tests()
        status, answer = self.post(path, body, **headers)
        self.assertEqual((status, answer["verdict"]), (200, failure), answer)
        status, answer = self.post(path, body, Authorization="Bearer guessed")
        self.assertEqual((status, answer["verdict"]), (200, "inconclusive"), answer)

    def test_flagger(self):
        self.serve()
        self.record_tests()
        text = (SHARE / "flagger-canary.yaml").read_text()
        hooks = dict(re.findall(r"type: ([\w-]+)\n\s+url: https://tollgate\.example(\S+)", text))
        self.assertEqual(len(hooks), 6)
        name = re.search(r"^  name: (\w+)", text, re.M).group(1)
        metadata = {"version": VERSION, "environment": "production"}

        def ask(hook, phase):
            body = {"name": name, "namespace": "shop", "phase": phase, "checksum": "85d557f47b", "metadata": metadata}
            return self.post(hooks[hook].replace("TOKEN", SECRET.replace(" ", "%20")), body)

        for hook in ("confirm-rollout", "confirm-traffic-increase", "confirm-promotion"):
            status, answer = ask(hook, "Progressing")
            self.assertEqual(status, 200, (hook, answer))
        status, answer = ask("rollback", "Progressing")
        self.assertEqual(status, 403, answer)  # the gate allows: it must not go back
        for hook, phase in (("event", "Progressing"), ("post-rollout", "Succeeded")):
            status, answer = ask(hook, phase)
            self.assertEqual((status, answer["recorded"]), (200, 1), (hook, answer))
        self.write_tests("<failure/>")
        self.record_tests()
        self.assertEqual(ask("confirm-promotion", "Progressing")[0], 403)
        self.assertEqual(ask("rollback", "Progressing")[0], 200)  # a deny rolls back


if __name__ == "__main__":
    unittest.main(verbosity=1)
