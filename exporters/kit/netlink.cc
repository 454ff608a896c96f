#include "exporters/kit/netlink.h"

#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "common/fs/descriptor.h"
#include "common/fs/files.h"

namespace narthex::exporters {
namespace {

constexpr size_t kMaxAnswer = kMaxFileBytes;
constexpr size_t kDatagramBytes = size_t{256} * 1024;

// Takes an item off the front of `bytes`: a header, its payload, and padding to four bytes.
template <typename Header>
Result<std::optional<NetlinkItem>> Take(std::string_view& bytes, const char* kind,
                                        size_t (*size_of)(const Header&),
                                        uint16_t (*type_of)(const Header&)) {
  if (bytes.size() < sizeof(Header)) return std::optional<NetlinkItem>();
  const auto header = NetlinkStruct<Header>(bytes);
  const size_t size = size_of(header);
  if (size < sizeof header || size > bytes.size())
    return Corruption("netlink: ", kind, " of ", std::to_string(size), " bytes");
  const NetlinkItem item{type_of(header), bytes.substr(sizeof header, size - sizeof header)};
  bytes.remove_prefix(std::min(bytes.size(), (size + 3) & ~size_t{3}));
  return std::optional(item);
}

}  // namespace

Result<std::optional<NetlinkItem>> NetlinkReader::Next() {
  return Take<nlmsghdr>(
      rest_, "message", [](const nlmsghdr& header) { return size_t{header.nlmsg_len}; },
      [](const nlmsghdr& header) { return header.nlmsg_type; });
}

Result<std::optional<NetlinkItem>> NetlinkAttributes::Next() {
  return Take<rtattr>(
      rest_, "attribute", [](const rtattr& header) { return size_t{header.rta_len}; },
      [](const rtattr& header) { return static_cast<uint16_t>(header.rta_type); });
}

std::string NetlinkText(std::string_view bytes) {
  return std::string(bytes.substr(0, bytes.find('\0')));
}

std::string HardwareAddress(std::string_view bytes) {
  std::string text;
  for (const char c : bytes)
    text += fmt::format("{}{:02x}", text.empty() ? "" : ":", static_cast<unsigned char>(c));
  return text;
}

Result<bool> EndsNetlinkDump(std::string_view datagram) {
  if (datagram.empty()) return true;
  NetlinkReader messages(datagram);
  for (;;) {
    ASSIGN_OR_RETURN(const auto message, messages.Next());
    if (!message) return false;
    if (message->type == NLMSG_DONE) return true;
    if (message->type != NLMSG_ERROR) continue;
    const auto error = NetlinkStruct<int32_t>(message->payload);
    return ErrnoStatus("netlink dump", error < 0 && error > -4096 ? -error : EPROTO);
  }
}

Result<std::string> DumpNetlink(int protocol, uint16_t type, std::string_view request) {
  const Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  if (!socket.ok()) return ErrnoStatus("netlink socket", errno);
  const timeval patience{.tv_sec = 5, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  nlmsghdr header{};
  header.nlmsg_len = static_cast<uint32_t>(sizeof header + request.size());
  header.nlmsg_type = type;
  header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  std::string message(NetlinkBytes(header));
  message += request;
  if (::send(socket.get(), message.data(), message.size(), 0) < 0)
    return ErrnoStatus("netlink send", errno);
  std::string answer;
  const auto buffer = std::make_unique_for_overwrite<char[]>(kDatagramBytes);
  while (answer.size() < kMaxAnswer) {
    const ssize_t got = ::recv(socket.get(), buffer.get(), kDatagramBytes, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus("netlink receive", errno);
    const std::string_view datagram(buffer.get(), static_cast<size_t>(got));
    ASSIGN_OR_RETURN(const bool ends, EndsNetlinkDump(datagram));
    answer += datagram;
    if (ends) return answer;
  }
  return Status(Code::kLimit, "netlink: the kernel's answer is larger than 64 MiB");
}

}  // namespace narthex::exporters
