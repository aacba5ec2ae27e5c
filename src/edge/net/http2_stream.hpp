// One request of an HTTP/2 connection and its answer, as they come and go in pieces. Internal to
// the exchange; pure but for its memory.
#pragma once

#include "edge/net/completions.hpp"
#include "edge/net/http_types.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::net {

struct Http2Stream {
  enum class State { receiving, handling, answering, streaming };

  int32_t id = 0;
  State state = State::receiving;
  int64_t deadline_ms = 0;  // of this state; 0: none
  int64_t held = 0;         // bytes of the body that count among all bodies

  // the request
  Request request;
  size_t head_bytes = 0;
  bool is_complete = false;           // its end has come
  bool is_grpc = false;               // known after read_request()
  bool is_head = false;               // the method
  std::optional<Error> refusal = {};  // why it will not be dispatched

  // the answer
  std::string body;
  size_t sent = 0;       // of body
  bool is_last = true;   // nothing comes behind body and next_chunk
  bool is_bare = false;  // no body at all
  std::function<std::string()> next_chunk;
  std::vector<Header> trailers;
  std::shared_ptr<detail::StreamState> events;  // of an event stream
  int64_t quiet_since_ms = 0;

  /// Takes one field of the head, pseudo fields included.
  void add_field(std::string_view name, std::string_view value);
  /// Looks at what the request is; later it may have been moved away.
  void read_request();
  /// Takes over an answer; its head, ready to be sent.
  std::vector<Header> take_answer(Response&& response, std::string_view date);
  bool has_body() const { return !is_bare; }
  void add_body(std::string_view bytes);
  size_t waiting() const { return body.size() - sent; }
  /// Writes up to `size` bytes of the body; their number.
  size_t read_body(char* out, size_t size);
  bool is_all_read() const { return is_last && next_chunk == nullptr && waiting() == 0; }
};

}  // namespace tollgate::net
