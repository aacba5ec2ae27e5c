// TLS as a filter over bytes: the server moves the bytes, this encrypts and decrypts. OpenSSL stays
// in tls.cpp.
#pragma once

#include "foundation/base/error.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace tollgate::net {

/// Certificate and key of a server, TLS 1.2 or later. Shared by all sessions; constant after
/// construction.
class TlsContext {
 public:
  /// Errors: tls_failed (file missing, not PEM, key does not belong to the certificate).
  static Result<std::shared_ptr<const TlsContext>> load(const std::string& certificate_file,
                                                        const std::string& key_file);
  ~TlsContext();
  struct Native;

 private:
  friend class TlsSession;
  explicit TlsContext(std::unique_ptr<Native> native);
  std::unique_ptr<Native> native_;
};

/// The server's end of one connection.
class TlsSession {
 public:
  explicit TlsSession(std::shared_ptr<const TlsContext> context);
  ~TlsSession();

  enum class State { handshaking, open, closed, failed };
  /// Takes bytes from the wire; appends what they say to `plain` and what must be sent to
  /// `wire_out`.
  State receive(std::string_view wire, std::string& plain, std::string& wire_out);
  /// Encrypts. Only while open.
  void send(std::string_view plain, std::string& wire_out);
  /// Says goodbye (close_notify).
  void close(std::string& wire_out);

 private:
  struct Native;
  void drain(std::string& wire_out);
  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<Native> native_;
  State state_ = State::handshaking;
};

}  // namespace tollgate::net
