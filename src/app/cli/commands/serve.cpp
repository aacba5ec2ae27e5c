// tollgate serve: the server with API and page.
#include "app/cli/exit_codes.hpp"
#include "app/cli/invocation.hpp"
#include "app/cli/local.hpp"
#include "app/cli/server.hpp"
#include "foundation/base/byte_size.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/text.hpp"

#include <limits>

namespace tollgate::cli {
namespace {

constexpr std::string_view kDemoDataDir = ".tollgate/demo";

/// Reads "HOST", "HOST:PORT", ":PORT" or "[::1]:PORT"; what is not named stays.
Result<void> read_listen(std::string_view option, std::string_view listen, std::string& address,
                         uint16_t& number) {
  std::string_view host = listen;
  std::string_view port;
  if (listen.starts_with("[")) {
    const size_t close = listen.find(']');
    if (close == std::string_view::npos)
      return fail(codes::bad_usage, "--{}: \"{}\" lacks a ]", option, listen);
    host = listen.substr(1, close - 1);
    if (close + 1 < listen.size()) port = listen.substr(close + 2);
  } else if (const size_t colon = listen.rfind(':'); colon != std::string_view::npos) {
    host = listen.substr(0, colon);
    port = listen.substr(colon + 1);
  }
  if (!host.empty()) address = host == "localhost" ? "127.0.0.1" : host;
  if (port.empty()) return {};
  const Result<int64_t> parsed = parse_integer(port);
  if (!parsed || *parsed < 0 || *parsed > std::numeric_limits<uint16_t>::max()) {
    return fail(codes::bad_usage, "--{}: \"{}\" is no port", option, port);
  }
  number = static_cast<uint16_t>(*parsed);
  return {};
}

/// At least so much: below it, every reading would go to the disk.
constexpr int64_t kSignalMemoryMin = 16 * 1024 * 1024;

Result<size_t> signal_memory_of(const Invocation& call) {
  const Result<int64_t> bytes = parse_byte_size(call.text("signal-memory"));
  if (!bytes) return fail(codes::bad_usage, "--signal-memory: {}", bytes.error().message);
  if (*bytes < kSignalMemoryMin) {
    return fail(codes::bad_usage, "--signal-memory: {} is too little; at least {} are needed",
                call.text("signal-memory"), byte_size_words(kSignalMemoryMin));
  }
  return static_cast<size_t>(*bytes);
}

Result<Duration> alerts_every_of(const Invocation& call) {
  TOLLGATE_TRY(const Duration every, call.duration("alerts-every"));
  if (every < seconds(1) || every > engine::kRemoteAlertsEvery) {
    return fail(codes::bad_usage, "--alerts-every: {} is not between 1s and {}",
                call.text("alerts-every"), duration_text(engine::kRemoteAlertsEvery));
  }
  return every;
}

log::Level level_of(const std::string& name) {
  if (name == "debug") return log::Level::debug;
  if (name == "info") return log::Level::info;
  return name == "warn" ? log::Level::warn : log::Level::error;
}

Result<int> run_serve(Invocation& call) {
  log::set_level(level_of(call.text("log-level")));
  ServeOptions options{.data_dir = data_dir_of(call),
                       .policy_dir = call.text("policy"),
                       .certificate_file = call.text("tls-cert"),
                       .key_file = call.text("tls-key"),
                       .ca_file = call.text("ca-file"),
                       .allowed_networks = call.texts("allow-private"),
                       .requires_token = call.has("require-token"),
                       .is_open = call.has("allow-anonymous"),
                       .has_demo = call.has("demo")};
  TOLLGATE_TRY(options.signals_sync_every, call.duration("signals-sync-every"));
  TOLLGATE_TRY(options.signal_memory_bytes, signal_memory_of(call));
  TOLLGATE_TRY(options.alerts_every, alerts_every_of(call));
  TOLLGATE_TRY(options.sampling, intake::parse_sampling(call.texts("signals-budget"),
                                                        call.texts("signals-cpu-budget")));
  TOLLGATE_CHECK(read_listen("listen", call.text("listen"), options.address, options.port));
  if (call.has("otlp-grpc-listen")) {
    options.otlp_grpc_address = "127.0.0.1";
    TOLLGATE_CHECK(read_listen("otlp-grpc-listen", call.text("otlp-grpc-listen"),
                               options.otlp_grpc_address, options.otlp_grpc_port));
  }
  TOLLGATE_TRY(options.checkouts, checkouts_of(call));
  if (options.has_demo && !call.has("data-dir")) options.data_dir = kDemoDataDir;
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return fail(codes::bad_usage, "--tls-cert and --tls-key belong together");
  }
  if (options.requires_token && options.is_open) {
    return fail(codes::bad_usage, "--require-token and --allow-anonymous exclude each other");
  }
  TOLLGATE_CHECK(serve(options, call.terminal()));
  return kExitDone;
}

}  // namespace

extern const CommandDef serve_command = {
    .name = "serve",
    .group = Group::server,
    .summary = "Run the server: HTTP API, metrics and page.",
    .doc =
        "On an address that others can reach, requests need a token (`tollgate access token "
        "create`). SIGTERM ends "
        "it after the requests in flight.",
    .examples =
        "tollgate serve --demo\n"
        "tollgate serve --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem --data-dir "
        "/var/lib/tollgate",
    .options =
        {{.name = "listen",
          .value = "HOST:PORT",
          .doc = "Where to listen; port 0 takes a free one.",
          .otherwise = "127.0.0.1:8080",
          .is_setting = true},
         {.name = "otlp-grpc-listen",
          .value = "HOST:PORT",
          .doc = "A second place to listen, for senders of OTLP that expect it at its usual port, "
                 "4317. The first takes gRPC, too.",
          .is_setting = true},
         {.name = "data-dir",
          .value = "DIR",
          .doc = "Ledger, signals, blobs, tokens. Default: .tollgate/data; with --demo "
                 ".tollgate/demo.",
          .is_setting = true},
         {.name = "policy", .value = "DIR", .doc = "Policies to put in force at start."},
         {.name = "tls-cert",
          .value = "FILE",
          .doc = "Certificate chain (PEM); turns TLS on.",
          .is_setting = true},
         {.name = "tls-key", .value = "FILE", .doc = "Its private key (PEM).", .is_setting = true},
         {.name = "ca-file",
          .value = "FILE",
          .doc = "Certificates to trust in outbound calls.",
          .is_setting = true},
         {.name = "allow-private",
          .value = "NETWORK",
          .doc = "Private network that notifications and answers may go to, such as 10.0.0.0/8; "
                 "TOLLGATE_ALLOW_PRIVATE separates several by commas.",
          .is_repeated = true},
         {.name = "checkout",
          .value = "SOURCE=DIR",
          .doc = "Folder of a checked-out repository, for AuditSchedules of its pipelines.",
          .is_repeated = true},
         {.name = "signals-sync-every",
          .value = "SPAN",
          .doc = "Pushed signals are acknowledged when written and synced at least this often; a "
                 "loss of power may then lose so much. Without it they are synced first.",
          .is_setting = true},
         {.name = "signal-memory",
          .value = "SIZE",
          .doc = "Memory for counted events; the least recently used go to disk beyond it. An SLO "
                 "with 30 days takes up to 80 KB for each environment, track, version and group.",
          .otherwise = "2GiB",
          .is_setting = true},
         {.name = "alerts-every",
          .value = "DURATION",
          .doc =
              "How often the alert rules of SLOs that plain sums of events counted here answer are "
              "looked at, 1s to 30s; others, also time slices, every 30s.",
          .otherwise = "1s",
          .is_setting = true},
         {.name = "signals-budget",
          .value = "[SOURCE=]RATE",
          .doc = "Log records and spans of OTLP that are kept, such as 4MB/s; beyond it they are "
                 "sampled, errors last, and count with their weights. With SOURCE= for that source "
                 "alone; 0B/s samples nothing of it.",
          .is_repeated = true},
         {.name = "signals-cpu-budget",
          .value = "[SOURCE=]SHARE",
          .doc = "CPU time that the intake of signals may use, as a share of one core such as 25%; "
                 "beyond it log records and spans of OTLP are sampled in the same way. With "
                 "SOURCE= for what that source brings; 0% samples nothing of it. Of this and "
                 "--signals-budget the tighter one rules.",
          .is_repeated = true},
         {.name = "require-token",
          .doc = "Also on this machine, requests need a token.",
          .is_setting = true},
         {.name = "allow-anonymous",
          .doc = "Nobody needs a token, even from other machines.",
          .is_setting = true},
         {.name = "demo",
          .doc = "Fill an empty data directory with a lively world of a few weeks."},
         {.name = "log-level",
          .value = "LEVEL",
          .doc = "Least level of log lines.",
          .otherwise = "warn",
          .choices = "debug|info|warn|error",
          .is_setting = true}},
    .run = run_serve,
};

}  // namespace tollgate::cli
