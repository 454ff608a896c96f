#include "exporters/kit/diskstats.h"

#include "exporters/kit/text_fields.h"

namespace narthex::exporters {

Result<std::vector<DiskStats>> ParseDiskstats(std::string_view text) {
  constexpr size_t kLeastColumns = 4;  // old kernels tell partitions' reads and writes only
  std::vector<DiskStats> disks;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    DiskStats disk;
    const auto major = fields.NextUnsigned();
    const auto minor = fields.NextUnsigned();
    const bool numbered = major && minor && *major <= UINT32_MAX && *minor <= UINT32_MAX;
    const auto device = fields.Next();
    while (disk.column_count < DiskStats::kMaxColumns) {
      const auto value = fields.NextUnsigned();
      if (!value) break;
      disk.columns[disk.column_count++] = static_cast<double>(*value);
    }
    if (!numbered || !device || disk.column_count < kLeastColumns) {
      return Corruption("diskstats: want device numbers, name and counts, got ", Quote(*line));
    }
    disk.major = static_cast<uint32_t>(*major);
    disk.minor = static_cast<uint32_t>(*minor);
    disk.device = *device;
    disks.push_back(disk);
  }
  return disks;
}

}  // namespace narthex::exporters
