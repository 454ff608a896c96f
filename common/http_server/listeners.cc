#include "common/http_server/listeners.h"

#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocketImpl.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cerrno>

#include "common/bytes/numbers.h"

namespace narthex {
namespace {

namespace net = Poco::Net;

constexpr int kBacklog = 1024;
constexpr std::string_view kUnixPrefix = "unix://";

// A server socket of a descriptor that is listening already; takes it over.
class AdoptedSocketImpl : public net::ServerSocketImpl {
 public:
  explicit AdoptedSocketImpl(int fd) { reset(fd); }
};
class AdoptedSocket : public net::ServerSocket {
 public:
  explicit AdoptedSocket(int fd) : ServerSocket(new AdoptedSocketImpl(fd), true) {}
};

// Frees the path of a socket whose process is gone. What else is there, or still answers, stays.
Status RemoveStaleSocket(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) return Unavailable("the path exists and is not a socket");
  try {
    net::StreamSocket probe;
    probe.connect(net::SocketAddress(net::SocketAddress::UNIX_LOCAL, path));
    return Unavailable("another process listens there");
  } catch (const net::ConnectionRefusedException&) {
    if (::unlink(path.c_str()) != 0) return ErrnoStatus("remove the stale socket", errno);
    return {};
  }
}

Result<Listener> ListenUnix(const std::string& address) {
  const std::string path = address.substr(kUnixPrefix.size());
  if (path.empty() || path[0] != '/' || path.size() >= sizeof(sockaddr_un::sun_path))
    return InvalidArgument("listen address ", Quote(address),
                           ": want unix:///PATH of at most 107 bytes");
  RETURN_IF_ERROR(RemoveStaleSocket(path));
  net::ServerSocket socket;
  socket.bind(net::SocketAddress(net::SocketAddress::UNIX_LOCAL, path), /*reuseAddress=*/false);
  socket.listen(kBacklog);
  return Listener{socket, address, path};
}

// The address may be one that a stopped process just left (SO_REUSEADDR), never one that is in use:
// Poco's short forms of bind set SO_REUSEPORT too, with which two servers would share the
// connections.
Result<Listener> ListenTcp(const std::string& address) {
  const size_t colon = address.rfind(':');
  const auto port =
      colon == std::string::npos ? std::nullopt : ParseUnsigned(address.substr(colon + 1));
  if (!port || *port > 65535)
    return InvalidArgument("listen address ", Quote(address), ": want HOST:PORT or unix:///PATH");
  net::ServerSocket socket;
  if (colon == 0) {
    socket.bind6(
        net::SocketAddress(net::IPAddress(net::IPAddress::IPv6), static_cast<Poco::UInt16>(*port)),
        /*reuseAddress=*/true, /*reusePort=*/false, /*ipV6Only=*/false);
  } else {
    socket.bind(net::SocketAddress(address), /*reuseAddress=*/true, /*reusePort=*/false);
  }
  socket.listen(kBacklog);
  return Listener{socket, socket.address().toString(), ""};
}

}  // namespace

Result<Listener> Listen(const std::string& address) {
  try {
    const bool local = address.compare(0, kUnixPrefix.size(), kUnixPrefix) == 0;
    auto listener = local ? ListenUnix(address) : ListenTcp(address);
    if (listener.code() != Code::kUnavailable) return listener;
    return listener.status().Prefixed("listen on " + address);
  } catch (const Poco::Exception& e) {
    return Unavailable("listen on ", address, ": ", e.displayText());
  }
}

Result<std::vector<Listener>> PassedListeners() {
  const int count = ::sd_listen_fds(/*unset_environment=*/1);
  if (count < 0) return ErrnoStatus("--web.systemd-socket: read LISTEN_FDS", -count);
  if (count == 0) {
    return InvalidArgument(
        "--web.systemd-socket: systemd passed no socket; start through a .socket unit");
  }
  std::vector<Listener> listeners;
  for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; ++fd) {
    if (::sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, /*listening=*/1) <= 0) {
      return InvalidArgument("--web.systemd-socket: descriptor ", std::to_string(fd),
                             " is no listening stream socket");
    }
    const AdoptedSocket socket(fd);
    listeners.push_back({socket, socket.address().toString(), ""});
  }
  return listeners;
}

}  // namespace narthex
