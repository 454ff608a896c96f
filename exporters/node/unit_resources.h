#ifndef NARTHEX_EXPORTERS_NODE_UNIT_RESOURCES_H_
#define NARTHEX_EXPORTERS_NODE_UNIT_RESOURCES_H_

#include <cstdint>
#include <string_view>

namespace narthex::exporters {

// What a control group read and wrote, all devices together.
struct CgroupIo {
  uint64_t read_bytes = 0;
  uint64_t written_bytes = 0;
  uint64_t reads = 0;
  uint64_t writes = 0;
};

// io.stat of version 2: "8:0 rbytes=90112 wbytes=0 rios=22 wios=0 dbytes=0 dios=0".
CgroupIo ParseIoStat(std::string_view text);

// The sums of reads and writes in a file of blkio, version 1: "8:0 Read 90112".
struct BlkioSums {
  uint64_t reads = 0;
  uint64_t writes = 0;
};
BlkioSums ParseBlkio(std::string_view text);

// Whether a folder of a control group is a unit's, by the end of its name.
bool IsUnitName(std::string_view name);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_UNIT_RESOURCES_H_
