#!/usr/bin/env python3
"""Every goal of docs/BENCHMARKS.md beside its baseline, in one run of about four minutes.

In each round nginx, Tollgate and the disk take turns, so that neighbours on the machine meet all of them. Writes
OUT/results.json (everything measured) and OUT/table.md (the table to publish), and prints the table.

Usage: bench/goals.py [--build build/release] [--out build/bench] [--rounds 3] [--seconds 3]
Needs wrk and nginx. TMPDIR chooses the disk.
"""
import argparse
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

POLICY = """
apiVersion: openslo/v1
kind: Service
metadata: {name: checkout}
spec: {description: Takes the money.}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: availability}
spec:
  service: checkout
  indicator:
    metadata: {name: availability}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: cells, spec: {count: good}}}
        total: {metricSource: {type: cells, spec: {count: total}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Requests, target: 0.999}]
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: production}
spec: {production: true}
---
apiVersion: tollgate/v1
kind: ReleasePolicy
metadata: {name: production}
spec:
  rule:
    allOf:
      - {check: error-budget@1, with: {left: 10%}}
      - {check: burn-rate@1}
      - {check: freshness@1, with: {maxAge: 1h}}
      - {check: coverage@1, with: {minimum: 80%, maxDrop: 1%}}
      - {check: coverage@1, with: {minimum: 60%}}
      - {check: tests@1}
      - {check: tests@1, with: {minTotal: 2}}
      - {check: coverage@1, with: {minimum: 50%}}
      - anyOf:
          - {check: tests@1, with: {minTotal: 1000}}
          - {check: coverage@1, with: {minimum: 70%}}
"""
LCOV = "SF:a.cpp\nDA:1,1\nLF:1000\nLH:841\nend_of_record\n"
JUNIT = '<testsuite tests="2"><testcase name="a"/><testcase name="b"/></testsuite>'
QUESTION = '{"service":"checkout","environment":"production","version":"4.18.0","change_class":"normal"}'
NGINX = """
daemon off; master_process off; worker_processes 1; pid {dir}/nginx.pid; error_log {dir}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; keepalive_requests 1000000000; client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy;
  fastcgi_temp_path {dir}/fastcgi; uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  server {{ listen 127.0.0.1:{port}; location / {{ default_type application/json; return 200 "{answer}"; }} }}
}}
"""
WRK = """
wrk.method = "POST"
wrk.body = '{question}'
wrk.headers["Content-Type"] = "application/json"
done = function(summary, latency, requests)
  io.write(string.format("figures %d %d %d %d %d\\n", summary.requests, summary.errors.status,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
"""
HERTZ = os.sysconf("SC_CLK_TCK")
STARTS = 40


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"nothing answers on port {port}")


def cpu_seconds(pid):
    """User and system time of a process so far, in seconds."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) / HERTZ, int(fields[12]) / HERTZ


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, text=True, capture_output=True, **options).stdout


class World:
    """A data directory with a policy of ten checks, reports and a day of traffic; nginx and Tollgate serving."""

    def __init__(self, tollgate, directory):
        self.tollgate = tollgate
        self.dir = directory
        self.data = directory / "data"
        policy = directory / "policy"
        policy.mkdir()
        (policy / "policy.yaml").write_text(POLICY)
        (directory / "lcov.info").write_text(LCOV)
        (directory / "junit.xml").write_text(JUNIT)
        now = int(time.time()) // 60 * 60
        rows = "".join(f"{now - minute * 60},1000,0\n" for minute in range(24 * 60, 0, -1))
        (directory / "traffic.csv").write_text("timestamp,good,bad\n" + rows)
        place = ["--data-dir", self.data, "--policy", policy]
        run(tollgate, "apply", *place)
        run(tollgate, "signal", "import", directory / "traffic.csv", "--slo", "checkout/availability", "--env",
            "production", "--format", "csv", *place)
        for report in ("lcov.info", "junit.xml"):
            run(tollgate, "record", directory / report, "--service", "checkout", "--version", "4.18.0", *place)
        (directory / "post.lua").write_text(WRK.format(question=QUESTION))
        self.ports = {"nginx": free_port(), "tollgate": free_port()}
        (directory / "nginx.conf").write_text(NGINX.format(dir=directory, port=self.ports["nginx"], answer="x" * 414))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.servers = {
            "nginx": subprocess.Popen(["nginx", "-p", directory, "-c", directory / "nginx.conf"], **quiet),
            "tollgate": subprocess.Popen([tollgate, "serve", "--data-dir", self.data, "--listen",
                                          f"127.0.0.1:{self.ports['tollgate']}"], **quiet),
        }
        for port in self.ports.values():
            wait_for(port)

    def close(self):
        for server in self.servers.values():
            server.terminate()
        for server in self.servers.values():
            server.wait()
        self.servers = {}

    def load(self, name, connections, seconds):
        """Closed loop with that many connections: CPU per request, rate, and latencies in microseconds."""
        before = cpu_seconds(self.servers[name].pid)
        out = run("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", self.dir / "post.lua",
                  f"http://127.0.0.1:{self.ports[name]}/v1/gates")
        after = cpu_seconds(self.servers[name].pid)
        figures = next(line for line in out.splitlines() if line.startswith("figures")).split()[1:]
        requests, errors, p50, p99, p999 = map(int, figures)
        if errors or not requests:
            sys.exit(f"{name}: {errors} of {requests} answers were errors")
        return {"cpu_us": 1e6 * (sum(after) - sum(before)) / requests, "user_us": 1e6 * (after[0] - before[0]) / requests,
                "per_second": requests / seconds, "p50_us": p50, "p99_us": p99, "p999_us": p999}

    def memory_kib(self):
        status = pathlib.Path(f"/proc/{self.servers['tollgate'].pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])


def newest_record_bytes(world):
    """Bytes of the newest leaf, which is a decision."""
    base = f"http://127.0.0.1:{world.ports['tollgate']}/v1/ledger/"
    with urllib.request.urlopen(base + "head") as answer:
        size = json.load(answer)["size"]
    with urllib.request.urlopen(f"{base}entries?from={size - 1}&limit=1") as answer:
        leaf = json.load(answer)["entries"][0]
    return len(json.dumps(leaf, separators=(",", ":"), ensure_ascii=False).encode())


def durable_rates(build, size, seconds):
    """{what: {batch: figures}} of bare fdatasync, SQLite and the ledger."""
    found = {}
    for line in run(build / "bench/durable_rates", size, seconds).splitlines():
        row = json.loads(line)
        found.setdefault(row["what"], {})[row["batch"]] = row
    return found


def google(build, name, pattern, seconds=0.5):
    """Figures of a Google Benchmark binary by name. Its files are read, not synced: they stay in memory."""
    memory = "/dev/shm"
    place = {"TMPDIR": memory} if os.path.isdir(memory) else {}
    out = run(build / "bench" / name, f"--benchmark_filter={pattern}", f"--benchmark_min_time={seconds}",
              "--benchmark_format=json", env=os.environ | place)
    return {row["name"]: row for row in json.loads(out)["benchmarks"]}


def wall_seconds(*command):
    begin = time.perf_counter()
    run(*command)
    return time.perf_counter() - begin


def one_round(world, build, size, seconds):
    return {
        "nginx_16": world.load("nginx", 16, seconds),
        "tollgate_16": world.load("tollgate", 16, seconds),
        "tollgate_64": world.load("tollgate", 64, seconds),
        "tollgate_1": world.load("tollgate", 1, seconds),
        "durable": durable_rates(build, size, seconds / 6),
    }


def offline(world, build, count, export):
    """What needs no server: judging, verifying, replaying, starting."""
    hashing = google(build, "ledger_benchmark", "raw_sha256|verify_export")
    judging = google(build, "judge_benchmark", ".")
    cold = google(build, "ledger_benchmark", "open_ledger")
    starts = sorted(wall_seconds(world.tollgate, "--help") for _ in range(STARTS))
    head = ["ledger", "head", "--data-dir", world.data]
    run("strip", "-o", world.dir / "stripped", world.tollgate)
    return {
        "sha256_bytes_per_s": hashing["raw_sha256"]["bytes_per_second"],
        "verify_bytes_per_cpu_s": hashing["verify_export/1/real_time"]["bytes_per_cpu_second"],
        "judge_ns": judging["judge_ten_checks"]["cpu_time"],
        "judge_and_encode_ns": judging["judge_record_and_encode"]["cpu_time"],
        "open_million_leaves_s": next(iter(cold.values()))["real_time"] / 1000,
        "decisions": count,
        "open_decisions_s": wall_seconds(world.tollgate, *head),
        "replay_decisions_s": wall_seconds(world.tollgate, "ledger", "replay", export),
        "help_ms": 1000 * starts[STARTS // 2],
        "binary_bytes": (world.dir / "stripped").stat().st_size,
    }


class Row:
    """One goal: the figures of each round beside the baseline's, the ratio that is judged, and the limit for it."""

    def __init__(self, what, ours, baseline, values, limit, is_least=False, unit="x"):
        self.what, self.ours, self.baseline = what, ours, baseline
        self.values = sorted(values)
        self.limit, self.is_least, self.unit = limit, is_least, unit
        self.median = statistics.median(values)

    def is_met(self):
        return self.median >= self.limit if self.is_least else self.median <= self.limit

    def cells(self):
        def show(value):
            return f"{value:.0%}" if self.unit == "%" else f"{value:.3g} {self.unit}" if self.unit != "x" else f"{value:.2f}x"
        spread = f" ({show(self.values[0])} to {show(self.values[-1])})" if len(self.values) > 1 else ""
        goal = ("at least " if self.is_least else "at most ") + show(self.limit)
        return [self.what, self.ours, self.baseline, show(self.median) + spread, goal, "met" if self.is_met() else "**missed**"]

    def to_json(self):
        return {"what": self.what, "ours": self.ours, "baseline": self.baseline, "median": self.median,
                "values": self.values, "unit": self.unit, "limit": self.limit, "is_least": self.is_least,
                "is_met": self.is_met()}


def rows_of(rounds, rest):
    def middle(path):
        return statistics.median(path(one) for one in rounds)

    def durable(what, batch, figure):
        return middle(lambda one: one["durable"][what][batch][figure])

    rows = [
        Row("server CPU per durable decision, 16 connections", f"{middle(lambda r: r['tollgate_16']['cpu_us']):.1f} us",
            f"nginx {middle(lambda r: r['nginx_16']['cpu_us']):.1f} us",
            [r["tollgate_16"]["cpu_us"] / r["nginx_16"]["cpu_us"] for r in rounds], 2),
        Row("p99 above one fdatasync, 16 connections", f"{middle(lambda r: r['tollgate_16']['p99_us']):.0f} us",
            f"fdatasync p50 {durable('fdatasync', 1, 'p50_us'):.0f}, p99 {durable('fdatasync', 1, 'p99_us'):.0f} us",
            [(r["tollgate_16"]["p99_us"] - r["durable"]["fdatasync"][1]["p50_us"]) / 1000 for r in rounds], 1.5,
            unit="ms"),
    ]
    for connections in (16, 64):
        rows.append(Row(
            f"durable decisions per second over HTTP, {connections} connections",
            f"{middle(lambda r, c=connections: r[f'tollgate_{c}']['per_second']):.0f} /s",
            f"SQLite, {connections} a commit {durable('sqlite', connections, 'per_second'):.0f} /s",
            [r[f"tollgate_{connections}"]["per_second"] / r["durable"]["sqlite"][connections]["per_second"]
             for r in rounds], 0.8, is_least=True, unit="%"))
        rows.append(Row(
            f"the ledger alone, {connections} a commit", f"{durable('ledger', connections, 'per_second'):.0f} /s",
            f"SQLite {durable('sqlite', connections, 'per_second'):.0f} /s",
            [r["durable"]["ledger"][connections]["per_second"] / r["durable"]["sqlite"][connections]["per_second"]
             for r in rounds], 0.8, is_least=True, unit="%"))
    rows += [
        Row("one decision alone over HTTP, p50", f"{middle(lambda r: r['tollgate_1']['p50_us']):.0f} us",
            f"fdatasync {durable('fdatasync', 1, 'p50_us'):.0f} us",
            [r["tollgate_1"]["p50_us"] / r["durable"]["fdatasync"][1]["p50_us"] for r in rounds], 1.5),
        Row("one record alone in the ledger, p50", f"{durable('ledger', 1, 'p50_us'):.0f} us",
            f"fdatasync {durable('fdatasync', 1, 'p50_us'):.0f} us",
            [r["durable"]["ledger"][1]["p50_us"] / r["durable"]["fdatasync"][1]["p50_us"] for r in rounds], 1.5),
        Row("judging ten checks", f"{rest['judge_ns']:.0f} ns", "-", [rest["judge_ns"] / 1000], 1, unit="us"),
        Row("verifying an export, per core", f"{rest['verify_bytes_per_cpu_s'] / 1e9:.2f} GB/s",
            f"SHA-256 {rest['sha256_bytes_per_s'] / 1e9:.2f} GB/s",
            [rest["verify_bytes_per_cpu_s"] / rest["sha256_bytes_per_s"]], 0.8, is_least=True, unit="%"),
        Row("`tollgate --help`", f"{rest['help_ms']:.1f} ms", "-", [rest["help_ms"]], 10, unit="ms"),
    ]
    return rows


def table_of(rows, rest):
    lines = ["| what | measured | beside | ratio or distance | goal | |", "|---|---|---|---|---|---|"]
    lines += ["| " + " | ".join(row.cells()) + " |" for row in rows]
    stated = [
        ("one decision in the ledger", f"{rest['record_bytes']} bytes"),
        ("judging, recording and encoding", f"{rest['judge_and_encode_ns'] / 1000:.1f} us"),
        ("cold start, 1,000,000 leaves of 1 KB, ledger alone", f"{rest['open_million_leaves_s']:.1f} s"),
        (f"cold start, {rest['decisions']:,} decisions", f"{rest['open_decisions_s']:.1f} s"),
        (f"replaying {rest['decisions']:,} decisions", f"{rest['replay_decisions_s']:.1f} s"),
        ("memory of the server after that load", f"{rest['memory_kib'] / 1024:.0f} MiB"),
        ("binary, stripped", f"{rest['binary_bytes'] / 1e6:.1f} MB"),
    ]
    lines += [f"| {what} | {value} | - | - | stated | |" for what, value in stated]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/release"))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/bench"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args()
    os.environ["PATH"] += ":/usr/sbin"
    for tool in ("wrk", "nginx", "strip"):
        if not shutil.which(tool):
            print(f"skipped: {tool} is not installed")
            return
    build = options.build.resolve()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        world = World(build / "src/app/tollgate", pathlib.Path(directory))
        try:
            for name in ("nginx", "tollgate"):
                world.load(name, 16, 1)  # warm-up, thrown away
            load_before = os.getloadavg()[0]
            size = newest_record_bytes(world)
            rounds = []
            for number in range(options.rounds):
                rounds.append(one_round(world, build, size, options.seconds))
                print(f"round {number + 1} of {options.rounds} done", file=sys.stderr, flush=True)
            memory = world.memory_kib()
        finally:
            world.close()
        export = world.dir / "export.jsonl"
        run(world.tollgate, "ledger", "export", "--data-dir", world.data, export)
        with open(export, "rb") as lines:
            count = sum(b'"type":"verdict.given"' in line for line in lines)
        rest = offline(world, build, count, export) | {"record_bytes": size, "memory_kib": memory}
    rows = rows_of(rounds, rest)
    table = table_of(rows, rest)
    results = {
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "load_before": load_before,
        "seconds": options.seconds,
        "rounds": rounds,
        "offline": rest,
        "rows": [row.to_json() for row in rows],
    }
    (options.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (options.out / "table.md").write_text(table)
    print(table, end="")


if __name__ == "__main__":
    main()
