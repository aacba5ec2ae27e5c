// A server that answers every request with the same 414 bytes, like nginx's `return 200`: what the
// HTTP layer alone costs. Prints its port; stops on SIGTERM. See http_vs_nginx.sh.
#include "edge/net/http_server.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

namespace net = tollgate::net;

int main(int argc, char** argv) {
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);

  constexpr size_t kAnswerBytes = 414;
  net::ServerOptions options;
  options.port = argc > 1 ? static_cast<uint16_t>(std::atoi(argv[1])) : 0;
  if (argc > 3) {
    options.certificate_file = argv[2];
    options.key_file = argv[3];
  }
  auto server = net::Server::listen(options, [](net::Request&, net::Responder responder) {
    responder.send({.body = std::string(kAnswerBytes, 'x')});
  });
  if (!server) {
    fmt::print(stderr, "{}\n", server.error().text());
    return EXIT_FAILURE;
  }
  fmt::print("{}\n", (*server)->port());
  std::fflush(stdout);
  std::thread io([&] { (*server)->run(); });
  int signal = 0;
  sigwait(&stop_signals, &signal);
  (*server)->stop();
  io.join();
}
