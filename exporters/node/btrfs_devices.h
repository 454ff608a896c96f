#ifndef NARTHEX_EXPORTERS_NODE_BTRFS_DEVICES_H_
#define NARTHEX_EXPORTERS_NODE_BTRFS_DEVICES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A device of a mounted Btrfs, as its ioctls tell it; see the kernel's include/uapi/linux/btrfs.h.
struct BtrfsDevice {
  std::string name;  // the last part of its path: "sda1"
  std::string uuid;
  double total_bytes = 0;
  double used_bytes = 0;
  double write_errors = 0;
  double read_errors = 0;
  double flush_errors = 0;
  double corruption_errors = 0;
  double generation_errors = 0;
};

struct BtrfsVolume {
  std::string uuid;  // of the file system, as sysfs writes it
  std::vector<BtrfsDevice> devices;
};

// Asks the file system mounted at `path`. kUnavailable where it cannot be asked: the error counters
// are for root only.
Result<BtrfsVolume> AskBtrfs(const std::string& path);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_BTRFS_DEVICES_H_
