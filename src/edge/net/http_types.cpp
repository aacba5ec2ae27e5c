// The text of HTTP: heads, chunks, dates, escapes and problem documents. Pure.
#include "edge/net/http_types.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/time.hpp"
#include "foundation/doc/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tollgate::net {
namespace {

struct StatusRow {
  int status;
  std::string_view words;
};
constexpr std::array kStatusWords = {
    StatusRow{100, "Continue"},
    StatusRow{200, "OK"},
    StatusRow{201, "Created"},
    StatusRow{202, "Accepted"},
    StatusRow{204, "No Content"},
    StatusRow{301, "Moved Permanently"},
    StatusRow{303, "See Other"},
    StatusRow{304, "Not Modified"},
    StatusRow{308, "Permanent Redirect"},
    StatusRow{400, "Bad Request"},
    StatusRow{401, "Unauthorized"},
    StatusRow{403, "Forbidden"},
    StatusRow{404, "Not Found"},
    StatusRow{405, "Method Not Allowed"},
    StatusRow{406, "Not Acceptable"},
    StatusRow{408, "Request Timeout"},
    StatusRow{409, "Conflict"},
    StatusRow{412, "Precondition Failed"},
    StatusRow{413, "Content Too Large"},
    StatusRow{415, "Unsupported Media Type"},
    StatusRow{422, "Unprocessable Content"},
    StatusRow{428, "Precondition Required"},
    StatusRow{429, "Too Many Requests"},
    StatusRow{431, "Request Header Fields Too Large"},
    StatusRow{500, "Internal Server Error"},
    StatusRow{502, "Bad Gateway"},
    StatusRow{503, "Service Unavailable"},
    StatusRow{504, "Gateway Timeout"},
    StatusRow{507, "Insufficient Storage"},
};

void append_integer(std::string& out, int64_t value, int base = 10) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
  out.append(digits.data(), end);
}

void append_header_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) out.push_back(c);
  }
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
  for (const Header& header : headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

Response problem(const Error& error, std::string_view instance, const Problems& errors) {
  const CodeInfo& row = code_info(error.code);
  const std::string code = code_text(error.code);
  doc::Node body =
      doc::Node::object({{"type", "/problems/" + code},
                         {"title", row.title},
                         {"status", row.http_status},
                         {"detail", error.message},
                         {"code", code},
                         {"help", error.help.empty() ? std::string(row.help) : error.help}});
  if (!instance.empty()) body.set("instance", instance);
  if (!error.file.empty()) body.set("where", error.file);
  doc::Node places = doc::Node::array();
  for (const Error& place : errors) {
    places.push(doc::Node::object({{"pointer", place.field}, {"detail", place.message}}));
  }
  if (errors.empty() && !error.field.empty()) {
    places.push(doc::Node::object({{"pointer", error.field}, {"detail", error.message}}));
  }
  if (!places.items().empty()) body.set("errors", std::move(places));
  Response response{.status = row.http_status,
                    .content_type = "application/problem+json",
                    .body = doc::compact_json(body)};
  if (row.http_status == 401) response.headers.push_back({"www-authenticate", "Bearer"});
  if (row.http_status == 429 || row.http_status == 503) {
    response.headers.push_back({"retry-after", "1"});
  }
  return response;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0 || (high == 0 && low == 0)) {
      return fail(codes::bad_request, "the address holds a broken percent escape");
    }
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

std::string query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) != name) continue;
    std::string value(pair.substr(std::min(equals + 1, pair.size())));
    std::replace(value.begin(), value.end(), '+', ' ');
    return percent_decode(value).value_or(std::string());
  }
  return {};
}

void append_head(std::string& out, const Response& response, const HeadOptions& options) {
  out += "HTTP/1.1 ";
  append_integer(out, response.status);
  out.push_back(' ');
  out += status_words(response.status);
  out += "\r\nDate: ";
  out += options.date;
  if (!response.content_type.empty()) {
    out += "\r\nContent-Type: ";
    out += response.content_type;
  }
  for (const Header& header : response.headers) {
    out += "\r\n";
    append_header_text(out, header.name);
    out += ": ";
    append_header_text(out, header.value);
  }
  if (options.content_length >= 0) {
    out += "\r\nContent-Length: ";
    append_integer(out, options.content_length);
  } else if (options.is_chunked) {
    out += "\r\nTransfer-Encoding: chunked";
  }
  out += options.keep_alive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
}

void append_chunk(std::string& out, std::string_view bytes) {
  if (bytes.empty()) return;
  append_integer(out, static_cast<int64_t>(bytes.size()), 16);
  out += "\r\n";
  out += bytes;
  out += "\r\n";
}

std::string http_date(int64_t unix_seconds) {
  constexpr std::array kDays = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr int64_t kDaySeconds = 86'400;
  const int64_t day = unix_seconds / kDaySeconds;
  const int64_t second = unix_seconds % kDaySeconds;
  const CivilDate date = civil_from_days(day);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     kDays[static_cast<size_t>(day % 7)], date.day, kMonths[date.month - 1],
                     date.year, second / 3600, second / 60 % 60, second % 60);
}

std::string_view status_words(int status) {
  const auto row = std::lower_bound(kStatusWords.begin(), kStatusWords.end(), status,
                                    [](const StatusRow& a, int b) { return a.status < b; });
  return row != kStatusWords.end() && row->status == status ? row->words : "Status";
}

}  // namespace tollgate::net
