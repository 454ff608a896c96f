#ifndef NARTHEX_EXPORTERS_NODE_SELINUX_H_
#define NARTHEX_EXPORTERS_NODE_SELINUX_H_

#include <optional>
#include <string_view>

namespace narthex::exporters {

// The mode that /etc/selinux/config asks for at boot: 1 for enforcing, 0 for permissive, -1 for
// disabled. Nothing where it names none.
std::optional<int> ParseSelinuxConfig(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_SELINUX_H_
