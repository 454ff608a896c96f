#ifndef NARTHEX_EXPORTERS_KIT_MOUNTINFO_H_
#define NARTHEX_EXPORTERS_KIT_MOUNTINFO_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A line of /proc/PID/mountinfo, see proc(5):
//   36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
struct Mount {
  std::string major;
  std::string minor;
  std::string mount_point;  // \040 and the like resolved
  std::string fs_type;
  std::string source;         // as it stands: the label has always shown its escapes
  std::string super_options;  // of the file system
  bool read_only = false;     // by the mount's or the file system's options
};

// The value of an option in a list such as "rw,addr=10.0.0.1": empty for one that has none, nothing
// for one that is not there.
std::optional<std::string_view> FindMountOption(std::string_view options, std::string_view name);

Result<std::vector<Mount>> ParseMountinfo(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_MOUNTINFO_H_
