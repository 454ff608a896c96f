#include "exporters/blackbox/name_lookup.h"

#include <ares.h>
#include <arpa/inet.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <optional>

#include "common/io_loop/fibers.h"

namespace narthex::blackbox {
namespace {

constexpr int kTryMs = 2000;
constexpr int kTries = 2;

struct Answer {
  bool arrived = false;
  int status = ARES_SUCCESS;
  std::vector<std::string> addresses;
};

std::string TextOf(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address->sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  } else {
    bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  }
  ::inet_ntop(address->sa_family, bytes, text.data(), text.size());
  return text.data();
}

void OnAnswer(void* data, int status, int /*timeouts*/, ares_addrinfo* result) {
  auto& answer = *static_cast<Answer*>(data);
  answer.arrived = true;
  answer.status = status;
  if (result == nullptr) return;
  for (const ares_addrinfo_node* node = result->nodes; node != nullptr; node = node->ai_next)
    answer.addresses.push_back(TextOf(node->ai_addr));
  ares_freeaddrinfo(result);
}

class Channel {
 public:
  Channel() {
    ares_options options{};
    options.timeout = kTryMs;
    options.tries = kTries;
    usable_ =
        ares_init_options(&channel_, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) == ARES_SUCCESS;
  }
  ~Channel() {
    if (usable_) ares_destroy(channel_);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  bool usable() const { return usable_; }
  ares_channel get() const { return channel_; }

  // Waits for the sockets of the lookup, and lets it go on.
  void Turn(int64_t wait_ms) {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
    std::array<pollfd, ARES_GETSOCK_MAXNUM> waited{};
    const auto mask = static_cast<unsigned>(
        ares_getsock(channel_, sockets.data(), static_cast<int>(sockets.size())));
    nfds_t count = 0;
    for (unsigned i = 0; i < sockets.size(); ++i) {
      const bool reads = ARES_GETSOCK_READABLE(mask, i) != 0;
      const bool writes = ARES_GETSOCK_WRITABLE(mask, i) != 0;
      if (!reads && !writes) continue;
      const auto events = static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
      waited[count++] = {sockets[i], events, 0};
    }
    timeval most{wait_ms / 1000, static_cast<suseconds_t>(wait_ms % 1000 * 1000)};
    timeval until{};
    const timeval* wait = ares_timeout(channel_, &most, &until);
    PollDescriptors(waited.data(), count,
                    static_cast<int>(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1));
    if (count == 0) ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    for (nfds_t i = 0; i < count; ++i) {
      const bool reads = (waited[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
      const bool writes = (waited[i].revents & POLLOUT) != 0;
      ares_process_fd(channel_, reads ? waited[i].fd : ARES_SOCKET_BAD,
                      writes ? waited[i].fd : ARES_SOCKET_BAD);
    }
  }

 private:
  ares_channel channel_ = nullptr;
  bool usable_ = false;
};

Reason ReasonOf(int status) {
  const bool no_such_name =
      status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_EBADNAME;
  if (no_such_name || status == ARES_SUCCESS) return Reason::kNameNotFound;
  return status == ARES_ETIMEOUT ? Reason::kTimeout : Reason::kNameServer;
}

}  // namespace

Outcome LookUp(const std::string& host, LookupFamily family, const Deadline& deadline,
               std::vector<std::string>& addresses) {
  Answer answer;  // outlives the channel, whose end answers what is open
  Channel channel;
  const std::string action = "resolve " + Quote(host);
  if (!channel.usable())
    return Failed(Phase::kResolve, Reason::kSystem, action + ": the resolver could not be set up");
  ares_addrinfo_hints hints{};
  hints.ai_family = family == LookupFamily::kBoth ? AF_UNSPEC
                    : family == LookupFamily::kV4 ? AF_INET
                                                  : AF_INET6;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(channel.get(), host.c_str(), nullptr, &hints, OnAnswer, &answer);
  while (!answer.arrived) {
    if (const Status status = deadline.Check(); !status.ok())
      return FailedWait(Phase::kResolve, status.Prefixed(action));
    channel.Turn(deadline.SliceMs());
  }
  if (answer.addresses.empty()) {
    const std::string finding =
        answer.status == ARES_SUCCESS ? "no address" : ares_strerror(answer.status);
    return Failed(Phase::kResolve, ReasonOf(answer.status), action + ": " + finding);
  }
  addresses = std::move(answer.addresses);
  return {};
}

}  // namespace narthex::blackbox
