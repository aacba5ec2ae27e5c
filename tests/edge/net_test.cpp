// The HTTP server against well-behaved, slow, hostile and many clients; the client against the
// server; systemd's socket.
#include "edge/net/http_client.hpp"
#include "edge/net/request_parser.hpp"
#include "edge/net/systemd_notify.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "net_fixture.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <random>
#include <sys/un.h>

namespace tollgate::net {
namespace {

using testing::Certificate;
using testing::RawClient;
using testing::RunningServer;

/// Answers "METHOD PATH?QUERY BODY".
void echo(Request& request, Responder responder) {
  responder.send(
      {.content_type = "text/plain",
       .body = request.method + " " + request.path + "?" + request.query + " " + request.body});
}

std::string get(std::string_view path) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", path);
}
std::string post(std::string_view path, std::string_view body) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}", path,
                     body.size(), body);
}
int status_of(const std::string& answer) {
  return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0;
}

TEST(HttpServer, answers_many_requests_on_one_connection) {
  RunningServer server({}, echo);
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    client.send(post("/a?b=c", "body" + std::to_string(i)));
    const std::string answer = client.read_answer();
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_TRUE(answer.ends_with("POST /a?b=c body" + std::to_string(i))) << answer;
  }
  EXPECT_EQ((*server).counters().connections, 1U);
}

TEST(HttpServer, answers_pipelined_requests_in_their_order) {
  RunningServer server({}, echo);
  RawClient client(server.port());
  client.send(get("/1") + post("/2", "two") + get("/3") + get("/4"));
  for (const char* expected : {"GET /1? ", "POST /2? two", "GET /3? ", "GET /4? "}) {
    EXPECT_TRUE(client.read_answer().ends_with(expected)) << expected;
  }
}

TEST(HttpServer, says_when_all_requests_that_were_ready_are_handed_over) {
  std::vector<Responder> waiting;  // used on the I/O thread only
  std::atomic<int> turns{0};
  ServerOptions options;
  options.after_requests = [&] {
    ++turns;
    std::vector<Responder> ready;  // an answer may bring the next request of its connection
    ready.swap(waiting);
    for (Responder& responder : ready) responder.send({.body = "decided"});
  };
  RunningServer server(
      options, [&](Request&, Responder responder) { waiting.push_back(std::move(responder)); });
  RawClient one(server.port());
  RawClient two(server.port());
  one.send(get("/1") + get("/2"));
  two.send(get("/3"));
  for (RawClient* client : {&one, &one, &two})
    EXPECT_TRUE(client->read_answer().ends_with("decided"));
  EXPECT_GE(turns, 2) << "the second request of a connection waits for the first answer";
  EXPECT_LE(turns, 3);
}

TEST(HttpServer, puts_requests_together_that_come_byte_by_byte) {
  RunningServer server({}, echo);
  RawClient client(server.port());
  for (const char c : post("/split", "a body")) {
    client.send({&c, 1});
    std::this_thread::sleep_for(std::chrono::microseconds(300));
  }
  EXPECT_TRUE(client.read_answer().ends_with("POST /split? a body"));
}

TEST(HttpServer, reads_chunked_bodies_and_ignores_their_trailers) {
  RunningServer server({}, [](Request& request, Responder responder) {
    responder.send({.body = request.body + "|" + std::string(request.header("x-late"))});
  });
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.send("3\r\nabc\r\n");
  client.send("2\r\nde\r\n0\r\nX-Late: evil\r\n\r\n");
  EXPECT_TRUE(client.read_answer().ends_with("abcde|"));
}

TEST(RequestParser, reads_chunked_bodies_however_they_are_cut) {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::pair<std::string, std::string> cases[] = {
      {"0\r\n\r\n", ""},
      {"0\r\nX-Late: evil\r\n\r\n", ""},
      {"1\r\na\r\n0\r\n\r\n", "a"},
      {"3\r\nabc\r\n2\r\nde\r\n000\r\n\r\n", "abcde"},
  };
  for (const auto& [chunks, body] : cases) {
    const std::string text = head + chunks;
    for (size_t piece = 1; piece <= text.size(); ++piece) {
      RequestParser parser({.header_bytes_max = 4096, .body_bytes_max = 1024});
      size_t used = 0;
      RequestParser::Step step{};
      for (size_t seen = 0; seen < text.size();) {
        seen = std::min(text.size(), seen + piece);
        step = parser.put(std::string_view(text).substr(used, seen - used));
        used += step.consumed;
      }
      EXPECT_EQ(step.progress, RequestParser::Progress::done)
          << chunks << " in pieces of " << piece;
      EXPECT_EQ(parser.request().body, body) << chunks << " in pieces of " << piece;
      EXPECT_EQ(used, text.size());
    }
  }
}

TEST(HttpServer, tells_the_client_to_go_on_when_it_waits) {
  RunningServer server({}, echo);
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_TRUE(client.read_answer().ends_with("POST /? ok"));
}

TEST(HttpServer, leaves_the_body_out_for_head_and_keeps_its_length) {
  RunningServer server({}, echo);
  RawClient client(server.port());
  client.send("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n" + get("/y"));
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_NE(head.find("Content-Length: 9\r\n"), std::string::npos) << head;
  EXPECT_TRUE(client.read_answer().ends_with("GET /y? "));
}

TEST(HttpServer, refuses_what_is_broken_or_ambiguous) {
  const struct {
    const char* bytes;
    int status;
  } cases[] = {
      {"nonsense\r\n\r\n", 400},
      {"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n",
       400},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
  };
  RunningServer server({}, echo);
  for (const auto& [bytes, status] : cases) {
    RawClient client(server.port());
    client.send(bytes);
    const std::string answer = client.read_all();  // the server closes
    EXPECT_EQ(status_of(answer), status) << bytes;
    EXPECT_NE(answer.find("\"code\":\"TG0702\""), std::string::npos) << answer;
  }
}

TEST(HttpServer, keeps_its_limits) {
  ServerOptions options;
  options.header_bytes_max = 2000;
  options.body_bytes_max = 1000;
  RunningServer server(options, echo);
  const std::string filler(3000, 'f');
  const std::pair<std::string, int> cases[] = {
      {post("/", filler), 413},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nbb8\r\n" + filler +
           "\r\n0\r\n\r\n",
       413},
      {"GET / HTTP/1.1\r\nHost: x\r\nX: " + filler + "\r\n\r\n", 431},
      {"GET /" + filler + " HTTP/1.1\r\nHost: x\r\n\r\n", 431},
  };
  for (const auto& [bytes, status] : cases) {
    RawClient client(server.port());
    client.send(bytes);
    EXPECT_EQ(status_of(client.read_all()), status) << bytes.substr(0, 40);
  }
  RawClient many(server.port());
  std::string request = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 120; ++i) request += "A: b\r\n";
  many.send(request + "\r\n");
  EXPECT_EQ(status_of(many.read_all()), 431);
}

TEST(HttpServer, turns_away_connections_beyond_the_limit) {
  ServerOptions options;
  options.connections_max = 2;
  RunningServer server(options, echo);
  RawClient first(server.port());
  RawClient second(server.port());
  first.send(get("/"));
  second.send(get("/"));
  EXPECT_EQ(status_of(first.read_answer()), 200);
  EXPECT_EQ(status_of(second.read_answer()), 200);
  RawClient third(server.port());
  EXPECT_EQ(status_of(third.read_all()), 503);
}

TEST(HttpServer, does_not_wait_for_slow_clients) {
  ServerOptions options;
  options.header_timeout = options.body_timeout = options.idle_timeout = milliseconds(150);
  RunningServer server(options, echo);
  RawClient silent(server.port());
  RawClient slow_head(server.port());
  RawClient slow_body(server.port());
  slow_body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
  std::jthread trickle([&](const std::stop_token& stop) {
    slow_head.send("GET / HTTP/1.1\r\n");
    while (!stop.stop_requested()) {
      slow_head.send("a");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_EQ(status_of(slow_head.read_until("\r\n\r\n")), 408);
  EXPECT_EQ(status_of(slow_body.read_all()), 408);
}

TEST(HttpServer, survives_any_bytes) {
  RunningServer server({}, echo);
  std::mt19937_64 random(7);
  const std::string seed = post("/v1/gates?x=%41", "{}") + get("/");
  for (int round = 0; round < 200; ++round) {
    std::string bytes = seed;
    for (int change = 0; change < 4; ++change)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    RawClient client(server.port());
    client.send(bytes);
  }
  RawClient client(server.port());
  client.send(get("/alive"));
  EXPECT_EQ(status_of(client.read_answer()), 200);
}

TEST(HttpServer, takes_answers_from_another_thread_in_batches) {
  std::mutex mutex;
  std::vector<Responder> waiting;
  RunningServer server({}, [&](Request&, Responder responder) {
    const std::lock_guard lock(mutex);
    waiting.push_back(std::move(responder));
  });
  std::jthread answers([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::vector<Responder> batch;
      {
        const std::lock_guard lock(mutex);
        batch.swap(waiting);
      }
      const WakeOnce once;
      for (Responder& responder : batch) responder.send({.body = "late"});
      std::this_thread::yield();
    }
  });
  std::atomic<int> good = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      RawClient client(server.port());
      for (int n = 0; n < 50; ++n) {
        client.send(get("/"));
        if (client.read_answer().ends_with("late")) ++good;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 400);
}

TEST(HttpServer, answers_500_for_a_responder_that_is_dropped_or_a_handler_that_throws) {
  RunningServer server({}, [](Request& request, Responder) {
    if (request.path == "/throw") throw std::runtime_error("on purpose");
  });
  for (const char* path : {"/drop", "/throw"}) {
    RawClient client(server.port());
    client.send(get(path));
    EXPECT_EQ(status_of(client.read_answer()), 500) << path;
  }
}

TEST(HttpServer, ignores_answers_to_clients_that_have_gone) {
  std::promise<Responder> promise;
  RunningServer server(
      {}, [&](Request&, Responder responder) { promise.set_value(std::move(responder)); });
  auto client = std::make_unique<RawClient>(server.port());
  client->send(get("/"));
  Responder responder = promise.get_future().get();
  client.reset();
  responder.send({.body = "too late"});
  server.stop();
}

TEST(HttpServer, sends_bodies_piece_by_piece) {
  RunningServer server({}, [](Request&, Responder responder) {
    responder.send({.content_type = "text/plain", .next_chunk = [left = 300]() mutable {
                      return left-- > 0 ? std::string(10'000, 'c') : std::string();
                    }});
  });
  RawClient client(server.port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  const std::string answer = client.read_all();
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 3'000'000U);
  RawClient chunked(server.port());
  chunked.send(get("/"));
  EXPECT_NE(chunked.read_until("\r\n0\r\n\r\n").find("Transfer-Encoding: chunked"),
            std::string::npos);
  chunked.send(get("/"));
  EXPECT_EQ(status_of(chunked.read_until("\r\n0\r\n\r\n")), 200);
}

TEST(HttpServer, streams_events_with_heartbeats_and_drops_clients_that_lag) {
  ServerOptions options;
  options.heartbeat = milliseconds(100);
  options.stream_queue_bytes_max = 100'000;
  std::promise<Stream> promise;
  RunningServer server(options, [&](Request&, Responder responder) {
    promise.set_value(responder.stream({.content_type = "text/event-stream"}));
  });
  RawClient client(server.port());
  client.send(get("/v1/stream"));
  Stream stream = promise.get_future().get();
  EXPECT_TRUE(stream.write("id: 1\ndata: a\n\n"));
  EXPECT_NE(client.read_until("data: a\n\n").find("text/event-stream"), std::string::npos);
  EXPECT_TRUE(client.read_until(":\n\n").ends_with(":\n\n"));
  int writes = 0;  // the client stops reading
  while (writes < 10'000 && stream.write(std::string(50'000, 'x'))) {
    ++writes;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  EXPECT_LT(writes, 10'000);
  EXPECT_FALSE(stream.is_open());
}

TEST(HttpServer, finishes_requests_in_flight_when_it_stops) {
  std::promise<Responder> promise;
  RunningServer server(
      {}, [&](Request&, Responder responder) { promise.set_value(std::move(responder)); });
  RawClient idle(server.port());
  RawClient client(server.port());
  client.send(get("/"));
  Responder responder = promise.get_future().get();
  std::thread stopper([&] { server.stop(); });
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_FALSE(RawClient(server.port()).is_connected());
  responder.send({.body = "finished"});
  const std::string answer = client.read_all();
  EXPECT_TRUE(answer.ends_with("finished")) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  stopper.join();
}

TEST(HttpServer, cuts_off_what_is_unfinished_at_the_stop_deadline) {
  ServerOptions options;
  options.stop_timeout = milliseconds(100);
  std::promise<Responder> promise;
  RunningServer server(
      options, [&](Request&, Responder responder) { promise.set_value(std::move(responder)); });
  RawClient client(server.port());
  client.send(get("/"));
  Responder responder = promise.get_future().get();
  server.stop();
  EXPECT_EQ(client.read_all(), "");
  responder.send({});
}

TEST(HttpServer, says_why_it_cannot_listen) {
  RunningServer first({}, echo);
  auto second = Server::listen({.port = first.port()}, echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, codes::io_failed);
  EXPECT_FALSE(Server::listen({.address = "not an address"}, echo));
  auto tls =
      Server::listen({.port = 0, .certificate_file = "/none.pem", .key_file = "/none.pem"}, echo);
  ASSERT_FALSE(tls);
  EXPECT_EQ(tls.error().code, codes::tls_failed);
}

TEST(Tls, carries_requests_of_any_size_and_many_handshakes_at_once) {
  const Certificate certificate;
  RunningServer server(
      {.certificate_file = certificate.certificate_file(), .key_file = certificate.key_file()},
      echo);
  std::atomic<int> good = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 64; ++i) {
    clients.emplace_back([&, i] {
      const auto client = make_http_client({.ca_file = certificate.certificate_file()});
      const std::string body(static_cast<size_t>(i) * 5000, 'b');
      const auto answer =
          client->send({.method = "POST",
                        .url = fmt::format("https://127.0.0.1:{}/big", server.port()),
                        .body = body});
      if (answer && answer->body == "POST /big? " + body) ++good;
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 64);
}

TEST(Tls, is_refused_by_clients_that_do_not_trust_it) {
  const Certificate certificate;
  const Certificate other;
  RunningServer server(
      {.certificate_file = certificate.certificate_file(), .key_file = certificate.key_file()},
      echo);
  const auto client = make_http_client({.ca_file = other.certificate_file()});
  const auto answer = client->send({.url = fmt::format("https://127.0.0.1:{}/", server.port())});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, codes::tls_failed) << answer.error().text();
}

TEST(Tls, gives_up_on_handshakes_that_stall_and_on_plain_text) {
  const Certificate certificate;
  ServerOptions options{.certificate_file = certificate.certificate_file(),
                        .key_file = certificate.key_file()};
  options.header_timeout = milliseconds(150);
  RunningServer server(options, echo);
  RawClient silent(server.port());
  RawClient plain(server.port());
  plain.send(get("/"));
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_EQ(plain.read_all().find("HTTP"), std::string::npos);
}

TEST(HttpClient, reports_failures_without_showing_secrets) {
  RunningServer server(
      {.stop_timeout = milliseconds(100)}, [](Request& request, Responder responder) {
        if (request.path == "/redirect")
          return responder.send({.status = 303, .headers = {{"location", "/end"}}});
        if (request.path == "/loop")
          return responder.send({.status = 303, .headers = {{"location", "/loop"}}});
        if (request.path == "/silent") {
          static std::vector<Responder> kept;
          return kept.push_back(std::move(responder));
        }
        responder.send({.headers = {{"X-Path", request.path}}, .body = std::string(1000, 'x')});
      });
  const auto client = make_http_client();
  const std::string base = fmt::format("http://user:hunter2@127.0.0.1:{}", server.port());
  const auto good = client->send({.url = base + "/redirect"});
  ASSERT_TRUE(good) << good.error().text();
  EXPECT_EQ(good->status, 200);
  EXPECT_NE(std::find(good->headers.begin(), good->headers.end(),
                      std::pair<std::string, std::string>("x-path", "/end")),
            good->headers.end());
  const auto with_key = client->send({.url = base + "/redirect", .headers = {{"DD-API-KEY", "k"}}});
  EXPECT_EQ(with_key->status, 303) << "credentials must not follow a redirect";

  const std::pair<engine::HttpRequest, Code> cases[] = {
      {{.url = base + "/silent?token=hunter2", .timeout = milliseconds(100)}, codes::timed_out},
      {{.url = base + "/x?token=hunter2", .body_max = 999}, codes::body_too_large},
      {{.url = base + "/loop?token=hunter2"}, codes::bad_response},
      {{.url = "http://user:hunter2@127.0.0.1:1/"}, codes::unreachable},
      {{.url = "file:///etc/passwd"}, codes::unreachable},
      {{.url = base, .headers = {{"A", "b\r\nC: d"}}}, codes::bad_request},
  };
  for (const auto& [request, code] : cases) {
    const auto answer = client->send(request);
    ASSERT_FALSE(answer) << request.url;
    EXPECT_EQ(answer.error().code, code) << answer.error().text();
    EXPECT_EQ(answer.error().text().find("hunter2"), std::string::npos) << answer.error().text();
  }
}

TEST(HttpTypes, read_and_write_the_small_print) {
  EXPECT_EQ(http_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110 section 5.6.7
  EXPECT_EQ(query_value("a=1&b=x%20y+z&c", "b"), "x y z");
  EXPECT_EQ(query_value("a=1&b=2", "c"), "");
  EXPECT_EQ(percent_decode("a%2Fb").value(), "a/b");
  EXPECT_FALSE(percent_decode("%0"));
  EXPECT_FALSE(percent_decode("%00"));
  EXPECT_EQ(percent_encode("a/b c"), "a%2Fb%20c");
  EXPECT_EQ(redacted_url("https://u:p@h:1/p?q=s#f"), "https://h:1/p");
  EXPECT_EQ(redacted_url("https://h/p@q"), "https://h/p@q");
  std::string head;
  append_head(head, {.headers = {{"x", "a\r\nSet-Cookie: b"}}}, {.date = "D"});
  EXPECT_EQ(head.find("\r\nSet-Cookie"), std::string::npos) << head;
}

TEST(SystemdNotify, writes_to_the_named_socket) {
  ::unsetenv("NOTIFY_SOCKET");
  EXPECT_FALSE(systemd_notify("READY=1"));
  const int receiver = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const std::string name = fmt::format("tollgate-notify-{}", ::getpid());
  std::copy(name.begin(), name.end(), address.sun_path + 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  ASSERT_EQ(::bind(receiver, reinterpret_cast<const sockaddr*>(&address), size), 0);
  ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  EXPECT_TRUE(systemd_notify("READY=1\nSTATUS=serving"));
  char text[64] = {};
  const ssize_t count = ::recv(receiver, text, sizeof text, 0);
  EXPECT_EQ(std::string_view(text, static_cast<size_t>(std::max<ssize_t>(count, 0))),
            "READY=1\nSTATUS=serving");
  ::close(receiver);
  ::unsetenv("NOTIFY_SOCKET");
}

TEST(Client, private_networks_are_refused_unless_they_are_allowed) {
  RunningServer inner({}, echo);
  const std::string url = fmt::format("http://127.0.0.1:{}/", inner.port());
  const auto guarded = make_http_client({.denies_private = true});
  const auto refused = guarded->send({.url = url});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, codes::forbidden) << refused.error().text();
  // A name is judged by what it resolves to.
  const auto by_name = guarded->send({.url = fmt::format("http://localhost:{}/", inner.port())});
  ASSERT_FALSE(by_name);
  EXPECT_EQ(by_name.error().code, codes::forbidden);
  const auto allowed =
      make_http_client({.denies_private = true, .allowed_networks = {"127.0.0.1/32"}});
  EXPECT_TRUE(allowed->send({.url = url}));
  // A redirect to somewhere that is not allowed is not followed.
  RunningServer outer({}, [](Request&, Responder responder) {
    responder.send({.status = 302, .headers = {{"Location", "http://127.0.0.2:1/"}}});
  });
  const auto redirected = allowed->send({.url = fmt::format("http://127.0.0.1:{}/", outer.port())});
  ASSERT_FALSE(redirected);
  EXPECT_EQ(redirected.error().code, codes::forbidden) << redirected.error().text();
}

}  // namespace
}  // namespace tollgate::net
