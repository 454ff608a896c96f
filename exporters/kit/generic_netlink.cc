#include "exporters/kit/generic_netlink.h"

namespace narthex::exporters {
namespace {

struct GenericFamily {
  uint16_t id = 0;
  std::string name;
};

Result<GenericFamily> ParseFamily(std::string_view attributes) {
  GenericFamily family;
  RETURN_IF_ERROR(ForEachNetlinkAttribute(attributes, [&](uint16_t type, std::string_view value) {
    if (type == CTRL_ATTR_FAMILY_ID) family.id = NetlinkStruct<uint16_t>(value);
    if (type == CTRL_ATTR_FAMILY_NAME) family.name = NetlinkText(value);
    return Status();
  }));
  return family;
}

}  // namespace

Result<std::optional<uint16_t>> ParseGenericFamily(std::string_view messages,
                                                   std::string_view name) {
  ASSIGN_OR_RETURN(const auto families, ParseGenericMessages(messages, ParseFamily));
  for (const GenericFamily& family : families)
    if (family.name == name) return std::optional(family.id);
  return std::optional<uint16_t>();
}

Result<std::optional<uint16_t>> FindGenericFamily(std::string_view name) {
  ASSIGN_OR_RETURN(const std::string families,
                   DumpGenericNetlink(GENL_ID_CTRL, CTRL_CMD_GETFAMILY));
  return ParseGenericFamily(families, name);
}

Result<std::string> DumpGenericNetlink(uint16_t family, uint8_t command,
                                       std::string_view attributes) {
  genlmsghdr header{};
  header.cmd = command;
  header.version = 1;
  std::string request(NetlinkBytes(header));
  request += attributes;
  return DumpNetlink(NETLINK_GENERIC, family, request);
}

}  // namespace narthex::exporters
