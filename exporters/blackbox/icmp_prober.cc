// The icmp prober: one echo. First by a socket that needs no right, for which the group of the
// process has to be in net.ipv4.ping_group_range; else by a raw one, which needs CAP_NET_RAW.
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>
#include <random>

#include "common/fs/descriptor.h"
#include "exporters/blackbox/address_choice.h"
#include "exporters/blackbox/icmp_echo.h"

namespace narthex::blackbox {
namespace {

constexpr Metric kDuration{"probe_icmp_duration_seconds", "Time of the echo by phase."};
constexpr Metric kHopLimit{"probe_icmp_reply_hop_limit", "Hop limit, or TTL, of the reply."};

constexpr std::string_view kPayload = "Narthex blackbox exporter";
constexpr uint32_t kIcmpFilterOption = 1;  // ICMP_FILTER of linux/icmp.h, at level SOL_RAW
constexpr int kSolRaw = 255;

uint16_t RandomShort() {
  thread_local std::random_device random;
  return static_cast<uint16_t>(random());
}

// Sequence numbers of all probes: the replies of two that are under way differ.
uint16_t NextSequence() {
  static std::atomic<uint16_t> last{RandomShort()};
  return static_cast<uint16_t>(last.fetch_add(1) + 1);
}

class Pinger {
 public:
  Pinger(Probe& probe, const Address& address)
      : probe_(probe),
        icmp_(probe.module().icmp),
        address_(address),
        to_(SocketAddressOf(address, 0)) {
    echo_.is_v6 = address.is_v6;
    echo_.id = RandomShort();
    echo_.sequence = NextSequence();
    echo_.payload = kPayload;
    if (icmp_.payload_size != 0) echo_.payload.resize(static_cast<size_t>(icmp_.payload_size));
  }

  Outcome Setup() {
    const int protocol =
        address_.is_v6 ? static_cast<int>(IPPROTO_ICMPV6) : static_cast<int>(IPPROTO_ICMP);
    const int family = to_.get()->sa_family;
    constexpr int kFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;
    socket_.emplace(::socket(family, SOCK_DGRAM | kFlags, protocol));
    if (!socket_->ok()) {
      probe_.log.Debug("no unprivileged socket", LogField("err", ErrnoStatus("socket", errno)));
      is_raw_ = true;
      socket_.reset();
      socket_.emplace(::socket(family, SOCK_RAW | kFlags, protocol));
    }
    if (!socket_->ok()) {
      return FailedSystem(Phase::kSetup,
                          "ICMP socket (it wants CAP_NET_RAW or net.ipv4.ping_group_range)", errno);
    }
    return SetOptions();
  }

  Outcome Send() {
    const std::string request = echo_.Request();
    sent_ns_ = probe_.deadline.NowNs();
    for (;;) {
      if (::sendto(socket_->get(), request.data(), request.size(), MSG_NOSIGNAL, to_.get(),
                   to_.size) >= 0)
        return {};
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != ENOBUFS) return FailedSystem(Phase::kSend, "send", errno);
      if (const Status status = probe_.deadline.WaitFor(socket_->get(), POLLOUT); !status.ok())
        return FailedWait(Phase::kSend, status.Prefixed("send"));
    }
  }

  Outcome AwaitReply() {
    // One byte more than a reply to us can have: what is longer is cut, and not taken for it.
    std::string buffer(kMaxHeaderBytes + echo_.payload.size() + 1, '\0');
    for (;;) {
      if (const Status status = probe_.deadline.WaitFor(socket_->get(), POLLIN); !status.ok())
        return FailedWait(Phase::kReceive, status.Prefixed("no reply"));
      const auto outcome = ReceiveOne(buffer);
      if (!outcome) continue;
      return *outcome;
    }
  }

  int64_t sent_ns() const { return sent_ns_; }

 private:
  static constexpr size_t kMaxHeaderBytes = 60 + 8;  // of IPv4 and of ICMP

  template <typename T>
  void SetOption(int level, int option, const T& value) {
    if (::setsockopt(socket_->get(), level, option, &value, sizeof value) != 0)
      probe_.log.Debug("socket option", LogField("option", option),
                       LogField("err", ErrnoStatus("set", errno)));
  }

  Outcome SetOptions() {
    const int on = 1;
    const int ttl = static_cast<int>(icmp_.ttl);
    if (address_.is_v6) {
      SetOption(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, on);
      if (ttl > 0) SetOption(IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl);
      icmp6_filter filter{};
      ICMP6_FILTER_SETBLOCKALL(&filter);
      ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
      if (is_raw_) SetOption(IPPROTO_ICMPV6, ICMP6_FILTER, filter);
    } else {
      SetOption(IPPROTO_IP, IP_RECVTTL, on);
      if (ttl > 0) SetOption(IPPROTO_IP, IP_TTL, ttl);
      const uint32_t all_but_replies = ~1U;
      if (is_raw_) SetOption(kSolRaw, kIcmpFilterOption, all_but_replies);
      const int probe_path = IP_PMTUDISC_PROBE;  // the bit is set, whatever the kernel thinks of it
      if (icmp_.dont_fragment) SetOption(IPPROTO_IP, IP_MTU_DISCOVER, probe_path);
    }
    const std::string& source = icmp_.source_ip_address;
    if (source.empty()) return {};
    const SocketAddress from = SocketAddressOf({source, source.find(':') != std::string::npos}, 0);
    if (::bind(socket_->get(), from.get(), from.size) != 0)
      return FailedSystem(Phase::kSetup, "bind to source_ip_address", errno);
    return {};
  }

  // Nothing where the packet is not for us.
  std::optional<Outcome> ReceiveOne(std::string& buffer) {
    sockaddr_storage sender{};
    iovec vector{buffer.data(), buffer.size()};
    alignas(cmsghdr) std::array<char, 256> control{};
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof sender;
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t count = ::recvmsg(socket_->get(), &message, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
    if (count < 0) return FailedSystem(Phase::kReceive, "receive", errno);
    if (!IsTarget(sender)) return std::nullopt;
    std::string_view packet(buffer.data(), static_cast<size_t>(count));
    if (is_raw_ && !address_.is_v6) packet = WithoutIpHeader(packet);
    if (!echo_.IsReply(packet, is_raw_)) return std::nullopt;
    ShowHopLimit(message);
    return Outcome();
  }

  bool IsTarget(const sockaddr_storage& sender) const {
    if (address_.is_v6) {
      return std::memcmp(&reinterpret_cast<const sockaddr_in6*>(&sender)->sin6_addr,
                         &reinterpret_cast<const sockaddr_in6*>(&to_.storage)->sin6_addr,
                         sizeof(in6_addr)) == 0;
    }
    return reinterpret_cast<const sockaddr_in*>(&sender)->sin_addr.s_addr ==
           reinterpret_cast<const sockaddr_in*>(&to_.storage)->sin_addr.s_addr;
  }

  void ShowHopLimit(msghdr& message) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
      const bool v4 = part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_TTL;
      const bool v6 = part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_HOPLIMIT;
      if (!v4 && !v6) continue;
      int hops = 0;
      std::memcpy(&hops, CMSG_DATA(part), sizeof hops);
      probe_.metrics.Set(kHopLimit, hops);
    }
  }

  Probe& probe_;
  const IcmpProbe& icmp_;
  const Address& address_;
  const SocketAddress to_;
  IcmpEcho echo_;
  std::optional<Descriptor> socket_;
  bool is_raw_ = false;
  int64_t sent_ns_ = 0;
};

}  // namespace

Outcome ProbeIcmp(Probe& probe) {
  for (const char* phase : {"resolve", "setup", "rtt"})
    probe.metrics.Set(kDuration, 0, {{"phase", phase}});
  Address address;
  double lookup_seconds = 0;
  if (Outcome failure =
          ChooseAddress(probe, probe.module().icmp.ip, probe.target, address, lookup_seconds))
    return failure;
  probe.metrics.Add(kDuration, lookup_seconds, {{"phase", "resolve"}});
  const int64_t begin_ns = probe.deadline.NowNs();
  Pinger pinger(probe, address);
  if (Outcome failure = pinger.Setup()) return failure;
  probe.metrics.Add(kDuration, probe.deadline.SecondsSince(begin_ns), {{"phase", "setup"}});
  if (Outcome failure = pinger.Send()) return failure;
  if (Outcome failure = pinger.AwaitReply()) return failure;
  probe.metrics.Add(kDuration, probe.deadline.SecondsSince(pinger.sent_ns()), {{"phase", "rtt"}});
  return {};
}

}  // namespace narthex::blackbox
