#include "edge/net/tls.hpp"

#include "foundation/base/codes.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>

namespace tollgate::net {

struct TlsContext::Native {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_server_method()),
                                                            &SSL_CTX_free};
};

struct TlsSession::Native {
  std::unique_ptr<SSL, decltype(&SSL_free)> session{nullptr, &SSL_free};
  BIO* from_wire = nullptr;  // both owned by session
  BIO* to_wire = nullptr;
};

namespace {
std::string last_reason() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return reason != nullptr ? reason : "unknown reason";
}
}  // namespace

namespace {

/// HTTP/1.1 for clients that know it, HTTP/2 for those that want nothing else, as clients of gRPC.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  constexpr std::array<std::string_view, 2> kKnown = {"http/1.1", "h2"};
  const std::string_view names(reinterpret_cast<const char*>(offered), offered_size);
  for (const std::string_view known : kKnown) {
    for (size_t at = 0; at < names.size(); at += 1 + static_cast<uint8_t>(names[at])) {
      if (names.substr(at + 1, static_cast<uint8_t>(names[at])) != known) continue;
      *chosen = offered + at + 1;
      *chosen_size = static_cast<unsigned char>(known.size());
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

TlsContext::TlsContext(std::unique_ptr<Native> native) : native_(std::move(native)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const std::string& certificate_file,
                                                           const std::string& key_file) {
  auto native = std::make_unique<Native>();
  SSL_CTX* context = native->context.get();
  if (context == nullptr) return fail(codes::tls_failed, "TLS cannot be set up: {}", last_reason());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) {
    return fail(codes::tls_failed, "certificate file \"{}\" cannot be used: {}", certificate_file,
                last_reason());
  }
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return fail(codes::tls_failed, "key file \"{}\" cannot be used: {}", key_file, last_reason());
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    return fail(codes::tls_failed, "key file \"{}\" does not belong to certificate file \"{}\"",
                key_file, certificate_file);
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(native)));
}

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context)
    : context_(std::move(context)), native_(std::make_unique<Native>()) {
  native_->session.reset(SSL_new(context_->native_->context.get()));
  native_->from_wire = BIO_new(BIO_s_mem());
  native_->to_wire = BIO_new(BIO_s_mem());
  SSL_set_bio(native_->session.get(), native_->from_wire, native_->to_wire);
  SSL_set_accept_state(native_->session.get());
}
TlsSession::~TlsSession() = default;

void TlsSession::drain(std::string& wire_out) {
  char* bytes = nullptr;
  const long count = BIO_get_mem_data(native_->to_wire, &bytes);
  if (count > 0) wire_out.append(bytes, static_cast<size_t>(count));
  BIO_reset(native_->to_wire);
}

TlsSession::State TlsSession::receive(std::string_view wire, std::string& plain,
                                      std::string& wire_out) {
  SSL* session = native_->session.get();
  ERR_clear_error();
  BIO_write(native_->from_wire, wire.data(), static_cast<int>(wire.size()));
  int result = 1;
  if (state_ == State::handshaking) {
    result = SSL_do_handshake(session);
    if (result == 1) state_ = State::open;
  }
  std::array<char, 16 * 1024> piece;
  while (state_ == State::open &&
         (result = SSL_read(session, piece.data(), static_cast<int>(piece.size()))) > 0) {
    plain.append(piece.data(), static_cast<size_t>(result));
  }
  if (result <= 0) {
    const int reason = SSL_get_error(session, result);
    if (reason == SSL_ERROR_ZERO_RETURN) state_ = State::closed;
    if (reason == SSL_ERROR_SSL || reason == SSL_ERROR_SYSCALL) state_ = State::failed;
  }
  ERR_clear_error();
  drain(wire_out);
  return state_;
}

void TlsSession::send(std::string_view plain, std::string& wire_out) {
  if (state_ != State::open || plain.empty()) return;
  size_t written = 0;  // always all: a memory BIO grows
  SSL_write_ex(native_->session.get(), plain.data(), plain.size(), &written);
  drain(wire_out);
}

void TlsSession::close(std::string& wire_out) {
  if (state_ != State::open) return;
  SSL_shutdown(native_->session.get());
  drain(wire_out);
}

}  // namespace tollgate::net
