#ifndef NARTHEX_EXPORTERS_NODE_FILEFD_H_
#define NARTHEX_EXPORTERS_NODE_FILEFD_H_

#include <string_view>

#include "common/status/status.h"

namespace narthex::exporters {

// Open files of the whole system.
struct FileHandles {
  double allocated;
  double maximum;
};

// One line of /proc/sys/fs/file-nr, see proc(5): allocated, free (always 0 since Linux 2.6),
// maximum.
//   1024	0	1631329
Result<FileHandles> ParseFileNr(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_FILEFD_H_
