// Generic netlink, whose families have names and numbers that differ from boot to boot; see
// linux/genetlink.h and the kernel's Documentation/userspace-api/netlink/intro-specs.rst.
#ifndef NARTHEX_EXPORTERS_KIT_GENERIC_NETLINK_H_
#define NARTHEX_EXPORTERS_KIT_GENERIC_NETLINK_H_

#include <linux/genetlink.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/kit/netlink.h"

namespace narthex::exporters {

// What `parse` makes of the attributes of each message of generic netlink, whatever its family.
template <typename T>
Result<std::vector<T>> ParseGenericMessages(std::string_view messages,
                                            Result<T> (*parse)(std::string_view attributes)) {
  std::vector<T> parsed;
  NetlinkReader reader(messages);
  for (;;) {
    ASSIGN_OR_RETURN(const auto message, reader.Next());
    if (!message) return parsed;
    if (message->type < NLMSG_MIN_TYPE) continue;
    if (message->payload.size() < GENL_HDRLEN) return Corruption("netlink: message cut short");
    ASSIGN_OR_RETURN(T one, parse(message->payload.substr(GENL_HDRLEN)));
    parsed.push_back(std::move(one));
  }
}

// The number of a family, from a dump of all of them; nothing where it is not there.
Result<std::optional<uint16_t>> ParseGenericFamily(std::string_view messages,
                                                   std::string_view name);

// Asks the kernel for the number of a family.
Result<std::optional<uint16_t>> FindGenericFamily(std::string_view name);

// Dumps what a command of a family gives; `attributes` narrow it down.
Result<std::string> DumpGenericNetlink(uint16_t family, uint8_t command,
                                       std::string_view attributes = {});

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_GENERIC_NETLINK_H_
