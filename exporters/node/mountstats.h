#ifndef NARTHEX_EXPORTERS_NODE_MOUNTSTATS_H_
#define NARTHEX_EXPORTERS_NODE_MOUNTSTATS_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// One operation of a mount: requests, transmissions, major timeouts, bytes sent, bytes received,
// and milliseconds queued, until the answer, and in all.
struct NfsOperation {
  std::string name;
  std::array<uint64_t, 8> numbers{};
};

// One connection of a mount. The numbers are those of TCP, whatever the protocol: port, binds,
// connects, idle milliseconds, idle seconds, sends, receives, bad ids, active requests, backlog,
// most slots, sending queue, pending queue.
struct NfsTransport {
  std::string protocol;
  std::array<uint64_t, 13> numbers{};
};

// A mounted NFS, from /proc/self/mountstats, see nfsiostat(8) and the kernel's fs/nfs/super.c.
struct NfsMount {
  std::string device;
  std::string mount_point;
  std::string fs_type;
  uint64_t age_seconds = 0;
  std::array<uint64_t, 8> bytes{};    // read, written, both direct, both in all, pages of both
  std::array<uint64_t, 27> events{};  // as NFSIOS_* number them
  std::vector<NfsTransport> transports;
  std::vector<NfsOperation> operations;
};

// Other mounts, and NFS mounts without statistics, are left out.
Result<std::vector<NfsMount>> ParseMountstats(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_MOUNTSTATS_H_
