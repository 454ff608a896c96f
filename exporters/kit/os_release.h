// What os-release(5) says of the distribution.
#ifndef NARTHEX_EXPORTERS_KIT_OS_RELEASE_H_
#define NARTHEX_EXPORTERS_KIT_OS_RELEASE_H_

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "common/status/status.h"

namespace narthex::exporters {

// Where the file is, below the root: the first that is there counts.
inline constexpr std::array<std::string_view, 2> kOsReleaseFiles = {"etc/os-release",
                                                                    "usr/lib/os-release"};

// KEY=value lines, the value as a shell would read it. A key that is absent has an empty value.
//   PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
using OsRelease = std::map<std::string, std::string, std::less<>>;

Result<OsRelease> ParseOsRelease(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_OS_RELEASE_H_
