#include "exporters/node/netclass_netlink.h"

#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/rtnetlink.h>

#include <iterator>

#include "exporters/kit/generic_netlink.h"

namespace narthex::exporters {
namespace {

uint32_t Number(std::string_view bytes) { return NetlinkStruct<uint32_t>(bytes); }

// The attributes that are plain numbers, of one byte or four.
uint32_t LinkInterface::*NumberField(uint16_t type) {
  switch (type) {
    case IFLA_MTU:
      return &LinkInterface::mtu;
    case IFLA_GROUP:
      return &LinkInterface::group;
    case IFLA_TXQLEN:
      return &LinkInterface::transmit_queue_length;
    case IFLA_LINK:
      return &LinkInterface::link;
    case IFLA_CARRIER:
      return &LinkInterface::carrier;
    case IFLA_CARRIER_CHANGES:
      return &LinkInterface::carrier_changes;
    case IFLA_CARRIER_UP_COUNT:
      return &LinkInterface::carrier_ups;
    case IFLA_CARRIER_DOWN_COUNT:
      return &LinkInterface::carrier_downs;
    case IFLA_LINKMODE:
      return &LinkInterface::link_mode;
    case IFLA_OPERSTATE:
      return &LinkInterface::state;
    default:
      return nullptr;
  }
}

Status TakeField(uint16_t type, std::string_view value, LinkInterface& interface) {
  if (const auto field = NumberField(type)) interface.*field = Number(value);
  if (type == IFLA_IFNAME) interface.name = NetlinkText(value);
  if (type == IFLA_IFALIAS) interface.alias = NetlinkText(value);
  if (type == IFLA_ADDRESS) interface.address = HardwareAddress(value);
  if (type == IFLA_BROADCAST) interface.broadcast = HardwareAddress(value);
  if (type == IFLA_STATS64) interface.stats = NetlinkStruct<rtnl_link_stats64>(value);
  if (type != IFLA_PROP_LIST) return {};
  return ForEachNetlinkAttribute(value, [&](uint16_t kind, std::string_view text) {
    if (kind == IFLA_ALT_IFNAME) interface.other_names.push_back(NetlinkText(text));
    return Status();
  });
}

Result<LinkSpeed> ParseSpeed(std::string_view attributes) {
  constexpr uint32_t kUnknown = static_cast<uint32_t>(SPEED_UNKNOWN);
  LinkSpeed speed;
  RETURN_IF_ERROR(ForEachNetlinkAttribute(attributes, [&](uint16_t type, std::string_view value) {
    if (type == ETHTOOL_A_LINKMODES_SPEED && Number(value) != kUnknown)
      speed.megabits = Number(value);
    if (type == ETHTOOL_A_LINKMODES_DUPLEX) {
      const auto duplex = NetlinkStruct<uint8_t>(value);
      speed.duplex = duplex == DUPLEX_HALF ? "Half" : duplex == DUPLEX_FULL ? "Full" : "Unknown";
    }
    if (type != ETHTOOL_A_LINKMODES_HEADER) return Status();
    return ForEachNetlinkAttribute(value, [&](uint16_t kind, std::string_view content) {
      if (kind == ETHTOOL_A_HEADER_DEV_INDEX) speed.index = Number(content);
      return Status();
    });
  }));
  return speed;
}

}  // namespace

std::string_view OperationalState(uint32_t state) {
  constexpr std::string_view kStates[] = {"unknown", "notpresent", "down", "lowerlayerdown",
                                          "testing", "dormant",    "up"};
  return state < std::size(kStates) ? kStates[state] : kStates[0];
}

Result<std::vector<LinkInterface>> ParseLinkInterfaces(std::string_view messages) {
  std::vector<LinkInterface> interfaces;
  NetlinkReader reader(messages);
  for (;;) {
    ASSIGN_OR_RETURN(const auto message, reader.Next());
    if (!message) return interfaces;
    if (message->type != RTM_NEWLINK) continue;
    if (message->payload.size() < sizeof(ifinfomsg))
      return Corruption("netlink: message cut short");
    const auto header = NetlinkStruct<ifinfomsg>(message->payload);
    LinkInterface interface;
    interface.index = static_cast<uint32_t>(header.ifi_index);
    interface.flags = header.ifi_flags;
    interface.protocol_type = header.ifi_type;
    RETURN_IF_ERROR(ForEachNetlinkAttribute(
        message->payload.substr(sizeof(ifinfomsg)),
        [&](uint16_t type, std::string_view value) { return TakeField(type, value, interface); }));
    if (interface.link == 0) interface.link = interface.index;  // the kernel leaves it out then
    interfaces.push_back(std::move(interface));
  }
}

Result<std::vector<LinkSpeed>> ParseLinkSpeeds(std::string_view messages) {
  return ParseGenericMessages(messages, ParseSpeed);
}

Result<std::vector<LinkInterface>> AskLinkInterfaces() {
  const ifinfomsg request{};
  ASSIGN_OR_RETURN(const std::string answer,
                   DumpNetlink(NETLINK_ROUTE, RTM_GETLINK, NetlinkBytes(request)));
  return ParseLinkInterfaces(answer);
}

Result<std::vector<LinkSpeed>> AskLinkSpeeds() {
  ASSIGN_OR_RETURN(const auto family, FindGenericFamily(ETHTOOL_GENL_NAME));
  if (!family) return std::vector<LinkSpeed>();
  const nlattr all{sizeof(nlattr), ETHTOOL_A_LINKMODES_HEADER | NLA_F_NESTED};
  ASSIGN_OR_RETURN(const std::string answer,
                   DumpGenericNetlink(*family, ETHTOOL_MSG_LINKMODES_GET, NetlinkBytes(all)));
  return ParseLinkSpeeds(answer);
}

}  // namespace narthex::exporters
