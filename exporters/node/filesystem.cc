// Space and files of mounted file systems: mounts from /proc/1/mountinfo, numbers by statfs(2),
// which helper processes call.
#include <sys/vfs.h>

#include <memory>
#include <set>
#include <tuple>

#include "exporters/kit/device_filter.h"
#include "exporters/kit/mountinfo.h"
#include "exporters/node/collectors.h"
#include "exporters/node/statfs_helpers.h"

namespace narthex::exporters {
namespace {

class FilesystemCollector : public Collector {
 public:
  explicit FilesystemCollector(const SystemPaths& paths) : paths_(paths) {}

  void AddFlags(cli::Flags& flags) override {
    mount_points_.AddFlags(flags);
    fs_types_.AddFlags(flags);
    flags.AddOldName("collector.filesystem.ignored-mount-points",
                     "collector.filesystem.mount-points-exclude");
    flags.AddOldName("collector.filesystem.ignored-fs-types",
                     "collector.filesystem.fs-types-exclude");
    flags.AddWithoutEffect("collector.filesystem.stat-workers", false,
                           "another helper goes on where a mount takes long");
    flags.Add("collector.filesystem.mount-timeout", &timeout_,
              "How long a mount may take to answer.");
  }

  Status Prepare() override {
    RETURN_IF_ERROR(mount_points_.Prepare());
    return fs_types_.Prepare();
  }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<Mount> mounts, ReadMounts());
    std::vector<std::string> targets;
    targets.reserve(mounts.size());
    for (const Mount& mount : mounts) targets.push_back(OnHost(mount.mount_point));
    const auto answers = helpers_.Ask(targets, timeout_);
    for (size_t i = 0; i < mounts.size(); ++i) {
      if (answers[i].is_stuck) ShowStuck(mounts[i], sink);
      Show(mounts[i], answers[i].sizes, sink);
    }
    return {};
  }

 private:
  // The mounts to show, each device, place and type once.
  Result<std::vector<Mount>> ReadMounts() const {
    auto text = paths_.proc.Read("1/mountinfo");
    if (!text.ok()) text = paths_.proc.Read("self/mountinfo");  // hidepid hides process 1
    if (!text.ok()) return text.status();
    ASSIGN_OR_RETURN(std::vector<Mount> mounts, ParseMountinfo(*text));
    std::set<std::tuple<std::string, std::string, std::string>> seen;
    std::vector<Mount> shown;
    for (Mount& mount : mounts) {
      mount.mount_point = WithoutRoot(mount.mount_point);
      if (!mount_points_.Takes(mount.mount_point) || !fs_types_.Takes(mount.fs_type)) continue;
      if (!seen.emplace(mount.source, mount.mount_point, mount.fs_type).second) continue;
      shown.push_back(std::move(mount));
    }
    return shown;
  }

  // Where the host's root is mounted elsewhere, as in a container, mount points carry its prefix.
  std::string WithoutRoot(const std::string& mount_point) const {
    const std::string& root = paths_.root.root();
    if (root == "/" || mount_point.compare(0, root.size(), root) != 0) return mount_point;
    if (mount_point.size() == root.size()) return "/";
    return mount_point[root.size()] == '/' ? mount_point.substr(root.size()) : mount_point;
  }
  std::string OnHost(const std::string& mount_point) const {
    const std::string& root = paths_.root.root();
    return root == "/" ? mount_point : root + mount_point;
  }

  static void ShowStuck(const Mount& mount, MetricSink& sink) {
    sink.Gauge(
        "node_filesystem_mount_stuck",
        "1 while a question to the file system hangs; there is no series for others.", 1,
        {{"device", mount.source}, {"mountpoint", mount.mount_point}, {"fstype", mount.fs_type}});
  }

  static void Show(const Mount& mount, const Result<struct statfs>& answer, MetricSink& sink) {
    const std::string error = answer.ok() ? std::string() : Reason(answer.status());
    const auto gauge = [&](std::string_view name, std::string_view help, double value) {
      sink.Gauge(name, help, value,
                 {{"device", mount.source},
                  {"mountpoint", mount.mount_point},
                  {"fstype", mount.fs_type},
                  {"device_error", error}});
    };
    gauge("node_filesystem_device_error", "Whether the file system could not be asked.",
          answer.ok() ? 0 : 1);
    gauge("node_filesystem_readonly", "Whether the file system is read-only.",
          mount.read_only ? 1 : 0);
    if (!answer.ok()) return;
    const auto block_bytes = static_cast<double>(answer->f_bsize);
    gauge("node_filesystem_size_bytes", "Size of the file system.",
          static_cast<double>(answer->f_blocks) * block_bytes);
    gauge("node_filesystem_free_bytes", "Space free for root.",
          static_cast<double>(answer->f_bfree) * block_bytes);
    gauge("node_filesystem_avail_bytes", "Space free for everybody.",
          static_cast<double>(answer->f_bavail) * block_bytes);
    gauge("node_filesystem_files", "Inodes.", static_cast<double>(answer->f_files));
    gauge("node_filesystem_files_free", "Free inodes.", static_cast<double>(answer->f_ffree));
    gauge("node_filesystem_purgeable_bytes",
          "Space that the system could free by itself; 0 on Linux.", 0);
    sink.Gauge("node_filesystem_mount_info",
               "Constant 1, labelled with the mount's device numbers.", 1,
               {{"device", mount.source},
                {"major", mount.major},
                {"minor", mount.minor},
                {"mountpoint", mount.mount_point}});
  }

  // What errno said, without the call and the path. The label's values are known to dashboards as
  // "permission denied", so a capital that only begins the sentence goes ("RPC error" keeps its).
  static std::string Reason(const Status& status) {
    const std::string_view message = status.message();
    const size_t colon =
        status.code() == Code::kTimeout ? std::string_view::npos : message.rfind(": ");
    std::string reason(colon == std::string_view::npos ? message : message.substr(colon + 2));
    const auto is_between = [&reason](size_t i, char first, char last) {
      return reason.size() > i && reason[i] >= first && reason[i] <= last;
    };
    if (is_between(0, 'A', 'Z') && is_between(1, 'a', 'z'))
      reason[0] = static_cast<char>(reason[0] - 'A' + 'a');
    return reason;
  }

  const SystemPaths& paths_;
  Duration timeout_ = Duration::Seconds(5);
  StatfsHelpers helpers_;
  DeviceFilter mount_points_{
      "collector.filesystem.mount-points", "mount points",
      R"(^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/))"};
  DeviceFilter fs_types_{
      "collector.filesystem.fs-types", "file system types",
      "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|"
      "iso9660|mqueue|nsfs|"
      "overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$"};
};

}  // namespace

std::unique_ptr<Collector> NewFilesystemCollector(const SystemPaths& paths) {
  return std::make_unique<FilesystemCollector>(paths);
}

}  // namespace narthex::exporters
