// A client of HTTP/2 on a bare socket, by nghttp2, for tests: many streams, any bytes, and what the
// server says besides answers.
#pragma once

#include <algorithm>
#include <arpa/inet.h>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tollgate::testing {

class Http2Client {
 public:
  using Lines = std::vector<std::pair<std::string, std::string>>;
  struct Answer {
    Lines lines;  // of the head, then of the trailers
    size_t head_lines = 0;
    std::string body;
    bool is_closed = false;
    uint32_t error = 0;  // of RST_STREAM
    std::string line(std::string_view name) const {
      for (const auto& [key, value] : lines) {
        if (key == name) return value;
      }
      return {};
    }
    bool is_trailer(std::string_view name) const {
      for (size_t i = head_lines; i < lines.size(); ++i) {
        if (lines[i].first == name) return true;
      }
      return false;
    }
  };

  explicit Http2Client(uint16_t port, bool is_window_closed = false)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval limit{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const int on = 1;  // a request in two pieces does not wait for an acknowledgement
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    nghttp2_session_callbacks* calls = nullptr;
    nghttp2_session_callbacks_new(&calls);
    nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_close);
    nghttp2_session_client_new(&session_, calls, this);
    nghttp2_session_callbacks_del(calls);
    const nghttp2_settings_entry closed{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &closed, is_window_closed ? 1 : 0);
  }
  ~Http2Client() {
    nghttp2_session_del(session_);
    ::close(socket_);
  }
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  /// Sends a request, or with `is_open` only the beginning of one. The number of its stream.
  int32_t send(std::string method, std::string path, Lines lines = {}, std::string body = {},
               bool is_open = false) {
    Lines all = {{":method", std::move(method)},
                 {":scheme", "http"},
                 {":authority", "127.0.0.1"},
                 {":path", std::move(path)}};
    all.insert(all.end(), lines.begin(), lines.end());
    std::vector<nghttp2_nv> fields;
    for (auto& [key, value] : all) {
      fields.push_back({reinterpret_cast<uint8_t*>(key.data()),
                        reinterpret_cast<uint8_t*>(value.data()), key.size(), value.size(), 0});
    }
    auto upload = std::make_unique<Upload>(Upload{std::move(body), 0, is_open});
    nghttp2_data_provider provider{};
    provider.source.ptr = upload.get();
    provider.read_callback = read_upload;
    const bool has_body = !upload->bytes.empty() || is_open;
    const int32_t id = nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(),
                                              has_body ? &provider : nullptr, nullptr);
    uploads_[id] = std::move(upload);
    flush();
    return id;
  }
  /// A unary call of gRPC.
  int32_t call(std::string path, std::string_view message, Lines lines = {}, char flag = 0) {
    const auto size = static_cast<uint32_t>(message.size());
    std::string body = {flag, static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                        static_cast<char>(size >> 8), static_cast<char>(size)};
    body += message;
    lines.insert(lines.begin(), {{"content-type", "application/grpc"}, {"te", "trailers"}});
    return send("POST", std::move(path), std::move(lines), std::move(body));
  }
  void cancel(int32_t id) {
    nghttp2_submit_rst_stream(session_, 0, id, NGHTTP2_CANCEL);
    flush();
  }
  void ping() {
    nghttp2_submit_ping(session_, 0, nullptr);
    flush();
  }
  /// Lets the server send so much more of a stream.
  void open_window(int32_t id, int32_t bytes) {
    nghttp2_submit_window_update(session_, 0, id, bytes);
    flush();
  }
  void send_raw(std::string_view bytes) {
    flush();
    ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  /// Reads until `is_enough`, the server closes, or five seconds pass without anything.
  bool read_until(const std::function<bool()>& is_enough) {
    while (!is_enough()) {
      char piece[16384];
      const ssize_t count = ::recv(socket_, piece, sizeof piece, 0);
      if (count <= 0) {
        is_closed_ = count == 0;
        return false;
      }
      nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(piece),
                               static_cast<size_t>(count));
      flush();
    }
    return true;
  }
  /// The whole answer of a stream.
  const Answer& wait(int32_t id) {
    read_until([&] { return answers_[id].is_closed; });
    return answers_[id];
  }
  const Answer& answer(int32_t id) { return answers_[id]; }
  /// The streams in the order in which they ended.
  const std::vector<int32_t>& ended() const { return ended_; }
  int pongs() const { return pongs_; }
  int goaways() const { return goaways_; }
  /// Whether the server closes the connection.
  bool wait_for_end() {
    read_until([] { return false; });
    return is_closed_;
  }

 private:
  struct Upload {
    std::string bytes;
    size_t sent = 0;
    bool is_open = false;
  };
  static Http2Client& of(void* user) { return *static_cast<Http2Client*>(user); }
  static ssize_t read_upload(nghttp2_session*, int32_t, uint8_t* out, size_t size, uint32_t* flags,
                             nghttp2_data_source* source, void*) {
    auto& upload = *static_cast<Upload*>(source->ptr);
    const size_t count = std::min(size, upload.bytes.size() - upload.sent);
    std::memcpy(out, upload.bytes.data() + upload.sent, count);
    upload.sent += count;
    if (upload.sent < upload.bytes.size()) return static_cast<ssize_t>(count);
    if (upload.is_open && count == 0) return NGHTTP2_ERR_DEFERRED;
    if (upload.is_open) return static_cast<ssize_t>(count);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                       size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                       void* user) {
    Answer& answer = of(user).answers_[frame->hd.stream_id];
    answer.lines.emplace_back(std::string(reinterpret_cast<const char*>(name), name_size),
                              std::string(reinterpret_cast<const char*>(value), value_size));
    return 0;
  }
  static int on_data(nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes, size_t size,
                     void* user) {
    of(user).answers_[id].body.append(reinterpret_cast<const char*>(bytes), size);
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2Client& self = of(user);
    if (frame->hd.type == NGHTTP2_GOAWAY) ++self.goaways_;
    if (frame->hd.type == NGHTTP2_PING) self.pongs_ += (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
    if (frame->hd.type == NGHTTP2_HEADERS) {
      Answer& answer = self.answers_[frame->hd.stream_id];
      if (answer.head_lines == 0) answer.head_lines = answer.lines.size();
    }
    return 0;
  }
  static int on_close(nghttp2_session*, int32_t id, uint32_t error, void* user) {
    Answer& answer = of(user).answers_[id];
    answer.is_closed = true;
    answer.error = error;
    of(user).ended_.push_back(id);
    return 0;
  }
  void flush() {
    const uint8_t* bytes = nullptr;
    for (ssize_t count = 0; (count = nghttp2_session_mem_send(session_, &bytes)) > 0;)
      ::send(socket_, bytes, static_cast<size_t>(count), MSG_NOSIGNAL);
  }

  int socket_;
  nghttp2_session* session_ = nullptr;
  bool is_closed_ = false;
  int pongs_ = 0;
  int goaways_ = 0;
  std::map<int32_t, Answer> answers_;
  std::map<int32_t, std::unique_ptr<Upload>> uploads_;
  std::vector<int32_t> ended_;
};

}  // namespace tollgate::testing
