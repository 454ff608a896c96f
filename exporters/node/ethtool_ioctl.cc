#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "exporters/node/ethtool.h"

namespace narthex::exporters {
namespace {

constexpr uint32_t kMaxCounters = 65'536;

template <size_t kSize>
std::string Text(const char (&bytes)[kSize]) {
  return std::string(bytes, ::strnlen(bytes, kSize));
}

}  // namespace

Ethtool::Ethtool() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}

Status Ethtool::Ask(const std::string& interface, void* request) const {
  ifreq envelope{};
  if (interface.size() >= sizeof envelope.ifr_name)
    return InvalidArgument("ethtool: interface name too long: ", Quote(interface));
  std::memcpy(envelope.ifr_name, interface.data(), interface.size());
  envelope.ifr_data = static_cast<char*>(request);
  if (::ioctl(socket_.get(), SIOCETHTOOL, &envelope) == 0) return {};
  if (errno == EOPNOTSUPP) return NoData("ethtool: ", interface, " does not tell");
  return ErrnoStatus("ethtool: " + interface, errno);
}

Result<EthtoolLink> Ethtool::Link(const std::string& interface) const {
  ethtool_cmd command{};
  command.cmd = ETHTOOL_GSET;
  RETURN_IF_ERROR(Ask(interface, &command));
  return EthtoolLink{command.supported, command.advertising, command.autoneg != 0};
}

Result<EthtoolDriver> Ethtool::Driver(const std::string& interface) const {
  ethtool_drvinfo info{};
  info.cmd = ETHTOOL_GDRVINFO;
  RETURN_IF_ERROR(Ask(interface, &info));
  return EthtoolDriver{Text(info.driver), Text(info.version), Text(info.fw_version),
                       Text(info.erom_version), Text(info.bus_info)};
}

Result<EthtoolCounters> Ethtool::Counters(const std::string& interface) const {
  ethtool_drvinfo info{};
  info.cmd = ETHTOOL_GDRVINFO;
  RETURN_IF_ERROR(Ask(interface, &info));
  if (info.n_stats == 0) return EthtoolCounters();
  if (info.n_stats > kMaxCounters)
    return Status(Code::kLimit, "ethtool: " + interface + " has more than 65,536 counters");
  const size_t count = info.n_stats;

  std::vector<uint64_t> names((sizeof(ethtool_gstrings) + count * ETH_GSTRING_LEN) / 8 + 1);
  auto* strings = reinterpret_cast<ethtool_gstrings*>(names.data());
  strings->cmd = ETHTOOL_GSTRINGS;
  strings->string_set = ETH_SS_STATS;
  strings->len = info.n_stats;
  RETURN_IF_ERROR(Ask(interface, strings));

  std::vector<uint64_t> values(sizeof(ethtool_stats) / 8 + count + 1);
  auto* stats = reinterpret_cast<ethtool_stats*>(values.data());
  stats->cmd = ETHTOOL_GSTATS;
  stats->n_stats = info.n_stats;
  RETURN_IF_ERROR(Ask(interface, stats));

  EthtoolCounters counters;
  for (size_t i = 0; i < std::min<size_t>(count, stats->n_stats); ++i) {
    const char* name = reinterpret_cast<const char*>(strings->data + i * ETH_GSTRING_LEN);
    counters.emplace_back(std::string(name, ::strnlen(name, ETH_GSTRING_LEN)), stats->data[i]);
  }
  return counters;
}

}  // namespace narthex::exporters
