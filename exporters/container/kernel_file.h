// Reading the kernel's own files, of which a scrape reads some for each container.
#ifndef NARTHEX_EXPORTERS_CONTAINER_KERNEL_FILE_H_
#define NARTHEX_EXPORTERS_CONTAINER_KERNEL_FILE_H_

#include <string>

namespace narthex::exporters {

// Reads a file of procfs or of control groups from its beginning. The kernel fills a read(2) with
// whole records as far as a page goes, and none of these files has a record of half a page: so what
// fills less than that is all there is, and asking for more is saved. False where reading fails, or
// beyond 16 MiB.
bool ReadKernelFile(int fd, std::string& text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_KERNEL_FILE_H_
