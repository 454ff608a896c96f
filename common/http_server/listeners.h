// Listening sockets: TCP addresses, Unix sockets, and what systemd passes.
#ifndef NARTHEX_COMMON_HTTP_SERVER_LISTENERS_H_
#define NARTHEX_COMMON_HTTP_SERVER_LISTENERS_H_

#include <Poco/Net/ServerSocket.h>

#include <string>
#include <vector>

#include "common/status/status.h"

namespace narthex {

struct Listener {
  Poco::Net::ServerSocket socket;
  std::string address;       // as it is to be shown
  std::string path_to_free;  // of a Unix socket that we made; empty for others
};

// "127.0.0.1:9090", ":9090" (IPv6 and IPv4 alike), "[::1]:9090", "unix:///run/x.sock". A Unix
// socket that nobody listens on any more is replaced. kInvalidArgument, kUnavailable.
Result<Listener> Listen(const std::string& address);

// The sockets that systemd has opened for this process (LISTEN_FDS, see sd_listen_fds(3)), at least
// one. May be called once.
Result<std::vector<Listener>> PassedListeners();

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_LISTENERS_H_
