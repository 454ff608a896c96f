// Looks up a host's addresses anew for one probe, by c-ares on the probe's own fiber.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_NAME_LOOKUP_H_
#define NARTHEX_EXPORTERS_BLACKBOX_NAME_LOOKUP_H_

#include <string>
#include <vector>

#include "exporters/blackbox/deadline.h"
#include "exporters/blackbox/failure.h"

namespace narthex::blackbox {

enum class LookupFamily : unsigned char { kBoth, kV4, kV6 };

// As /etc/hosts and the servers of resolv.conf have it, in the order of RFC 6724. At least one
// where it succeeds. The addresses of a name that is numeric are not looked up here.
Outcome LookUp(const std::string& host, LookupFamily family, const Deadline& deadline,
               std::vector<std::string>& addresses);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_NAME_LOOKUP_H_
