#include "edge/net/request_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <optional>

namespace tollgate::net {
namespace {

namespace http = boost::beast::http;
using ErrorCode = boost::beast::error_code;
using View = boost::beast::string_view;

/// Header lines of one request, all together.
constexpr size_t kHeadersMax = 100;
/// The shortest end of a chunked body, "0\r\n\r\n": as long as one is unfinished, at least so many
/// bytes are still to come. Beast 1.81 asserts this instead of waiting for them.
constexpr size_t kChunkedRestMin = 5;

std::string_view plain(View text) { return {text.data(), text.size()}; }

/// Beast finds the parts of a message; this keeps them. What Beast lets pass but proxies read in
/// different ways (request smuggling) is refused here.
class MessageParser final : public http::basic_parser<true> {
 public:
  MessageParser(Request& request, const RequestParser::Limits& limits)
      : request_(request), body_bytes_max_(limits.body_bytes_max) {
    header_limit(static_cast<uint32_t>(limits.header_bytes_max));
    body_limit(limits.body_bytes_max);
    eager(true);
  }

  bool expects_continue = false;
  bool is_head_done = false;
  bool has_too_many_headers = false;
  size_t hosts = 0;
  int version = 11;

 private:
  void on_request_impl(http::verb, View method, View target, int http_version,
                       ErrorCode&) override {
    request_.method = plain(method);
    const std::string_view whole = plain(target);
    const size_t question = whole.find('?');
    request_.path = whole.substr(0, question);
    if (question != std::string_view::npos) request_.query = whole.substr(question + 1);
    version = http_version;
  }
  void on_response_impl(int, View, int, ErrorCode&) override {}
  void on_field_impl(http::field known, View name, View value, ErrorCode& error) override {
    if (is_head_done) return;  // trailers must not pass for headers
    if (request_.headers.size() == kHeadersMax) {
      has_too_many_headers = true;
      error = http::error::header_limit;
      return;
    }
    Header& header = request_.headers.emplace_back();
    header.name = plain(name);
    for (char& c : header.name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    header.value = plain(value);
    if (known == http::field::host) ++hosts;
    if (known == http::field::transfer_encoding && header.value != "chunked") {
      error = http::error::bad_transfer_encoding;
    }
    if (known == http::field::expect && header.value == "100-continue") expects_continue = true;
  }
  void on_header_impl(ErrorCode& error) override {
    is_head_done = true;
    if (hosts > 1 || (hosts == 0 && version == 11)) error = http::error::bad_field;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode&) override {
    constexpr uint64_t kReserveMax = 64 * 1024;  // a promise is not worth more memory than that
    if (length) request_.body.reserve(static_cast<size_t>(std::min(*length, kReserveMax)));
  }
  size_t on_body_impl(View bytes, ErrorCode& error) override {
    if (request_.body.size() + bytes.size() > body_bytes_max_) {
      error = http::error::body_limit;
      return 0;
    }
    request_.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, View, ErrorCode&) override {}
  size_t on_chunk_body_impl(std::uint64_t, View bytes, ErrorCode& error) override {
    return on_body_impl(bytes, error);
  }
  void on_finish_impl(ErrorCode&) override {}

  Request& request_;
  size_t body_bytes_max_;
};

}  // namespace

class RequestParser::Parser {
 public:
  std::optional<MessageParser> message;
  size_t head_bytes = 0;  // consumed while the head was unfinished
};

RequestParser::RequestParser(Limits limits) : limits_(limits), parser_(std::make_unique<Parser>()) {
  reset();
}
RequestParser::~RequestParser() = default;

void RequestParser::reset() {
  constexpr size_t kBodyKept = 64 * 1024;
  request_.query.clear();
  request_.headers.clear();
  request_.body.clear();
  if (request_.body.capacity() > kBodyKept) request_.body.shrink_to_fit();
  parser_->head_bytes = 0;
  parser_->message.emplace(request_, limits_);
}

RequestParser::Step RequestParser::put(std::string_view bytes) {
  MessageParser& message = *parser_->message;
  const bool is_in_chunks = message.is_header_done() && message.chunked() && !message.is_done();
  if (is_in_chunks && bytes.size() < kChunkedRestMin) return {0, Progress::need_more_body, 0, {}};
  ErrorCode error;
  const size_t consumed = message.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (!message.is_head_done) parser_->head_bytes += consumed;
  const auto failed = [&](int status, std::string_view words) {
    return Step{consumed, Progress::failed, status, words};
  };
  if (!error || error == http::error::need_more) {
    if (message.is_done()) return {consumed, Progress::done, 0, {}};
    if (message.is_head_done) return {consumed, Progress::need_more_body, 0, {}};
    if (parser_->head_bytes + (bytes.size() - consumed) >= limits_.header_bytes_max) {
      return failed(431, "the request head is longer than the server reads");
    }
    return {consumed, Progress::need_more, 0, {}};
  }
  if (error == http::error::body_limit)
    return failed(413, "the body is larger than the server takes");
  if (error == http::error::header_limit) {
    return failed(431, message.has_too_many_headers
                           ? "the request has too many header lines"
                           : "the request head is longer than the server reads");
  }
  return failed(400, "the bytes are not an HTTP/1.1 request");
}

bool RequestParser::keep_alive() const { return parser_->message->keep_alive(); }
bool RequestParser::is_http_1_1() const { return parser_->message->version == 11; }
bool RequestParser::take_expects_continue() {
  return std::exchange(parser_->message->expects_continue, false);
}

}  // namespace tollgate::net
