#ifndef NARTHEX_EXPORTERS_KIT_DISKSTATS_H_
#define NARTHEX_EXPORTERS_KIT_DISKSTATS_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A line of /proc/diskstats, see the kernel's admin-guide/iostats:
//   8 0 sda 25354637 34367663 1003346126 18492372 28444756 11134226 505697032 63877960 0 9653880
//   82621804
// Columns after the name, in order: reads, reads merged, sectors read, ms reading; the same four of
// writes; I/Os in progress, ms busy, weighted ms; since 4.18 the same four of discards; since 5.5
// flushes and ms flushing. A sector is 512 bytes.
struct DiskStats {
  static constexpr size_t kMaxColumns = 17;

  uint32_t major = 0;
  uint32_t minor = 0;
  std::string_view device;  // into the text
  std::array<double, kMaxColumns> columns{};
  size_t column_count = 0;
};

Result<std::vector<DiskStats>> ParseDiskstats(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_DISKSTATS_H_
