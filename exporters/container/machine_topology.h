// How the CPUs of a machine are arranged, from /sys/devices/system: see the kernel's
// Documentation/ABI/stable/sysfs-devices-system-cpu and sysfs-devices-node.
#ifndef NARTHEX_EXPORTERS_CONTAINER_MACHINE_TOPOLOGY_H_
#define NARTHEX_EXPORTERS_CONTAINER_MACHINE_TOPOLOGY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/fs/files.h"

namespace narthex::exporters {

struct CpuCache {
  std::string type;  // "Data", "Instruction", "Unified"
  uint64_t level = 0;
  uint64_t size_bytes = 0;
  std::vector<uint64_t> cpus;  // that share it
};

struct CpuThread {
  uint64_t number = 0;
  uint64_t core = 0;  // within its socket
  uint64_t socket = 0;
  std::optional<uint64_t> book;  // of sockets, and drawers of books: of machines that have such
  std::optional<uint64_t> drawer;
  uint64_t node = 0;
  std::vector<CpuCache> caches;
};

struct HugePages {
  std::string page_kib;  // "2048"
  uint64_t count = 0;
};

struct NumaNode {
  uint64_t number = 0;
  uint64_t memory_bytes = 0;
  std::vector<HugePages> huge_pages;
  std::vector<uint64_t> distances;  // to each node, in their order
};

struct MachineTopology {
  std::vector<CpuThread> cpus;  // those online
  std::vector<NumaNode> nodes;  // empty where the kernel knows of none

  size_t CoreCount() const;
  size_t SocketCount() const;
  size_t BookCount() const;  // 0 where the kernel knows of none, as the next
  size_t DrawerCount() const;
};

// Without `details`, neither caches nor what nodes have.
MachineTopology ReadTopology(const Directory& sys, bool details);

// "48K", "8M" in bytes; 0 for what is no size.
uint64_t ParseCacheSize(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_MACHINE_TOPOLOGY_H_
