#ifndef NARTHEX_EXPORTERS_NODE_SYSTEMD_H_
#define NARTHEX_EXPORTERS_NODE_SYSTEMD_H_

#include <optional>
#include <string_view>

namespace narthex::exporters {

// The number of systemd's version: 252.39 of "252.39-1~deb12u1". Nothing where there is none.
std::optional<double> ParseSystemdVersion(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_SYSTEMD_H_
