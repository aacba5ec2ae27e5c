# A real client of gRPC (Debian's python3-grpcio) sends OTLP: plain and compressed, many calls at a time on one connection,
# over TLS, with tokens, too much at once, while the server ends. What it sends must be counted as the same over HTTP.
# Usage: otlp_grpc_test.py TOLLGATE     exit code 77: there is no grpcio
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

try:
    import grpc
except ImportError:
    # The interpreter in front may not be Debian's, to which the package belongs.
    if os.path.exists("/usr/bin/python3") and os.path.realpath(sys.executable) != os.path.realpath("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    print("skipped: python3-grpcio is not installed")
    sys.exit(77)

TOLLGATE = os.path.abspath(sys.argv.pop(1))
SERVICES = {
    "metrics": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    "logs": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    "traces": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
}
POLICY = """apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {description: Sells.}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: spans}
spec:
  service: shop
  indicator:
    metadata: {name: shop-spans}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: events, spec: {signal: traces, select: {service.name: shop}, bad: error}}}
        total: {metricSource: {type: events, spec: {signal: traces, select: {service.name: shop}}}}
  timeWindow: [{duration: 7d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Spans, target: 0.99}]
"""


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, body):
    return varint(number << 3 | 2) + varint(len(body)) + body


def fixed(number, value):
    return varint(number << 3 | 1) + value.to_bytes(8, "little")


def attribute(key, value):
    return field(1, field(1, key.encode()) + field(2, field(1, value.encode())))


def spans(good, bad):
    end = (time.time_ns() // 10**10 - 3) * 10**10
    items = b""
    for number in range(good + bad):
        span = field(1, os.urandom(16)) + field(2, os.urandom(8)) + field(5, b"GET /")
        span += fixed(7, end - 10**7) + fixed(8, end)
        if number < bad:
            span += field(15, varint(3 << 3) + varint(2))
        items += field(2, span)
    return field(1, field(1, attribute("service.name", "shop")) + field(2, items))


class Server:
    def __init__(self, *options):
        command = [TOLLGATE, "serve", "--listen", "127.0.0.1:0", "--otlp-grpc-listen", "127.0.0.1:0", "--data-dir", "data",
                   "--policy", "policy", *options]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.url = self.second = None
        for text in self.process.stderr:
            if found := re.search(r"listening: (\S+?)/$", text):
                self.url = found.group(1)
            if found := re.search(r"OTLP over gRPC is taken there and at (\S+)$", text):
                self.second = found.group(1)
            if text.startswith("Ctrl-C"):
                break
        if self.url is None or self.second is None:
            raise AssertionError("the server did not start")
        self.address = self.url.split("//")[1]
        self.drain = threading.Thread(target=self.process.stderr.read, daemon=True)
        self.drain.start()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        self.drain.join()
        self.process.stderr.close()
        return self.process.returncode

    def metric(self, name):
        with urllib.request.urlopen(self.url + "/metrics", timeout=30) as reply:
            for line in reply.read().decode().splitlines():
                if line.startswith(name):
                    return float(line.split()[-1])
        return None


def export(channel, signal_name, message, **options):
    call = channel.unary_unary(SERVICES[signal_name])
    return call(message, timeout=options.pop("timeout", 30), **options)


class OtlpGrpc(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        os.chdir(self.folder.name)
        os.mkdir("policy")
        with open("policy/shop.yaml", "w") as file:
            file.write(POLICY)

    def start(self, *options):
        server = Server(*options)
        self.addCleanup(lambda: server.process.poll() is None and server.stop())
        return server

    def counted(self, server):
        return server.metric('tollgate_intake_counted_total{source="anonymous"}')

    def test_both_ports_take_all_signals_plain_and_compressed(self):
        server = self.start()
        with grpc.insecure_channel(server.address) as first, grpc.insecure_channel(server.second) as second:
            for channel in (first, second):
                for name in SERVICES:
                    self.assertEqual(export(channel, name, b""), b"")
                self.assertEqual(export(channel, "traces", spans(5, 2)), b"")
                self.assertEqual(export(channel, "traces", spans(5, 2), compression=grpc.Compression.Gzip), b"")
        self.assertEqual(self.counted(server), 28)
        request = urllib.request.Request(server.url + "/v1/traces", data=spans(5, 2),
                                         headers={"Content-Type": "application/x-protobuf"})
        with urllib.request.urlopen(request, timeout=30) as reply:
            self.assertEqual(reply.read(), b"")
        self.assertEqual(self.counted(server), 35)
        status = subprocess.run([TOLLGATE, "status", "--server", server.url], capture_output=True, text=True, timeout=60)
        self.assertIn("spans", status.stdout + status.stderr)
        self.assertEqual(server.stop(), 0)

    def test_many_calls_share_a_connection(self):
        server = self.start()
        with grpc.insecure_channel(server.address) as channel:
            call = channel.unary_unary(SERVICES["traces"])
            pending = [call.future(spans(9, 1), timeout=60) for _ in range(500)]
            for each in pending:
                self.assertEqual(each.result(), b"")
        self.assertEqual(self.counted(server), 5000)
        self.assertEqual(server.metric("tollgate_http_refused_total"), 0)

    def test_refusals_come_with_their_status(self):
        server = self.start()
        with grpc.insecure_channel(server.address) as channel:
            cases = [
                ("/opentelemetry.proto.Nothing/Export", b"", grpc.StatusCode.UNIMPLEMENTED, "TG0708"),
                (SERVICES["traces"], b"\xff" * 50, grpc.StatusCode.INVALID_ARGUMENT, "TG"),
                (SERVICES["traces"], b"\0" * (65 * 1024 * 1024), grpc.StatusCode.RESOURCE_EXHAUSTED, "TG0707"),
            ]
            for path, message, code, words in cases:
                with self.assertRaises(grpc.RpcError) as caught:
                    channel.unary_unary(path)(message, timeout=30)
                self.assertEqual(caught.exception.code(), code)
                self.assertIn(words, caught.exception.details())
            # The connection is as good as before.
            self.assertEqual(export(channel, "traces", spans(1, 0)), b"")

    def test_wants_a_token_if_the_server_does(self):
        os.makedirs("data", exist_ok=True)
        made = subprocess.run([TOLLGATE, "access", "token", "create", "--subject", "sdk", "--role", "pusher", "--data-dir", "data"],
                              capture_output=True, text=True, timeout=60)
        token = re.search(r"tg_\S+|[A-Za-z0-9_-]{30,}", made.stdout + made.stderr).group(0)
        server = self.start()
        with grpc.insecure_channel(server.address) as channel:
            with self.assertRaises(grpc.RpcError) as caught:
                export(channel, "traces", spans(1, 0))
            self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAUTHENTICATED)
            self.assertEqual(export(channel, "traces", spans(1, 0), metadata=[("authorization", f"Bearer {token}")]), b"")

    def test_tls_is_agreed_on_by_alpn(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
        server = self.start("--tls-cert", "cert.pem", "--tls-key", "key.pem")
        with open("cert.pem", "rb") as file:
            credentials = grpc.ssl_channel_credentials(file.read())
        for address in (server.address, server.second):
            with grpc.secure_channel(address.replace("127.0.0.1", "localhost"), credentials) as channel:
                self.assertEqual(export(channel, "traces", spans(3, 1), compression=grpc.Compression.Gzip), b"")

    def test_pings_keep_a_quiet_connection_and_an_end_is_announced(self):
        server = self.start()
        options = [("grpc.keepalive_time_ms", 10_000), ("grpc.keepalive_permit_without_calls", 1)]
        channel = grpc.insecure_channel(server.address, options=options)
        self.assertEqual(export(channel, "traces", spans(1, 0)), b"")
        results = []
        stopped = threading.Event()

        def send():
            while not stopped.is_set():
                try:
                    export(channel, "traces", spans(1, 0), timeout=5)
                    results.append(grpc.StatusCode.OK)
                except grpc.RpcError as error:
                    results.append(error.code())
                    if stopped.is_set():
                        return

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        while results.count(grpc.StatusCode.OK) < 20:
            time.sleep(0.01)
        code = server.stop()
        stopped.set()
        for thread in threads:
            thread.join()
        channel.close()
        self.assertEqual(code, 0)
        # Calls under way are answered; later ones find nobody, which every client retries.
        self.assertLessEqual(set(results), {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE})
        again = self.start()
        taken = results.count(grpc.StatusCode.OK) + 1
        with urllib.request.urlopen(again.url + "/v1/status", timeout=30) as reply:
            text = reply.read().decode()
        found = [int(each) for each in re.findall(r'"total":\s*(\d+)', text)]
        self.assertIn(taken, found, f"{taken} calls were acknowledged: {text[:300]}")


if __name__ == "__main__":
    unittest.main(verbosity=1)
