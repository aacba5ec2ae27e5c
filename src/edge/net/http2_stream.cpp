#include "edge/net/http2_stream.hpp"

#include "edge/net/grpc.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <cstring>

namespace tollgate::net {
namespace {

/// Control characters could forge nothing in HTTP/2, but a gateway to HTTP/1.1 would pass them on.
std::string clean(std::string_view value) {
  std::string out(value);
  std::erase_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  return out;
}

}  // namespace

void Http2Stream::add_field(std::string_view name, std::string_view value) {
  if (name == ":method") {
    request.method = value;
  } else if (name == ":path") {
    const size_t mark = value.find('?');
    request.path = value.substr(0, mark);
    if (mark != std::string_view::npos) request.query = value.substr(mark + 1);
  } else if (name == ":authority") {
    request.headers.insert(request.headers.begin(), {"host", std::string(value)});
  } else if (!name.starts_with(':')) {
    request.headers.push_back({std::string(name), std::string(value)});
  }
}

void Http2Stream::read_request() {
  is_grpc = is_grpc || net::is_grpc(request);
  is_head = is_head || request.method == "HEAD";
}

std::vector<Header> Http2Stream::take_answer(Response&& response, std::string_view date) {
  const bool is_without = response.status == 204 || response.status == 304;
  is_bare = is_without || is_head ||
            (is_last && response.body.empty() && !response.next_chunk && response.trailers.empty());
  std::vector<Header> head;
  head.push_back({":status", std::to_string(response.status)});
  if (!date.empty()) head.push_back({"date", std::string(date)});
  if (!is_without) head.push_back({"content-type", std::string(response.content_type)});
  for (const Header& line : response.headers)
    head.push_back({lower_case(line.name), clean(line.value)});
  const bool has_length = is_last && !response.next_chunk && response.trailers.empty();
  if (has_length && !is_without && !is_grpc)
    head.push_back({"content-length", std::to_string(response.body.size())});
  if (is_bare) return head;
  body = std::move(response.body);
  sent = 0;
  next_chunk = std::move(response.next_chunk);
  for (const Header& line : response.trailers)
    trailers.push_back({lower_case(line.name), clean(line.value)});
  return head;
}

void Http2Stream::add_body(std::string_view bytes) {
  body.erase(0, std::exchange(sent, 0));
  body += bytes;
}

size_t Http2Stream::read_body(char* out, size_t size) {
  if (waiting() == 0 && next_chunk) {
    body = next_chunk();
    sent = 0;
    if (body.empty()) next_chunk = nullptr;
  }
  const size_t count = std::min(size, waiting());
  if (count > 0) std::memcpy(out, body.data() + sent, count);
  sent += count;
  return count;
}

}  // namespace tollgate::net
