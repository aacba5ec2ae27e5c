// Bytes of a connection to requests. The only place that knows Beast; it stores straight into a
// Request.
#pragma once

#include "edge/net/http_types.hpp"

#include <memory>

namespace tollgate::net {

class RequestParser {
 public:
  struct Limits {
    size_t header_bytes_max;
    size_t body_bytes_max;
  };
  enum class Progress { need_more, need_more_body, done, failed };
  struct Step {
    size_t consumed;
    Progress progress;
    int status;              // of the refusal, when failed
    std::string_view words;  // why, when failed
  };

  explicit RequestParser(Limits limits);
  ~RequestParser();

  /// Reads on at the first byte not yet consumed. While the head is unfinished nothing is consumed:
  /// call again with the same bytes and more behind them. Survives any bytes.
  Step put(std::string_view bytes);
  /// Forgets the request, ready for the next one; memory is kept.
  void reset();

  Request& request() { return request_; }
  bool keep_alive() const;
  /// True for HTTP/1.1, which knows chunked answers.
  bool is_http_1_1() const;
  /// True once if the client waits for "100 Continue" before it sends the body.
  bool take_expects_continue();

 private:
  class Parser;
  Limits limits_;
  Request request_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace tollgate::net
