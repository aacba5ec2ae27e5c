#include "edge/net/http_client.hpp"

#include "foundation/base/address.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#define CURL_DISABLE_TYPECHECK  // its macros wrap the functions that are called by pointer here
#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <mutex>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <vector>

namespace tollgate::net {
namespace {

constexpr size_t kHeaderBytesMax = 256 * 1024;

/// The functions of libcurl, loaded when the first client is asked to send: the library and what it
/// brings along take longer to load than most commands take to run.
struct Library {
  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_easy_init) init = nullptr;
  decltype(&curl_easy_cleanup) cleanup = nullptr;
  decltype(&curl_easy_reset) reset = nullptr;
  decltype(&curl_easy_setopt) set = nullptr;
  decltype(&curl_easy_perform) perform = nullptr;
  decltype(&curl_easy_getinfo) info = nullptr;
  decltype(&curl_easy_strerror) words = nullptr;
  decltype(&curl_slist_append) append = nullptr;
  decltype(&curl_slist_free_all) free_list = nullptr;
  bool is_loaded = false;

  Library() {
    void* const file = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (file == nullptr) return;
    is_loaded = find(file, "curl_global_init", global_init) && find(file, "curl_easy_init", init) &&
                find(file, "curl_easy_cleanup", cleanup) && find(file, "curl_easy_reset", reset) &&
                find(file, "curl_easy_setopt", set) && find(file, "curl_easy_perform", perform) &&
                find(file, "curl_easy_getinfo", info) && find(file, "curl_easy_strerror", words) &&
                find(file, "curl_slist_append", append) &&
                find(file, "curl_slist_free_all", free_list) &&
                global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  }

 private:
  template <class Function>
  static bool find(void* file, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(file, name));
    return function != nullptr;
  }
};

/// Loaded once, kept for the life of the process. Safe from any thread.
const Library& curl() {
  static const Library library;
  return library;
}

struct FreeHandle {
  void operator()(CURL* handle) const { curl().cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;

struct FreeList {
  void operator()(curl_slist* list) const { curl().free_list(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

/// What the callbacks of one exchange fill in.
struct Exchange {
  engine::HttpResponse response = {};
  size_t body_max = 0;
  size_t header_bytes = 0;
  bool is_too_large = false;
  const ClientOptions* options = nullptr;
  std::string refused = {};  // private address that was not connected to
};

/// The bytes of a socket's address, if it is one of the internet.
std::optional<AddressBytes> bytes_of(const sockaddr& address) {
  AddressBytes bytes{};
  if (address.sa_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(address);
    bytes[10] = bytes[11] = 0xff;
    std::memcpy(bytes.data() + 12, &four.sin_addr, 4);
    return bytes;
  }
  if (address.sa_family != AF_INET6) return std::nullopt;
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, 16);
  return bytes;
}

/// Opens a socket for an address that was resolved, unless nothing may be called there. What was
/// checked is what is connected to: a name cannot change its mind in between.
curl_socket_t open_socket(void* context, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(context);
  const auto bytes = bytes_of(address->addr);
  const bool is_refused = !bytes || (is_private_address(*bytes) &&
                                     !is_in_networks(exchange.options->allowed_networks, *bytes));
  if (exchange.options->denies_private && is_refused) {
    exchange.refused = "a private network";
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

size_t take_body(char* bytes, size_t size, size_t count, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  if (exchange.response.body.size() + size * count > exchange.body_max) {
    exchange.is_too_large = true;
    return 0;  // ends the transfer
  }
  exchange.response.body.append(bytes, size * count);
  return size * count;
}

size_t take_header(char* bytes, size_t size, size_t count, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const std::string_view line = trim({bytes, size * count});
  exchange.header_bytes += size * count;
  if (exchange.header_bytes > kHeaderBytesMax) {
    exchange.is_too_large = true;
    return 0;
  }
  if (line.starts_with("HTTP/"))
    exchange.response.headers.clear();  // of the answer before a redirect
  if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
    exchange.response.headers.emplace_back(lower_case(line.substr(0, colon)),
                                           std::string(trim(line.substr(colon + 1))));
  }
  return size * count;
}

bool carries_credentials(const engine::HttpRequest& request) {
  return std::any_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
    const std::string name = lower_case(header.first);
    return name != "accept" && name != "content-type" && name != "user-agent";
  });
}

bool is_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

class CurlClient final : public engine::HttpClient {
 public:
  explicit CurlClient(ClientOptions options) : options_(std::move(options)) {}

  Result<engine::HttpResponse> send(const engine::HttpRequest& request) override {
    if (!curl().is_loaded) {
      return fail({.code = codes::internal,
                   .message = "libcurl.so.4 is missing or unusable",
                   .help = "install the package libcurl4"});
    }
    Handle handle = take_handle();
    if (handle == nullptr) return fail(codes::internal, "no HTTP client could be made");
    auto result = exchange(handle.get(), request);
    give_back(std::move(handle));
    return result;
  }

 private:
  Handle take_handle() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return Handle(curl().init());
    Handle handle = std::move(idle_.back());
    idle_.pop_back();
    return handle;
  }

  void give_back(Handle handle) {
    curl().reset(handle.get());
    const std::lock_guard lock(mutex_);
    if (idle_.size() < options_.idle_handles_max) idle_.push_back(std::move(handle));
  }

  Result<List> header_list(const engine::HttpRequest& request) const {
    List list(curl().append(nullptr, "Expect:"));  // no round trip before the body
    for (const auto& [name, value] : request.headers) {
      if (!is_line(name) || !is_line(value)) {
        return fail(codes::bad_request, "header \"{}\" holds a line break", trim(name));
      }
      curl_slist* longer = curl().append(list.get(), fmt::format("{}: {}", name, value).c_str());
      if (longer == nullptr) return fail(codes::internal, "out of memory");
    }
    return list;
  }

  Result<engine::HttpResponse> exchange(CURL* handle, const engine::HttpRequest& request) const {
    Exchange exchange{.body_max = request.body_max, .options = &options_};
    TOLLGATE_TRY(const List headers, header_list(request));
    const auto set = curl().set;
    set(handle, CURLOPT_URL, request.url.c_str());
    set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    set(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(handle, CURLOPT_NOSIGNAL, 1L);
    set(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(handle, CURLOPT_USERAGENT, options_.user_agent.c_str());
    set(handle, CURLOPT_HTTPHEADER, headers.get());
    set(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.ms));
    set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<int64_t>(1, request.timeout.ms)));
    set(handle, CURLOPT_FOLLOWLOCATION, carries_credentials(request) ? 0L : 1L);
    set(handle, CURLOPT_MAXREDIRS, static_cast<long>(options_.redirects_max));
    set(handle, CURLOPT_ACCEPT_ENCODING, "");
    set(handle, CURLOPT_WRITEFUNCTION, take_body);
    set(handle, CURLOPT_WRITEDATA, &exchange);
    set(handle, CURLOPT_HEADERFUNCTION, take_header);
    set(handle, CURLOPT_HEADERDATA, &exchange);
    if (options_.denies_private) {
      set(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
      set(handle, CURLOPT_OPENSOCKETDATA, &exchange);
    }
    const std::string& ca_file = request.ca_file.empty() ? options_.ca_file : request.ca_file;
    if (!ca_file.empty()) set(handle, CURLOPT_CAINFO, ca_file.c_str());
    if (!request.cert_file.empty()) set(handle, CURLOPT_SSLCERT, request.cert_file.c_str());
    if (!request.key_file.empty()) set(handle, CURLOPT_SSLKEY, request.key_file.c_str());
    if (request.method == "HEAD") {
      set(handle, CURLOPT_NOBODY, 1L);
    } else if (request.method != "GET") {
      set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      set(handle, CURLOPT_POSTFIELDS, request.body.data());
      set(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    const CURLcode code = curl().perform(handle);
    if (code != CURLE_OK) return failure(code, exchange, request);
    long status = 0;
    curl().info(handle, CURLINFO_RESPONSE_CODE, &status);
    exchange.response.status = static_cast<int>(status);
    return std::move(exchange.response);
  }

  static tl::unexpected<Error> failure(CURLcode code, const Exchange& exchange,
                                       const engine::HttpRequest& request) {
    const std::string where = redacted_url(request.url);
    if (exchange.is_too_large) {
      return fail(codes::body_too_large, "the answer of {} is larger than {} bytes", where,
                  request.body_max);
    }
    if (!exchange.refused.empty()) {
      return fail({.code = codes::forbidden,
                   .message = fmt::format("{} is in {}", where, exchange.refused),
                   .help = "start the server with --allow-private NETWORK if it may be called"});
    }
    switch (code) {
      case CURLE_OPERATION_TIMEDOUT:
        return fail(codes::timed_out, "{} did not answer within {}", where,
                    duration_text(request.timeout));
      case CURLE_SSL_CONNECT_ERROR:
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CACERT_BADFILE:
      case CURLE_SSL_CERTPROBLEM:
      case CURLE_SSL_CIPHER:
      case CURLE_SSL_ISSUER_ERROR:
        return fail(codes::tls_failed, "no trusted connection to {}: {}", where,
                    curl().words(code));
      case CURLE_WEIRD_SERVER_REPLY:
      case CURLE_GOT_NOTHING:
      case CURLE_TOO_MANY_REDIRECTS:
      case CURLE_PARTIAL_FILE:
      case CURLE_BAD_CONTENT_ENCODING:
      case CURLE_RECV_ERROR:
        return fail(codes::bad_response, "{} gave no usable answer: {}", where, curl().words(code));
      default:
        return fail(codes::unreachable, "{} cannot be reached: {}", where, curl().words(code));
    }
  }

  const ClientOptions options_;
  std::mutex mutex_;
  std::vector<Handle> idle_;  // guarded by mutex_
};

}  // namespace

std::unique_ptr<engine::HttpClient> make_http_client(ClientOptions options) {
  return std::make_unique<CurlClient>(std::move(options));
}

std::string redacted_url(std::string_view url) {
  const size_t scheme_end = url.find("://");
  const size_t host = scheme_end == std::string_view::npos ? 0 : scheme_end + 3;
  const size_t end = std::min(url.find_first_of("?#", host), url.size());
  const size_t path = std::min(url.find('/', host), end);
  const size_t at = url.substr(0, path).rfind('@');
  const size_t begin = at == std::string_view::npos || at < host ? host : at + 1;
  std::string out(url.substr(0, host));
  out += url.substr(begin, end - begin);
  return out;
}

}  // namespace tollgate::net
