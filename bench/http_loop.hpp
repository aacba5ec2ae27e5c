// One connection after the other in a closed loop: what the load programs share.
#pragma once

#include <fmt/core.h>

#include <arpa/inet.h>
#include <cstdint>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace tollgate::bench {

/// A connection to a port of this machine; ends the program if there is none.
inline int open_connection(uint16_t port) {
  const int number = ::socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  ::setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(number, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    fmt::print(stderr, "cannot connect to port {}\n", port);
    std::exit(1);
  }
  return number;
}

inline void close_connection(int number) { ::close(number); }

/// Sends one request and reads its answer, which has no body or one of a known
/// length.
inline int send_and_read(int connection, const std::string& request) {
  for (size_t at = 0; at < request.size();) {
    const ssize_t sent = ::send(connection, request.data() + at, request.size() - at, MSG_NOSIGNAL);
    if (sent <= 0) std::exit(2);
    at += static_cast<size_t>(sent);
  }
  std::string answer;
  char block[4096];
  while (true) {
    const size_t end = answer.find("\r\n\r\n");
    if (end != std::string::npos) {
      size_t length = 0;
      for (const char* name : {"Content-Length: ", "content-length: "}) {
        if (const size_t at = answer.find(name); at < end)
          length = std::strtoul(answer.c_str() + at + 16, nullptr, 10);
      }
      if (answer.size() >= end + 4 + length) break;
    }
    const ssize_t count = ::recv(connection, block, sizeof(block), 0);
    if (count <= 0) std::exit(3);
    answer.append(block, static_cast<size_t>(count));
  }
  return std::atoi(answer.c_str() + 9);
}

}  // namespace tollgate::bench
