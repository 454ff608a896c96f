#ifndef NARTHEX_EXPORTERS_NODE_OS_RELEASE_H_
#define NARTHEX_EXPORTERS_NODE_OS_RELEASE_H_

#include <optional>
#include <string_view>

#include "common/status/status.h"
#include "exporters/kit/os_release.h"

namespace narthex::exporters {

// The major and minor part of VERSION_ID as a number: "20.04" is 20.04, "8.2.2004" is 8.2. Nothing
// where it does not begin with a digit.
std::optional<double> MajorMinor(std::string_view version_id);

// A day as SUPPORT_END has it, "2026-05-12", as Unix time of its first second, in seconds.
Result<double> ParseDay(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_OS_RELEASE_H_
