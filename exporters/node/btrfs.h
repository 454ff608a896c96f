#ifndef NARTHEX_EXPORTERS_NODE_BTRFS_H_
#define NARTHEX_EXPORTERS_NODE_BTRFS_H_

#include <string_view>

namespace narthex::exporters {

// How many bytes of disk a byte of data takes in a mode such as "raid5" on `devices` devices; 0 for
// a mode that is not known.
double BtrfsAllocationRatio(std::string_view mode, size_t devices);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_BTRFS_H_
