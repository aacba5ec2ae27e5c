#include "app/cli/server.hpp"

#include "app/api/api.hpp"
#include "app/cli/files.hpp"
#include "app/cli/policy_files.hpp"
#include "app/cli/version.hpp"
#include "app/demo/demo.hpp"
#include "app/wiring/calendar_imports.hpp"
#include "app/wiring/scheduled_audits.hpp"
#include "app/wiring/signal_intake.hpp"
#include "app/wiring/source_desk.hpp"
#include "app/wiring/wiring.hpp"
#include "edge/net/http_server.hpp"
#include "edge/net/systemd_notify.hpp"
#include "foundation/base/allocator.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/text.hpp"

#include <csignal>
#include <ctime>
#include <thread>

namespace tollgate::cli {
namespace {

/// The signals that end the server. Blocked in every thread; the main thread waits for them.
sigset_t block_ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

/// Waits for a signal; in between, once a second, signs what is new, looks after the ledger and
/// tells systemd that all is well. An error of the ledger ends the wait: nothing more may be
/// decided on it.
Result<void> wait_for_end(const sigset_t& signals, wiring::House& house, bool has_demo) {
  constexpr int kTrafficTicks = 30;
  constexpr timespec kTick{.tv_sec = 1, .tv_nsec = 0};
  for (int tick = 1; sigtimedwait(&signals, nullptr, &kTick) < 0; ++tick) {
    TOLLGATE_CHECK(house.keep_up());
    if (has_demo && tick % kTrafficTicks == 0) {
      const Result<void> alive = demo::keep_alive(house, wiring::system_clock().now());
      if (!alive) log::warn("demo traffic: {}", alive.error().text());
    }
    net::systemd_notify("WATCHDOG=1");
  }
  return {};
}

Result<void> apply_policy(wiring::House& house, const std::string& folder) {
  TOLLGATE_TRY(const std::vector<NamedText> files, read_policy_files({folder}));
  TOLLGATE_TRY(const model::Bundle bundle, build_bundle(files));
  const engine::Caller caller{
      .actor = {.subject = "server", .issuer = "local", .roles = {}, .on_behalf_of = {}},
      .idempotency_key = {}};
  TOLLGATE_CHECK(house.engine().apply(bundle, "policy folder at start", std::nullopt, caller));
  return {};
}

bool is_loopback(const std::string& address) {
  return address.empty() || address == "127.0.0.1" || address == "::1" || address == "localhost";
}

/// The world of --demo is made once; afterwards its clock is the system's.
Result<void> fill_demo(wiring::House& house, demo::Clock& clock, Terminal& terminal) {
  if (house.engine().views().size() > 0) {
    return demo::keep_alive(house, wiring::system_clock().now());
  }
  terminal.err("Making the demo world ...\n");
  TOLLGATE_TRY(const demo::Summary made, demo::fill(house, clock, wiring::system_clock().now()));
  terminal.err(fmt::format("{}, {}, {} over {} days\n",
                           count_text(made.services, "service", "services"),
                           count_text(made.releases, "release", "releases"),
                           count_text(made.verdicts, "verdict", "verdicts"), made.days));
  return {};
}

void greet(const ServeOptions& options, const net::Server& server, const api::Api& api,
           Terminal& terminal) {
  const bool is_tls = !options.certificate_file.empty();
  const bool is_wide = options.address == "0.0.0.0" || options.address == "::";
  const std::string host = is_wide ? "localhost" : options.address;
  const std::string url = fmt::format("{}://{}:{}", is_tls ? "https" : "http", host, server.port());
  terminal.err(fmt::format("Tollgate {} is listening: {}/\n", program_version(), url));
  if (!options.otlp_grpc_address.empty()) {
    terminal.err(fmt::format("OTLP over gRPC is taken there and at {}:{}\n",
                             options.otlp_grpc_address, server.port_also(0)));
  }
  if (api.needs_token()) {
    terminal.err("Requests need a token: tollgate access token create --subject ci --role ci\n");
  }
  const std::string_view next =
      options.has_demo ? "gate --service checkout --env production --version 2.0.0" : "apply";
  terminal.err(fmt::format("Try: tollgate {} --server {}\nCtrl-C stops it.\n", next, url));
  net::systemd_notify(fmt::format("READY=1\nSTATUS=listening on {}", url));
}

wiring::HouseOptions house_options(const ServeOptions& options, engine::Clock& clock) {
  return {.data_dir = options.data_dir,
          .is_threaded = true,
          .signals_sync_every = options.signals_sync_every,
          .signal_memory_bytes = options.signal_memory_bytes,
          .alerts = {.every = options.alerts_every},
          .sampling = options.sampling,
          .ca_file = options.ca_file,
          .clock = &clock,
          .allowed_networks = options.allowed_networks,
          .checkouts = options.checkouts};
}

}  // namespace

Result<void> serve(const ServeOptions& options, Terminal& terminal) {
  share_memory_among_threads();
  const sigset_t signals = block_ending_signals();
  demo::Clock clock(wiring::system_clock());
  TOLLGATE_TRY(const auto house, wiring::House::open(house_options(options, clock)));
  if (options.has_demo) TOLLGATE_CHECK(fill_demo(*house, clock, terminal));
  if (!options.policy_dir.empty()) TOLLGATE_CHECK(apply_policy(*house, options.policy_dir));
  TOLLGATE_TRY(identity::TokenFile* const tokens, house->tokens());

  const bool is_private = is_loopback(options.address) && is_loopback(options.otlp_grpc_address);
  const bool requires_token = options.requires_token || (!is_private && !options.is_open);
  api::Api api({.engine = house->engine(),
                .tokens = options.is_open ? nullptr : tokens,
                .signals = house.get(),
                .intake = &house->intake().service(),
                .cells = &house->intake().cells(),
                .spans = &house->intake().spans(),
                .vendors = &house->vendors(),
                .sources = &house->sources(),
                .imports = &house->calendar_imports(),
                .audits = &house->scheduled_audits(),
                .feeds =
                    [&house] {
                      return api::SignalFeeds{house->intake().logs(), house->intake().targets()};
                    }},
               {.require_token = requires_token,
                .is_loopback = is_private,
                .version = std::string(program_version())});
  net::ServerOptions server_options;
  server_options.address = options.address;
  server_options.port = options.port;
  if (!options.otlp_grpc_address.empty())
    server_options.also_listen.push_back({options.otlp_grpc_address, options.otlp_grpc_port});
  server_options.certificate_file = options.certificate_file;
  server_options.key_file = options.key_file;
  server_options.after_requests = [&engine = house->engine()] { engine.decide_waiting(); };
  TOLLGATE_TRY(
      const auto server,
      net::Server::listen(server_options, [&api](net::Request& request, net::Responder responder) {
        api.handle(request, std::move(responder));
      }));
  api.set_server(server.get());
  std::thread network([&server, &engine = house->engine()] {
    engine.decide_on_this_thread();
    server->run();
  });
  greet(options, *server, api, terminal);
  const Result<void> ended = wait_for_end(signals, *house, options.has_demo);

  net::systemd_notify("STOPPING=1");
  terminal.err("Stopping ...\n");
  api.set_ready(false);
  api.stop();
  server->stop();
  network.join();
  house->calendar_imports().stop();
  house->scheduled_audits().stop();
  if (const Result<void> closed = house->intake().close(); !closed)
    log::error("the signals stay in their journal: {}", closed.error().text());
  if (!ended) return ended;
  return house->sign_checkpoint();
}

}  // namespace tollgate::cli
