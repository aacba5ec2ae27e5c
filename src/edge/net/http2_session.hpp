// The frames of HTTP/2 on a server's side: libnghttp2 behind an interface of ours, which is all
// that the exchange knows of it. Not thread-safe.
#pragma once

#include "edge/net/http_types.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::net {

struct Http2Settings {
  uint32_t streams_max = 128;
  uint32_t header_bytes_max = 32 * 1024;
};

/// What the session tells while it receives or sends; none of them may call receive() or
/// take_output().
class Http2Events {
 public:
  virtual ~Http2Events() = default;
  virtual void on_frame() = 0;  // of any kind: the client lives
  virtual void on_begin(int32_t id) = 0;
  virtual void on_field(int32_t id, std::string_view name, std::string_view value) = 0;
  virtual void on_data(int32_t id, std::string_view bytes) = 0;
  /// The head is complete, or the request as a whole.
  virtual void on_part(int32_t id, bool is_end) = 0;
  /// The answer's end was sent. True: the request has ended as well.
  virtual bool on_answered(int32_t id) = 0;
  virtual void on_close(int32_t id) = 0;
  /// Fills in what is sent next of an answer's body.
  struct Piece {
    size_t count = 0;
    bool is_last = false;
    const std::vector<Header>* trailers = nullptr;  // behind the last; null: none
  };
  virtual Piece read_body(int32_t id, char* out, size_t size) = 0;
};

class Http2Session {
 public:
  /// `events` outlives the session.
  Http2Session(const Http2Settings& settings, Http2Events& events);
  ~Http2Session();

  /// False if the bytes are no HTTP/2; take_output() has the reason for the client then.
  bool receive(std::string_view bytes);
  /// Appends what is to be sent now, at most about `bytes_max`. False: nothing can be sent any
  /// more.
  bool take_output(std::string& out, size_t bytes_max);
  /// Answers a stream; its body is asked for by Http2Events::read_body().
  void respond(int32_t id, const std::vector<Header>& head, bool has_body);
  /// There is more of a body for which read_body() had nothing.
  void resume(int32_t id);
  /// Ends a stream at once (CANCEL).
  void cancel(int32_t id);
  /// Takes no new streams (GOAWAY).
  void go_away();
  /// No stream is open, and none will be; everything is sent.
  bool is_over() const;

 private:
  struct Native;
  std::unique_ptr<Native> native_;
};

}  // namespace tollgate::net
