// A running server, a raw client that sends any bytes, and throw-away certificates, for the tests
// of edge/net.
#pragma once

#include "edge/net/http_server.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace tollgate::net::testing {

/// A blocking client on a bare socket. Every wait ends after five seconds.
class RawClient {
 public:
  explicit RawClient(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval limit{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ =
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool is_connected() const { return is_connected_; }
  void send(std::string_view bytes) { ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  /// Reads until `marker` has come, the server closes, or time is up; returns everything up to and
  /// with it.
  std::string read_until(std::string_view marker) {
    while (buffer_.find(marker) == std::string::npos && read_more()) {
    }
    const size_t found = buffer_.find(marker);
    return take(found == std::string::npos ? buffer_.size() : found + marker.size());
  }
  /// One answer with a Content-Length: head and body.
  std::string read_answer() {
    const std::string head = read_until("\r\n\r\n");
    const size_t length = head.find("Content-Length: ");
    if (length == std::string::npos) return head;
    const size_t size = std::stoul(head.substr(length + 16));
    while (buffer_.size() < size && read_more()) {
    }
    return head + take(std::min(size, buffer_.size()));
  }
  /// Everything until the server closes.
  std::string read_all() {
    while (read_more()) {
    }
    return take(buffer_.size());
  }

 private:
  bool read_more() {
    char piece[4096];
    const ssize_t count = ::recv(socket_, piece, sizeof piece, 0);
    if (count > 0) buffer_.append(piece, static_cast<size_t>(count));
    return count > 0;
  }
  std::string take(size_t size) {
    std::string out = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return out;
  }

  int socket_;
  bool is_connected_ = false;
  std::string buffer_;
};

/// A server on a free port with its I/O thread; stopped at the end.
class RunningServer {
 public:
  RunningServer(ServerOptions options, Handler handler) {
    options.port = 0;
    auto listening = Server::listen(std::move(options), std::move(handler));
    if (!listening) throw std::runtime_error(listening.error().text());
    server_ = std::move(*listening);
    thread_ = std::thread([this] { server_->run(); });
  }
  ~RunningServer() { stop(); }
  void stop() {
    if (!thread_.joinable()) return;
    server_->stop();
    thread_.join();
  }
  Server& operator*() { return *server_; }
  uint16_t port() const { return server_->port(); }

 private:
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

/// A self-signed certificate for 127.0.0.1 and its key as PEM files in a directory of their own.
class Certificate {
 public:
  Certificate() {
    char name[] = "/tmp/tollgate-net-XXXXXX";
    directory_ = ::mkdtemp(name);
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("tollgate test"), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_set_pubkey(certificate, key);
    X509_EXTENSION* names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate, key, EVP_sha256());
    FILE* file = std::fopen(certificate_file().c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
    file = std::fopen(key_file().c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~Certificate() { std::filesystem::remove_all(directory_); }
  std::string certificate_file() const { return directory_ + "/cert.pem"; }
  std::string key_file() const { return directory_ + "/key.pem"; }

 private:
  std::string directory_;
};

}  // namespace tollgate::net::testing
