#include "exporters/node/btrfs_devices.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "common/fs/descriptor.h"

namespace narthex::exporters {
namespace {

constexpr uint64_t kMaxDevices = 1024;

// 8-4-4-4-12 hexadecimal digits.
std::string FormatUuid(const uint8_t* bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (int i = 0; i < BTRFS_UUID_SIZE; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 0xf];
  }
  return text;
}

Status FillErrors(int fd, uint64_t id, BtrfsDevice& device) {
  btrfs_ioctl_get_dev_stats stats{};
  stats.devid = id;
  stats.nr_items = BTRFS_DEV_STAT_VALUES_MAX;
  if (::ioctl(fd, BTRFS_IOC_GET_DEV_STATS, &stats) != 0)
    return ErrnoStatus("btrfs device statistics", errno);
  device.write_errors = static_cast<double>(stats.values[BTRFS_DEV_STAT_WRITE_ERRS]);
  device.read_errors = static_cast<double>(stats.values[BTRFS_DEV_STAT_READ_ERRS]);
  device.flush_errors = static_cast<double>(stats.values[BTRFS_DEV_STAT_FLUSH_ERRS]);
  device.corruption_errors = static_cast<double>(stats.values[BTRFS_DEV_STAT_CORRUPTION_ERRS]);
  device.generation_errors = static_cast<double>(stats.values[BTRFS_DEV_STAT_GENERATION_ERRS]);
  return {};
}

}  // namespace

Result<BtrfsVolume> AskBtrfs(const std::string& path) {
  const Descriptor mount(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!mount.ok()) return ErrnoStatus("open " + path, errno);
  btrfs_ioctl_fs_info_args info{};
  if (::ioctl(mount.get(), BTRFS_IOC_FS_INFO, &info) != 0)
    return ErrnoStatus("btrfs information of " + path, errno);
  BtrfsVolume volume{FormatUuid(info.fsid), {}};
  for (uint64_t id = 0; id <= info.max_id && id < kMaxDevices; ++id) {
    btrfs_ioctl_dev_info_args args{};
    args.devid = id;
    if (::ioctl(mount.get(), BTRFS_IOC_DEV_INFO, &args) != 0) {
      if (errno == ENODEV) continue;
      return ErrnoStatus("btrfs device of " + path, errno);
    }
    BtrfsDevice device;
    const char* device_path = reinterpret_cast<const char*>(args.path);
    device.name.assign(device_path, ::strnlen(device_path, sizeof args.path));
    device.name.erase(0, device.name.rfind('/') + 1);
    device.uuid = FormatUuid(args.uuid);
    device.total_bytes = static_cast<double>(args.total_bytes);
    device.used_bytes = static_cast<double>(args.bytes_used);
    RETURN_IF_ERROR(FillErrors(mount.get(), id, device));
    volume.devices.push_back(std::move(device));
    if (volume.devices.size() == info.num_devices) break;
  }
  return volume;
}

}  // namespace narthex::exporters
