// HTTP/2 on the same port as HTTP/1.1: many streams, limits, deadlines, streams that end early, and
// clients that misbehave.
#include "edge/net/grpc.hpp"
#include "edge/net/http2_exchange.hpp"
#include "edge/net/tls.hpp"
#include "foundation/base/codes.hpp"
#include "http2_client.hpp"
#include "net_fixture.hpp"

#include <openssl/ssl.h>

#include <atomic>
#include <future>
#include <mutex>

namespace tollgate::net {
namespace {

using testing::Certificate;
using testing::RawClient;
using testing::RunningServer;
using tollgate::testing::Http2Client;

void echo(Request& request, Responder responder) {
  responder.send(
      {.content_type = "text/plain",
       .headers = {{"X-Host", std::string(request.header("host"))}},
       .body = request.method + " " + request.path + "?" + request.query + " " + request.body});
}

/// Keeps requests for the test to answer.
struct Desk {
  std::mutex mutex;
  std::map<std::string, Responder> waiting;
  std::atomic<size_t> count{0};
  Handler handler() {
    return [this](Request& request, Responder responder) {
      const std::lock_guard lock(mutex);
      waiting.emplace(request.path, std::move(responder));
      ++count;
    };
  }
  void answer(const std::string& path, Response response) {
    const std::lock_guard lock(mutex);
    waiting.at(path).send(std::move(response));
    waiting.erase(path);
  }
  void wait_for(size_t wanted) const {
    while (count < wanted) std::this_thread::yield();
  }
};

TEST(Http2, is_spoken_on_the_port_of_http_1) {
  RunningServer server({}, echo);
  Http2Client client(server.port());
  const auto& answer = client.wait(client.send("POST", "/a?b=c", {}, "body"));
  EXPECT_EQ(answer.line(":status"), "200");
  EXPECT_EQ(answer.line("content-type"), "text/plain");
  EXPECT_EQ(answer.line("x-host"), "127.0.0.1");
  EXPECT_EQ(answer.line("content-length"), "16");
  EXPECT_EQ(answer.body, "POST /a?b=c body");
  RawClient old(server.port());
  old.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_TRUE(old.read_answer().ends_with("POST /x? ok"));
}

TEST(Http2, the_preface_may_arrive_byte_by_byte_and_may_turn_out_to_be_none) {
  RunningServer server({}, echo);
  RawClient slow(server.port());
  for (const char byte : kHttp2Preface) slow.send({&byte, 1});
  EXPECT_EQ(slow.read_until(std::string(5, '\0')).substr(3, 1), "\4") << "SETTINGS come first";
  RawClient other(server.port());
  other.send("PRI * HTTP/2.0\r\n");
  other.send("\r\nGET");
  EXPECT_NE(other.read_all().find("HTTP/1.1 400"), std::string::npos);
}

TEST(Http2, many_streams_are_answered_in_the_order_in_which_answers_are_ready) {
  Desk desk;
  RunningServer server({}, desk.handler());
  Http2Client client(server.port());
  std::map<std::string, int32_t> ids;
  constexpr int kStreams = 50;
  for (int i = 0; i < kStreams; ++i) {
    const std::string path = "/" + std::to_string(i);
    ids[path] = client.send("GET", path);
  }
  desk.wait_for(kStreams);
  std::vector<int32_t> expected;
  for (int i = kStreams - 1; i >= 0; --i) {
    const std::string path = "/" + std::to_string(i);
    desk.answer(path, {.body = path});
    EXPECT_EQ(client.wait(ids[path]).body, path);
    expected.push_back(ids[path]);
  }
  EXPECT_EQ(client.ended(), expected);
  EXPECT_EQ((*server).counters().connections, 1U);
  EXPECT_EQ((*server).counters().requests, static_cast<uint64_t>(kStreams));
}

TEST(Http2, large_bodies_go_both_ways_under_flow_control) {
  RunningServer server({}, echo);
  Http2Client client(server.port());
  const std::string body(5'000'000, 'x');
  const auto& answer = client.wait(client.send("POST", "/", {}, body));
  EXPECT_EQ(answer.body.size(), body.size() + 8);
}

TEST(Http2, exports_in_chunks_and_event_streams_work_as_in_http_1) {
  std::mutex mutex;
  Stream stream;
  RunningServer server({}, [&](Request& request, Responder responder) {
    if (request.path == "/events") {
      const std::lock_guard lock(mutex);
      stream = responder.stream({.content_type = "text/event-stream", .body = "a\n\n"});
      return;
    }
    auto left = std::make_shared<int>(100);
    responder.send({.body = "first,", .next_chunk = [left] {
                      return (*left)-- > 0 ? std::string(10'000, 'c') : std::string();
                    }});
  });
  Http2Client client(server.port());
  const auto& whole = client.wait(client.send("GET", "/export"));
  EXPECT_EQ(whole.body.size(), 1'000'006U);
  const int32_t id = client.send("GET", "/events");
  EXPECT_TRUE(client.read_until([&] { return client.answer(id).body == "a\n\n"; }));
  {
    const std::lock_guard lock(mutex);
    EXPECT_TRUE(stream.write("b\n\n"));
    stream.close();
  }
  EXPECT_EQ(client.wait(id).body, "a\n\nb\n\n");
  EXPECT_FALSE(stream.write("c"));
}

TEST(Http2, trailers_come_behind_the_body) {
  RunningServer server({}, [](Request&, Responder responder) {
    responder.send({.body = "x", .trailers = {{"Grpc-Status", "0"}}});
  });
  Http2Client client(server.port());
  const auto& answer = client.wait(client.send("GET", "/"));
  EXPECT_EQ(answer.body, "x");
  EXPECT_TRUE(answer.is_trailer("grpc-status"));
  EXPECT_EQ(answer.line("content-length"), "");
}

TEST(Http2, a_body_beyond_the_limit_is_refused_before_its_end_and_the_connection_stays) {
  RunningServer server({.body_bytes_max = 1000}, echo);
  Http2Client client(server.port());
  const auto& refused = client.wait(client.send("POST", "/", {}, std::string(1001, 'x'), true));
  EXPECT_EQ(refused.line(":status"), "413");
  EXPECT_NE(refused.body.find("TG0707"), std::string::npos) << refused.body;
  const auto& call = client.wait(client.call("/s/m", std::string(996, 'x')));
  EXPECT_EQ(call.line(":status"), "200");
  EXPECT_EQ(call.line("grpc-status"), "8");
  EXPECT_EQ(call.line("grpc-status-details-bin"), "") << "it can never be taken";
  EXPECT_EQ(client.wait(client.send("POST", "/", {}, std::string(1000, 'x'))).line(":status"),
            "200");
  EXPECT_EQ((*server).counters().refused, 2U);
}

TEST(Http2, bodies_of_all_clients_together_are_bounded) {
  RunningServer server({.bodies_bytes_max = 10'000}, echo);
  Http2Client client(server.port());
  const int32_t waits = client.send("POST", "/a", {}, std::string(9'000, 'x'), true);
  const auto& refused = client.wait(client.call("/s/m", std::string(2'000, 'x')));
  EXPECT_EQ(refused.line("grpc-status"), "14");
  EXPECT_NE(refused.line("grpc-status-details-bin"), "") << "worth a retry";
  client.cancel(waits);
  EXPECT_EQ(client.wait(client.send("POST", "/", {}, std::string(2'000, 'x'))).line(":status"),
            "200");
}

TEST(Http2, a_head_beyond_the_limit_is_refused) {
  RunningServer server({.header_bytes_max = 2000}, echo);
  Http2Client client(server.port());
  const auto& answer = client.wait(client.send("GET", "/", {{"x-long", std::string(3000, 'x')}}));
  EXPECT_EQ(answer.line(":status"), "431");
}

TEST(Http2, requests_beyond_those_in_flight_are_shed_with_a_word_on_retrying) {
  Desk desk;
  RunningServer server({.requests_in_flight_max = 1}, desk.handler());
  Http2Client client(server.port());
  const int32_t first = client.send("GET", "/a");
  desk.wait_for(1);
  EXPECT_EQ(client.wait(client.send("GET", "/b")).line(":status"), "503");
  const auto& call = client.wait(client.call("/s/m", ""));
  EXPECT_EQ(call.line("grpc-status"), "14");
  EXPECT_NE(call.line("grpc-status-details-bin"), "");
  desk.answer("/a", {.body = "done"});
  EXPECT_EQ(client.wait(first).body, "done");
}

TEST(Http2, a_stream_that_its_client_cancels_gives_its_place_back) {
  Desk desk;
  RunningServer server({.requests_in_flight_max = 1}, desk.handler());
  Http2Client client(server.port());
  const int32_t first = client.send("GET", "/a");
  desk.wait_for(1);
  client.cancel(first);
  client.ping();
  EXPECT_TRUE(client.read_until([&] { return client.pongs() == 1; }));
  desk.answer("/a", {.body = "nobody listens"});
  const int32_t second = client.send("GET", "/b");
  desk.wait_for(2);
  desk.answer("/b", {.body = "b"});
  EXPECT_EQ(client.wait(second).body, "b");
}

TEST(Http2, a_call_that_takes_longer_than_it_allows_is_told) {
  Desk desk;
  RunningServer server({.idle_timeout = milliseconds(400)}, desk.handler());
  Http2Client client(server.port());
  const auto& answer = client.wait(client.call("/s/m", "", {{"grpc-timeout", "20m"}}));
  EXPECT_EQ(answer.line("grpc-status"), "4");
  desk.answer("/s/m", grpc_answer("late"));
  const int32_t patient = client.call("/s/n", "", {{"grpc-timeout", "1H"}});
  desk.wait_for(2);
  desk.answer("/s/n", grpc_answer("in time"));
  EXPECT_EQ(client.wait(patient).line("grpc-status"), "0");
  EXPECT_EQ(client.wait(patient).body.substr(5), "in time");
}

TEST(Http2, slow_requests_idle_clients_and_clients_that_take_no_answer_are_let_go) {
  RunningServer server({.body_timeout = milliseconds(50),
                        .idle_timeout = milliseconds(200),
                        .write_timeout = milliseconds(100)},
                       echo);
  {
    Http2Client client(server.port());
    EXPECT_EQ(client.wait(client.send("POST", "/", {}, "x", true)).line(":status"), "408");
    EXPECT_TRUE(client.wait_for_end());
    EXPECT_EQ(client.goaways(), 1);
  }
  Http2Client client(server.port(), true);
  const auto& answer = client.wait(client.send("GET", "/"));
  EXPECT_EQ(answer.line(":status"), "200");
  EXPECT_EQ(answer.error, static_cast<uint32_t>(NGHTTP2_CANCEL));
}

TEST(Http2, pings_are_answered_and_keep_a_connection) {
  RunningServer server({.idle_timeout = milliseconds(300)}, echo);
  Http2Client client(server.port());
  const auto start = std::chrono::steady_clock::now();
  int sent = 0;
  while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(700)) {
    client.ping();
    ++sent;
    ASSERT_TRUE(client.read_until([&] { return client.pongs() == sent; }));
  }
  EXPECT_EQ(client.goaways(), 0);
  EXPECT_EQ(client.wait(client.send("GET", "/")).line(":status"), "200");
}

TEST(Http2, a_stop_says_goaway_and_answers_what_is_under_way) {
  Desk desk;
  RunningServer server({}, desk.handler());
  Http2Client client(server.port());
  const int32_t id = client.send("GET", "/a");
  desk.wait_for(1);
  std::thread stopper([&] { server.stop(); });
  EXPECT_TRUE(client.read_until([&] { return client.goaways() == 1; }));
  desk.answer("/a", {.body = "still answered"});
  EXPECT_EQ(client.wait(id).body, "still answered");
  EXPECT_TRUE(client.wait_for_end());
  stopper.join();
}

TEST(Http2, broken_frames_end_their_connection_only) {
  RunningServer server({}, echo);
  Http2Client broken(server.port());
  Http2Client well(server.port());
  EXPECT_EQ(broken.wait(broken.send("GET", "/")).line(":status"), "200");
  const std::string head("\xff\xff\xff\x01\0\0\0\0\x05", 9);
  broken.send_raw(head + " garbage garbage garbage");
  EXPECT_TRUE(broken.wait_for_end());
  EXPECT_EQ(broken.goaways(), 1) << "with the reason";
  EXPECT_EQ(well.wait(well.send("GET", "/")).line(":status"), "200");
}

TEST(Http2, further_places_to_listen_take_both_kinds) {
  ServerOptions options;
  options.also_listen = {{.address = "127.0.0.1", .port = 0}};
  RunningServer server(options, echo);
  EXPECT_NE((*server).port_also(0), server.port());
  Http2Client client((*server).port_also(0));
  EXPECT_EQ(client.wait(client.send("GET", "/")).line(":status"), "200");
  RawClient old((*server).port_also(0));
  old.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(old.read_answer().find("200"), std::string::npos);
}

/// The protocol that TLS agrees on with a client that offers `protocols`.
std::string chosen_protocol(uint16_t port, std::string_view protocols) {
  const auto context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>(
      SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned int>(protocols.size()));
  const int file = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const auto session = std::unique_ptr<SSL, decltype(&SSL_free)>(SSL_new(context.get()), &SSL_free);
  SSL_set_fd(session.get(), file);
  std::string chosen = "failed";
  if (SSL_connect(session.get()) == 1) {
    const unsigned char* name = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(session.get(), &name, &size);
    chosen.assign(reinterpret_cast<const char*>(name), size);
    if (chosen == "h2") {
      const std::string hello = std::string(kHttp2Preface) + std::string("\0\0\0\4\0\0\0\0\0", 9);
      SSL_write(session.get(), hello.data(), static_cast<int>(hello.size()));
      char first[9] = {};
      SSL_read(session.get(), first, sizeof first);
      if (first[3] != NGHTTP2_SETTINGS) chosen = "no settings came";
    }
  }
  ::close(file);
  return chosen;
}

TEST(Http2, tls_agrees_on_it_with_clients_that_want_nothing_else) {
  const Certificate certificate;
  RunningServer server(
      {.certificate_file = certificate.certificate_file(), .key_file = certificate.key_file()},
      echo);
  using namespace std::string_view_literals;
  EXPECT_EQ(chosen_protocol(server.port(), "\2h2"), "h2");
  EXPECT_EQ(chosen_protocol(server.port(), "\2h2\10http/1.1"sv), "http/1.1");
  EXPECT_EQ(chosen_protocol(server.port(), "\4spdy"), "");
}

}  // namespace
}  // namespace tollgate::net
