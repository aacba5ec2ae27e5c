#include "edge/net/http2_session.hpp"

#include <array>
#include <nghttp2/nghttp2.h>

namespace tollgate::net {
namespace {

constexpr uint32_t kStreamWindowBytes = 1024 * 1024;
constexpr int32_t kConnectionWindowBytes = 8 * 1024 * 1024;

Http2Events& events_of(void* user) { return *static_cast<Http2Events*>(user); }

std::string_view text_of(nghttp2_rcbuf* buffer) {
  const nghttp2_vec bytes = nghttp2_rcbuf_get_buf(buffer);
  return {reinterpret_cast<const char*>(bytes.base), bytes.len};
}

/// Fields borrow their texts from `lines`, which live until the frame is built.
std::vector<nghttp2_nv> fields_of(const std::vector<Header>& lines) {
  std::vector<nghttp2_nv> fields;
  fields.reserve(lines.size());
  for (const Header& line : lines) {
    fields.push_back({.name = reinterpret_cast<uint8_t*>(const_cast<char*>(line.name.data())),
                      .value = reinterpret_cast<uint8_t*>(const_cast<char*>(line.value.data())),
                      .namelen = line.name.size(),
                      .valuelen = line.value.size(),
                      .flags = NGHTTP2_NV_FLAG_NONE});
  }
  return fields;
}

bool is_message(const nghttp2_frame& frame) {
  return frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA;
}
bool is_end(const nghttp2_frame& frame) { return (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0; }

int on_begin(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) events_of(user).on_begin(frame->hd.stream_id);
  return 0;
}

int on_header(nghttp2_session*, const nghttp2_frame* frame, nghttp2_rcbuf* name,
              nghttp2_rcbuf* value, uint8_t, void* user) {
  if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
    events_of(user).on_field(frame->hd.stream_id, text_of(name), text_of(value));
  return 0;
}

int on_data(nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes, size_t size, void* user) {
  events_of(user).on_data(id, {reinterpret_cast<const char*>(bytes), size});
  return 0;
}

int on_received(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  events_of(user).on_frame();
  if (is_message(*frame)) events_of(user).on_part(frame->hd.stream_id, is_end(*frame));
  return 0;
}

/// An answer that came before the end of its request ends the request, too.
int on_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
  if (!is_message(*frame) || !is_end(*frame)) return 0;
  const int32_t id = frame->hd.stream_id;
  if (!events_of(user).on_answered(id))
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
  return 0;
}

int on_close(nghttp2_session*, int32_t id, uint32_t, void* user) {
  events_of(user).on_close(id);
  return 0;
}

ssize_t read_body(nghttp2_session* session, int32_t id, uint8_t* out, size_t size, uint32_t* flags,
                  nghttp2_data_source*, void* user) {
  const Http2Events::Piece piece =
      events_of(user).read_body(id, reinterpret_cast<char*>(out), size);
  if (!piece.is_last && piece.count == 0) return NGHTTP2_ERR_DEFERRED;
  if (piece.is_last) *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (piece.is_last && piece.trailers != nullptr) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const std::vector<nghttp2_nv> fields = fields_of(*piece.trailers);
    nghttp2_submit_trailer(session, id, fields.data(), fields.size());
  }
  return static_cast<ssize_t>(piece.count);
}

}  // namespace

struct Http2Session::Native {
  std::unique_ptr<nghttp2_session, decltype(&nghttp2_session_del)> session{nullptr,
                                                                           &nghttp2_session_del};
};

Http2Session::Http2Session(const Http2Settings& settings, Http2Events& events)
    : native_(std::make_unique<Native>()) {
  nghttp2_session_callbacks* calls = nullptr;
  nghttp2_session_callbacks_new(&calls);
  nghttp2_session_callbacks_set_on_begin_headers_callback(calls, on_begin);
  nghttp2_session_callbacks_set_on_header_callback2(calls, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_received);
  nghttp2_session_callbacks_set_on_frame_send_callback(calls, on_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(calls, net::on_close);
  nghttp2_session* session = nullptr;
  nghttp2_session_server_new(&session, calls, &events);
  nghttp2_session_callbacks_del(calls);
  native_->session.reset(session);
  const std::array entries = {
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.streams_max},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindowBytes},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, settings.header_bytes_max}};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries.data(), entries.size());
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kConnectionWindowBytes);
}

Http2Session::~Http2Session() = default;

bool Http2Session::receive(std::string_view bytes) {
  return nghttp2_session_mem_recv(native_->session.get(),
                                  reinterpret_cast<const uint8_t*>(bytes.data()),
                                  bytes.size()) >= 0;
}

bool Http2Session::take_output(std::string& out, size_t bytes_max) {
  const size_t before = out.size();
  while (out.size() - before < bytes_max) {
    const uint8_t* bytes = nullptr;
    const ssize_t count = nghttp2_session_mem_send(native_->session.get(), &bytes);
    if (count <= 0) return count == 0;
    out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(count));
  }
  return true;
}

void Http2Session::respond(int32_t id, const std::vector<Header>& head, bool has_body) {
  const std::vector<nghttp2_nv> fields = fields_of(head);
  const nghttp2_data_provider provider{.source = {}, .read_callback = read_body};
  nghttp2_submit_response(native_->session.get(), id, fields.data(), fields.size(),
                          has_body ? &provider : nullptr);
}

void Http2Session::resume(int32_t id) { nghttp2_session_resume_data(native_->session.get(), id); }

void Http2Session::cancel(int32_t id) {
  nghttp2_submit_rst_stream(native_->session.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
}

void Http2Session::go_away() {
  nghttp2_session* const session = native_->session.get();
  nghttp2_submit_goaway(session, NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session), NGHTTP2_NO_ERROR, nullptr,
                        0);
}

bool Http2Session::is_over() const {
  return nghttp2_session_want_read(native_->session.get()) == 0 &&
         nghttp2_session_want_write(native_->session.get()) == 0;
}

}  // namespace tollgate::net
