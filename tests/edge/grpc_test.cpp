// The dress of gRPC: prefixes, statuses, deadlines.
#include "edge/net/grpc.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"

#include <gtest/gtest.h>

namespace tollgate::net {
namespace {

Request call_of(std::string body, std::string encoding = {}) {
  Request request;
  request.headers = {{"content-type", "application/grpc+proto"}};
  if (!encoding.empty()) request.headers.push_back({"grpc-encoding", std::move(encoding)});
  request.body = std::move(body);
  return request;
}

std::string prefixed(char flag, std::string_view message) {
  std::string out = {flag, 0, 0, 0, static_cast<char>(message.size())};
  return out.append(message);
}

TEST(Grpc, takes_exactly_one_message) {
  EXPECT_EQ(grpc_message(call_of(prefixed(0, "hello")))->bytes, "hello");
  EXPECT_EQ(grpc_message(call_of(prefixed(0, "")))->bytes, "");
  for (const std::string& broken :
       {std::string(), std::string("\0\0", 2), prefixed(0, "hello") + "x",
        prefixed(0, "hello").substr(0, 8), prefixed(0, "a") + prefixed(0, "b"),
        std::string("\0\xff\xff\xff\xff", 5)}) {
    EXPECT_EQ(grpc_message(call_of(broken)).error().code, codes::bad_request) << broken.size();
  }
}

TEST(Grpc, compression_must_be_named_and_known) {
  const auto message = grpc_message(call_of(prefixed(1, "packed"), "gzip"));
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->is_compressed);
  EXPECT_FALSE(grpc_message(call_of(prefixed(0, "plain"), "gzip"))->is_compressed);
  EXPECT_EQ(grpc_message(call_of(prefixed(1, "x"))).error().code, codes::bad_request);
  EXPECT_EQ(grpc_message(call_of(prefixed(2, "x"), "gzip")).error().code, codes::bad_request);
  const auto unknown = grpc_message(call_of(prefixed(1, "x"), "zstd"));
  EXPECT_EQ(grpc_status(unknown.error()), GrpcStatus::unimplemented);
  EXPECT_EQ(unknown.error().message, "messages may be compressed with gzip, not \"zstd\"");
}

TEST(Grpc, knows_its_content_type) {
  for (const char* type : {"application/grpc", "application/grpc+proto", "application/grpc;x=y"}) {
    Request request;
    request.headers = {{"content-type", type}};
    EXPECT_TRUE(is_grpc(request)) << type;
  }
  for (const char* type : {"", "application/grpc-web", "application/json"}) {
    Request request;
    request.headers = {{"content-type", type}};
    EXPECT_FALSE(is_grpc(request)) << type;
  }
  Request json = call_of(prefixed(0, "{}"));
  json.headers.front().value = "application/grpc+json";
  EXPECT_EQ(grpc_status(grpc_message(json).error()), GrpcStatus::unimplemented);
}

TEST(Grpc, reads_how_long_the_client_waits) {
  const struct {
    const char* text;
    int64_t ms;
  } cases[] = {{"1H", 3'600'000}, {"2M", 120'000},    {"3S", 3'000}, {"250m", 250}, {"1500u", 2},
               {"7n", 1},         {"99999999n", 100}, {"", 0},       {"S", 0},      {"-1S", 0},
               {"123456789S", 0}, {"1x", 0},          {"0S", 0},     {"1.5S", 0}};
  for (const auto& each : cases) {
    Request request;
    request.headers = {{"grpc-timeout", each.text}};
    EXPECT_EQ(grpc_timeout(request).ms, each.ms) << each.text;
  }
}

std::string line(const Response& response, std::string_view name) {
  for (const Header& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

TEST(Grpc, a_refusal_of_the_moment_says_when_to_come_again) {
  const Response full = grpc_refusal(Error{.code = codes::too_many_requests, .message = "full"});
  EXPECT_EQ(line(full, "grpc-status"), "8");
  EXPECT_EQ(line(full, "grpc-message"), "TG0713: full");
  const std::string details = base64_decode(line(full, "grpc-status-details-bin")).value();
  EXPECT_EQ(details, std::string("\x08\x08\x12\x0cTG0713: full\x1a\x30\x0a\x28", 20) +
                         "type.googleapis.com/google.rpc.RetryInfo" +
                         std::string("\x12\x04\x0a\x02\x08\x02", 6));
  EXPECT_TRUE(full.body.empty());
  const Response never =
      grpc_refusal(Error{.code = codes::body_too_large, .message = "100 % \xc3\xa4"});
  EXPECT_EQ(line(never, "grpc-status"), "8");
  EXPECT_EQ(line(never, "grpc-message"), "TG0707: 100 %25 %C3%A4");
  EXPECT_EQ(line(never, "grpc-status-details-bin"), "");
}

}  // namespace
}  // namespace tollgate::net
