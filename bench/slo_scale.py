#!/usr/bin/env python3
"""Many SLOs in a real server, beside Prometheus with Sloth's rules on the same feed.

For each number of SLOs: ten series each, one sample in 30 s, days of history; both servers evaluate on their own. Prints
and writes (OUT/slo_scale.json, OUT/slo_scale.md) CPU-seconds of a round of 30 s, whole and of the thread that evaluates,
memory, start, apply, /metrics, page; and, where both ran, whether their answers agree and why they differ.

Usage: bench/slo_scale.py [--build build/release] [--out build/bench] [--slos 100,1000,5000,100000]
         [--prometheus 100,1000,5000] [--days 30] [--prometheus-days 30] [--rounds 4] [--signal-memory 10GiB]
         [--alerts-every 1s]
--prometheus-days holds for up to 100 SLOs; more get an hour, which flatters Prometheus. 0 leaves history out.
Needs a release build of tollgate and slo_world; prometheus and promtool for its side. TMPDIR chooses the disk.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

STEP = 30
HISTORY_MOST = 100  # SLOs that Prometheus gets the whole history for
PERIOD = 2100  # of slo_world: SLO n and n + PERIOD have the same traffic
BLOCK = 6 * 3600  # where the history ends
LONG_BLOCK = 18 * 3600  # of Prometheus; nothing is left to compact while it is measured
WINDOWS = {"5m": 300, "30m": 1800, "1h": 3600, "2h": 7200, "6h": 21600, "1d": 86400, "3d": 259200}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url, seconds=600):
    with urllib.request.urlopen(url, timeout=seconds) as reply:
        return reply.read()


def get_json(url, seconds=600):
    return json.loads(get(url, seconds))


class Server:
    """A process with its CPU time by thread and its memory."""

    def __init__(self, command, port, ready, log):
        self.port = port
        self.began = time.time()
        self.process = subprocess.Popen([str(part) for part in command], stdout=open(log, "w"), stderr=subprocess.STDOUT)
        self.pid = self.process.pid
        while True:
            try:
                get(f"http://127.0.0.1:{port}{ready}", 5)
                break
            except OSError:
                if self.process.poll() is not None:
                    sys.exit(f"{command[0]} ended: {pathlib.Path(log).read_text()[-2000:]}")
                time.sleep(0.05)
        self.start_wall = time.time() - self.began
        self.start_cpu = self.cpu()

    def threads(self):
        """CPU-seconds by name of thread."""
        sums = {}
        for task in pathlib.Path(f"/proc/{self.pid}/task").iterdir():
            try:
                name = (task / "comm").read_text().strip()
                used = int((task / "schedstat").read_text().split()[0]) / 1e9
            except OSError:
                continue
            sums[name] = sums.get(name, 0) + used
        return sums

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mb(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0

    def stop(self):
        began = time.time()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return time.time() - began


def repeat_history(path, slos):
    """Gives SLOs beyond the first PERIOD the cells of those whose traffic is the same."""
    file = sqlite3.connect(path, isolation_level=None)
    file.execute("PRAGMA synchronous = OFF")
    for shift in range(PERIOD, slos, PERIOD):
        most = min(PERIOD, slos - shift)
        file.execute("BEGIN")
        file.execute("INSERT INTO places SELECT id + ?1, 'shop/slo-' || substr('00000' || (CAST(substr(slo, 10) AS INTEGER) "
                     "+ ?1), -5), environment, track, version, label_group, is_live FROM places WHERE id <= ?2", (shift, most))
        file.execute("INSERT INTO hours SELECT series + ?1, hour, cells FROM hours WHERE series <= ?2", (shift, most))
        file.execute("INSERT INTO watermarks SELECT series + ?1, source, time_ms FROM watermarks WHERE series <= ?2", (shift, most))
        file.execute("COMMIT")
    file.close()


class Bench:
    def __init__(self, options):
        self.options = options
        build = pathlib.Path(options.build).resolve()
        self.tollgate = build / "src/app/tollgate"
        self.world = build / "bench/slo_world"
        self.out = pathlib.Path(options.out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.results = {"machine": os.uname().release, "load": os.getloadavg()[0], "rows": []}

    def note(self, text):
        print(text, flush=True)

    def save(self):
        (self.out / "slo_scale.json").write_text(json.dumps(self.results, indent=1))

    def call(self, *command):
        return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True).stdout

    def live(self, slos, seconds, servers):
        """The feed in real time; CPU-seconds of every server and thread per round."""
        before = [(server.cpu(), server.threads()) for server, _ in servers]
        targets = [part for server, path in servers for part in (server.port, path)]
        self.call(self.world, "live", slos, seconds, 5000, *targets)
        rounds = seconds / STEP
        rows = []
        for (server, _), (cpu, threads) in zip(servers, before):
            now = server.threads()
            by_thread = {name: (used - threads.get(name, 0)) / rounds for name, used in now.items()}
            rows.append({"cpu_s_per_round": (server.cpu() - cpu) / rounds,
                         "threads": {name: round(used, 6) for name, used in by_thread.items() if used > 1e-6}})
        return rows

    # -- Tollgate

    def open_tollgate(self, slos, folder, days, last_step):
        policy = folder / "policy"
        policy.mkdir(parents=True)
        self.call(self.world, "policy", slos, policy)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if days > 0:
            began = time.time()
            self.call(self.world, "cells", min(slos, PERIOD), data / "cells.db", days, last_step)
            repeat_history(data / "cells.db", slos)
            self.note(f"  {slos} SLOs: history of {days} d filled in {time.time() - began:.1f} s, "
                      f"{(data / 'cells.db').stat().st_size / 1e6 / slos * 1e3:.1f} KB on disk each")
        return self.start_tollgate(folder, policy)

    def start_tollgate(self, folder, policy=None):
        port = free_port()
        command = [self.tollgate, "serve", "--listen", f"127.0.0.1:{port}", "--data-dir", folder / "data",
                   "--signal-memory", self.options.signal_memory, "--alerts-every", self.options.alerts_every]
        if policy:
            command += ["--policy", policy]
        return Server(command, port, "/-/ready", folder / "tollgate.log")

    def metric(self, server, name):
        for line in get(f"http://127.0.0.1:{server.port}/metrics").decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        return 0.0

    def wait_for_rounds(self, server):
        """Until every rule was looked at under the policy, so that all cells are in memory."""
        began = time.time()
        while time.time() - began < 900:
            known = self.metric(server, 'tollgate_slos{state="no_data"}')
            if self.metric(server, "tollgate_alert_whole_rounds_total") >= 2 and known == 0:
                return time.time() - began
            time.sleep(1)
        return -1

    def idle(self, server, seconds):
        before = server.threads()
        time.sleep(seconds)
        now = server.threads()
        return {name: (used - before.get(name, 0)) / seconds for name, used in now.items()}

    def interface(self, server, slos, folder):
        base = f"http://127.0.0.1:{server.port}"
        row = {}
        for name, path in (("metrics", "/metrics"), ("page", "/"), ("status", "/v1/status"),
                           ("one_burn", "/v1/slos/shop/slo-00042/burn?environment=production")):
            cpu, began = server.cpu(), time.time()
            try:
                size = len(get(base + path))
            except OSError as error:
                row[name] = {"error": str(error)}
                continue
            row[name] = {"bytes": size, "wall_s": round(time.time() - began, 4), "cpu_s": round(server.cpu() - cpu, 3)}
        # A change of one SLO of all.
        changed = folder / "changed"
        shutil.copytree(folder / "policy", changed)
        text = (changed / "slos-0.yaml").read_text()
        at = text.rindex("target: 0.999")
        (changed / "slos-0.yaml").write_text(text[:at] + "target: 0.998" + text[at + len("target: 0.999"):])
        cpu, began = server.cpu(), time.time()
        done = subprocess.run([str(self.tollgate), "apply", "--server", base, str(changed)], capture_output=True, text=True)
        row["apply_one"] = {"exit": done.returncode, "wall_s": round(time.time() - began, 3),
                            "cpu_s": round(server.cpu() - cpu, 3), "said": (done.stdout + done.stderr)[-300:]}
        return row

    def run_tollgate(self, slos):
        with tempfile.TemporaryDirectory(prefix="slo-scale-") as name:
            folder = pathlib.Path(name)
            last_step = int(time.time()) // STEP
            server = self.open_tollgate(slos, folder, self.options.days, last_step)
            row = {"server": "tollgate", "slos": slos, "days": self.options.days, "start_wall_s": server.start_wall,
                   "start_cpu_s": server.start_cpu, "rss_at_start_mb": server.rss_mb()}
            row["load_wall_s"] = self.wait_for_rounds(server)
            row["load_cpu_s"] = server.cpu() - server.start_cpu
            row["rss_mb"] = server.rss_mb()
            row["cells_bytes"] = self.metric(server, "tollgate_signal_memory_bytes")
            row["idle_cpu_per_s"] = self.idle(server, 10)
            # The counters begin with the last sample of the history.
            self.call(self.world, "send", slos, last_step, int(time.time()) // STEP, 10000, server.port, "/api/v1/write")
            self.live(slos, STEP, [(server, "/api/v1/write")])  # what the first sample of an hour brings is not of a round
            row["feed"] = self.live(slos, self.options.rounds * STEP, [(server, "/api/v1/write")])[0]
            row["rss_fed_mb"] = server.rss_mb()
            row["interface"] = self.interface(server, slos, folder)
            row["stop_s"] = server.stop()
            server = self.start_tollgate(folder)
            row["restart_wall_s"], row["restart_cpu_s"] = server.start_wall, server.start_cpu
            server.stop()
        self.results["rows"].append(row)
        self.save()
        self.note(f"  tollgate {slos}: {json.dumps(row)}")
        return row

    # -- Prometheus

    def open_prometheus(self, slos, folder, days, first_step, last_step):
        rules = folder / "rules"
        rules.mkdir()
        self.call(self.world, "sloth", slos, folder / "sloth.yaml")
        self.call(self.tollgate, "slo", "rules", "--style", "sloth", "--write", rules / "rules.yml", folder / "sloth.yaml")
        # What rules record is of now; after it Prometheus takes nothing that is older than an hour. So they come later.
        (folder / "prometheus.yml").write_text("global: {scrape_interval: 30s, evaluation_interval: 30s}\n")
        data = folder / "prometheus"
        data.mkdir()
        if days > 0:
            began = time.time()
            at = first_step
            while at < last_step:
                block_end = min(last_step, (at * STEP // LONG_BLOCK + 1) * LONG_BLOCK // STEP)
                with open(folder / "block.txt", "w") as out:
                    subprocess.run([str(self.world), "text", str(slos), str(at), str(block_end)], check=True, stdout=out)
                subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics",
                                "--max-block-duration=18h", str(folder / "block.txt"), str(data)],
                               check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                at = block_end
            self.note(f"  prometheus: history of {days} d in blocks after {time.time() - began:.0f} s")
        port = free_port()
        command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={data}",
                   "--storage.tsdb.retention.time=60d", "--storage.tsdb.max-block-duration=18h", "--web.enable-remote-write-receiver",
                   f"--web.listen-address=127.0.0.1:{port}"]
        return Server(command, port, "/-/ready", folder / "prometheus.log")

    def run_both(self, slos):
        """Prometheus and Tollgate on one feed and one history."""
        with tempfile.TemporaryDirectory(prefix="slo-both-") as name:
            folder = pathlib.Path(name)
            now = int(time.time())
            has_history = slos <= HISTORY_MOST and self.options.prometheus_days > 0
            # What lies between the blocks and now is sent to both.
            last_step = now // BLOCK * BLOCK // STEP if has_history else (now - 3600) // STEP
            days = self.options.prometheus_days if has_history else 0
            prometheus = self.open_prometheus(slos, folder, days, last_step - days * 86400 // STEP, last_step)
            (folder / "ours").mkdir()
            ours = self.open_tollgate(slos, folder / "ours", days, last_step - 1)
            servers = [(prometheus, "/api/v1/write"), (ours, "/api/v1/write")]
            began = time.time()
            self.call(self.world, "send", slos, last_step - 1, last_step, 10000, ours.port, "/api/v1/write")
            self.call(self.world, "send", slos, last_step, now // STEP - 1, 10000, prometheus.port, "/api/v1/write",
                      ours.port, "/api/v1/write")
            self.call(self.world, "send", slos, now // STEP - 1, int(time.time()) // STEP, 10000, prometheus.port,
                      "/api/v1/write", ours.port, "/api/v1/write")
            with open(folder / "prometheus.yml", "a") as config:
                config.write(f"rule_files: ['{folder}/rules/*.yml']\n")
            prometheus.process.send_signal(signal.SIGHUP)
            self.note(f"  both have what came before after {time.time() - began:.0f} s")
            self.call(self.world, "live", slos, STEP, 5000, prometheus.port, "/api/v1/write", ours.port, "/api/v1/write")
            fed = self.live(slos, self.options.rounds * STEP, servers)
            row = {"server": "both", "slos": slos, "days": days, "prometheus": fed[0], "tollgate": fed[1],
                   "prometheus_rss_mb": prometheus.rss_mb(), "tollgate_rss_mb": ours.rss_mb(),
                   "prometheus_missed": self.missed(prometheus)}
            if has_history or slos <= 1000:
                row["agreement"] = self.compare(slos, prometheus, ours, days)
            ours.stop()
            row["prometheus_stop_s"] = prometheus.stop()
        self.results["rows"].append(row)
        self.save()
        self.note(f"  both {slos}: {json.dumps(row)}")

    def missed(self, prometheus):
        total = 0
        for line in get(f"http://127.0.0.1:{prometheus.port}/metrics").decode().splitlines():
            if line.startswith("prometheus_rule_group_iterations_missed_total{"):
                total += float(line.rsplit(" ", 1)[1])
        return total

    def ask(self, prometheus, query, at):
        parameters = urllib.parse.urlencode({"query": query, "time": f"{at:.3f}"})
        return get_json(f"http://127.0.0.1:{prometheus.port}/api/v1/query?{parameters}")["data"]["result"]

    def compare(self, slos, prometheus, ours, days):
        """Error ratios of the same windows at the same moment, and the alerts that are on."""
        worst = {}
        reach = days * 86400 if days > 0 else 3600
        shown = sorted({*range(0, slos, max(1, slos // 20)), 49})
        for slo in shown:
            name = f"slo-{slo:05}"
            burn = get_json(f"http://127.0.0.1:{ours.port}/v1/slos/shop/{name}/burn?environment=production")
            at = time.mktime(time.strptime(burn["at"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone + float(burn["at"][19:23])
            for window in burn["windows"]:
                text = window["window"]
                seconds = WINDOWS.get(text)
                if seconds is None or seconds > reach or window["total"] == 0:
                    continue
                mine = window["bad"] / window["total"]
                series = f'http_requests_total{{slo="{name}"'
                theirs = self.ask(prometheus, f'sum(rate({series},code="500"}}[{text}])) / sum(rate({series}}}[{text}]))', at)
                raw = self.ask(prometheus, f'sum(increase({series}}}[{text}]))', at)
                if not theirs or not raw:
                    continue
                entry = worst.setdefault(text, {"ratio": 0, "events": 0})
                ratio = float(theirs[0]["value"][1])
                entry["ratio"] = max(entry["ratio"], abs(mine - ratio) / max(ratio, 1e-9))
                entry["events"] = max(entry["events"], abs(window["total"] / float(raw[0]["value"][1]) - 1))
        firing = {(row["metric"]["sloth_slo"], row["metric"]["sloth_severity"])
                  for row in self.ask(prometheus, 'ALERTS{alertstate="firing"}', time.time())}
        on = {(row["slo"].split("/")[1], row["severity"])
              for row in get_json(f"http://127.0.0.1:{ours.port}/v1/alerts")["alerts"] if row["on"]}
        return {"slos_compared": len(shown), "worst_relative_difference": worst, "alerts_both": len(firing & on),
                "only_prometheus": sorted(firing - on)[:10], "only_tollgate": sorted(on - firing)[:10]}

    # -- the table

    def table(self):
        lines = ["| SLOs | server | CPU-s a round of 30 s | evaluation alone | for each SLO | memory | history |",
                 "|---|---|---|---|---|---|---|"]
        for row in self.results["rows"]:
            sides = ([("tollgate", row["feed"], row["rss_fed_mb"])] if row["server"] == "tollgate" else
                     [("prometheus", row["prometheus"], row["prometheus_rss_mb"]),
                      ("tollgate", row["tollgate"], row["tollgate_rss_mb"])])
            for name, fed, rss in sides:
                alone = fed["threads"].get("alerts")
                shown = f"{alone:.4f}" if alone is not None and name == "tollgate" else "-"
                lines.append(f"| {row['slos']:,} | {name} | {fed['cpu_s_per_round']:.3f} | {shown} | "
                             f"{fed['cpu_s_per_round'] / row['slos'] * 1e6:.1f} us | {rss:.0f} MB | {row['days']} d |")
        text = "\n".join(lines) + "\n"
        (self.out / "slo_scale.md").write_text(text)
        self.note(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--out", default="build/bench")
    parser.add_argument("--slos", default="100,1000,5000,100000")
    parser.add_argument("--prometheus", default="100,1000,5000")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--prometheus-days", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--signal-memory", default="10GiB")
    parser.add_argument("--alerts-every", default="1s", help="30s: one look a round, as Prometheus evaluates")
    options = parser.parse_args()
    bench = Bench(options)
    if shutil.which("prometheus") and shutil.which("promtool"):
        for slos in [int(text) for text in options.prometheus.split(",") if text]:
            bench.run_both(slos)
    for slos in [int(text) for text in options.slos.split(",") if text]:
        bench.run_tollgate(slos)
    bench.table()


if __name__ == "__main__":
    main()
