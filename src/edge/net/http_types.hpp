// Requests and answers of HTTP as handlers see them; no socket, parser or library shows through.
#pragma once

#include "foundation/base/encoding.hpp"
#include "foundation/base/error.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::net {

struct Header {
  std::string name;  // lower case
  std::string value;
};

/// One request, read completely. All text is as the client sent it: percent escapes are still
/// there.
struct Request {
  std::string method;  // "GET"
  std::string path;    // "/v1/gates", without the query
  std::string query;   // "limit=10&next=x", without the question mark
  std::vector<Header> headers;
  std::string body;
  std::string peer;  // "127.0.0.1:51234"
  bool is_tls = false;
  bool is_http2 = false;  // answers may have trailers

  /// The first header of that name (given in lower case), or empty.
  std::string_view header(std::string_view name) const;
};

/// One answer. Date, Content-Length and Connection are added by the server.
struct Response {
  int status = 200;
  std::string_view content_type = "application/json";  // a literal: it is not copied
  std::vector<Header> headers = {};
  std::string body = {};
  /// If set, the body goes on after `body`: called on the I/O thread whenever the client has taken
  /// what there was, until it returns an empty chunk. It must not block for long. For exports that
  /// do not fit in memory.
  std::function<std::string()> next_chunk = {};
  /// Sent behind the body to clients that speak HTTP/2; others do not get them.
  std::vector<Header> trailers = {};
};

/// The problem document (RFC 9457) of an error, with the status of its catalogue row. `instance` is
/// the request's path or empty; `errors` are the places inside the request, each a pointer and a
/// detail.
Response problem(const Error& error, std::string_view instance = {}, const Problems& errors = {});

/// Percent escapes decoded, once; "+" stays. Errors: bad_request for broken escapes or an escaped
/// NUL.
Result<std::string> percent_decode(std::string_view text);
/// The decoded value of the first parameter `name` of a query ("+" reads as a space), or empty.
std::string query_value(std::string_view query, std::string_view name);

/// Appends the status line and all headers. `content_length` below 0 means a chunked body if
/// `is_chunked`, else one that ends with the connection. Control characters in header values are
/// left out, so that values cannot forge lines.
struct HeadOptions {
  int64_t content_length = 0;
  bool is_chunked = false;
  bool keep_alive = true;
  std::string_view date;  // "Sun, 22 Nov 2026 23:10:00 GMT"
};
void append_head(std::string& out, const Response& response, const HeadOptions& options);
/// One chunk of a chunked body; nothing for empty `bytes` (an empty chunk would end the body).
void append_chunk(std::string& out, std::string_view bytes);
/// The date form of HTTP (RFC 9110 section 5.6.7) of a moment in seconds since 1970.
std::string http_date(int64_t unix_seconds);
/// "Not Found" for 404; "Status" for a code without a name.
std::string_view status_words(int status);

}  // namespace tollgate::net
