// What this machine does with each mounted NFS, from /proc/self/mountstats.
#include "exporters/node/mountstats.h"

#include <map>
#include <set>
#include <tuple>

#include "exporters/kit/mountinfo.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

using openmetrics::Type;

constexpr double kMillisecondsPerSecond = 1000;
// The kernel's times wrap below zero now and then: what is beyond a double's whole numbers is cut.
constexpr uint64_t kExact = uint64_t{1} << 53;

struct Number {
  size_t index;
  const char* name;  // behind node_mountstats_nfs_
  Type type;
  double divisor;  // of the kernel's unit to the metric's
  const char* help;
};
constexpr Number kBytes[] = {
    {0, "read_bytes_total", Type::kCounter, 1, "Bytes that programs read."},
    {1, "write_bytes_total", Type::kCounter, 1, "Bytes that programs wrote."},
    {2, "direct_read_bytes_total", Type::kCounter, 1, "Bytes that programs read with O_DIRECT."},
    {3, "direct_write_bytes_total", Type::kCounter, 1, "Bytes that programs wrote with O_DIRECT."},
    {4, "total_read_bytes_total", Type::kCounter, 1, "Bytes read from the server."},
    {5, "total_write_bytes_total", Type::kCounter, 1, "Bytes written to the server."},
    {6, "read_pages_total", Type::kCounter, 1, "Pages read by mmap."},
    {7, "write_pages_total", Type::kCounter, 1, "Pages written by mmap."},
};
constexpr Number kTransport[] = {
    {1, "transport_bind_total", Type::kCounter, 1, "Ports bound from scratch."},
    {2, "transport_connect_total", Type::kCounter, 1, "Connections made."},
    {4, "transport_idle_time_seconds", Type::kGauge, 1, "Time since the last request."},
    {5, "transport_sends_total", Type::kCounter, 1, "Requests sent."},
    {6, "transport_receives_total", Type::kCounter, 1, "Answers received."},
    {7, "transport_bad_transaction_ids_total", Type::kCounter, 1, "Answers to no request."},
    {9, "transport_backlog_queue_total", Type::kCounter, 1, "Requests in the backlog, added up."},
    {10, "transport_maximum_rpc_slots", Type::kGauge, 1, "Most slots that were in use at once."},
    {11, "transport_sending_queue_total", Type::kCounter, 1,
     "Requests that waited to be sent, added up."},
    {12, "transport_pending_queue_total", Type::kCounter, 1,
     "Requests that waited for an answer, added up."},
};
constexpr Number kOperation[] = {
    {0, "operations_requests_total", Type::kCounter, 1, "Requests of an operation."},
    {1, "operations_transmissions_total", Type::kCounter, 1,
     "Times that a request of an operation was sent."},
    {2, "operations_major_timeouts_total", Type::kCounter, 1,
     "Times that an operation had no answer at all."},
    {3, "operations_sent_bytes_total", Type::kCounter, 1, "Bytes sent for an operation."},
    {4, "operations_received_bytes_total", Type::kCounter, 1, "Bytes received for an operation."},
    {5, "operations_queue_time_seconds_total", Type::kCounter, kMillisecondsPerSecond,
     "Time that requests of an operation waited to be sent."},
    {6, "operations_response_time_seconds_total", Type::kCounter, kMillisecondsPerSecond,
     "Time that the server took for an operation."},
    {7, "operations_request_time_seconds_total", Type::kCounter, kMillisecondsPerSecond,
     "Time that an operation took in all."},
};
// By their number; the one that is not shown is empty.
constexpr std::string_view kEvents[] = {
    "inode_revalidate",
    "dnode_revalidate",
    "data_invalidate",
    "attribute_invalidate",
    "vfs_open",
    "vfs_lookup",
    "vfs_access",
    "vfs_update_page",
    "vfs_read_page",
    "vfs_read_pages",
    "vfs_write_page",
    "vfs_write_pages",
    "vfs_getdents",
    "vfs_setattr",
    "vfs_flush",
    "vfs_fsync",
    "vfs_lock",
    "vfs_file_release",
    "",
    "truncation",
    "write_extension",
    "silly_rename",
    "short_read",
    "short_write",
    "jukebox_delay",
    "pnfs_read",
    "pnfs_write",
};
static_assert(std::size(kEvents) == std::tuple_size_v<decltype(NfsMount::events)>);

double Scaled(const Number& number, uint64_t value) {
  return static_cast<double>(number.divisor == 1 ? value : value % kExact) / number.divisor;
}

// Where a mount came from, as all its series tell it.
struct Origin {
  std::string export_;
  std::string protocol;
  std::string address;

  auto Key() const { return std::tie(export_, protocol, address); }
};

class MountstatsCollector : public Collector {
 public:
  explicit MountstatsCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("self/mountstats"));
    ASSIGN_OR_RETURN(const std::vector<NfsMount> mounts, ParseMountstats(text));
    if (mounts.empty()) return {};
    ASSIGN_OR_RETURN(const std::string info, proc_.Read("self/mountinfo"));
    ASSIGN_OR_RETURN(const std::vector<Mount> known, ParseMountinfo(info));
    std::set<std::tuple<std::string, std::string, std::string>> shown;
    std::set<std::tuple<std::string, std::string, std::string, std::string>> shown_points;
    for (const NfsMount& mount : mounts) {
      const std::string address = AddressOf(mount, known);
      for (const NfsTransport& transport : mount.transports) {
        const Origin origin{mount.device, transport.protocol, address};
        if (shown_points.emplace(origin.export_, origin.protocol, origin.address, mount.mount_point)
                .second) {
          sink.Gauge("node_mountstats_nfs_mountpoint_info",
                     "Constant 1 for each place where an export is mounted.", 1,
                     {{"export", origin.export_},
                      {"protocol", origin.protocol},
                      {"mountaddr", origin.address},
                      {"mountpoint", mount.mount_point}});
        }
        // The numbers of one export are the same wherever it is mounted.
        if (!shown.emplace(origin.Key()).second) break;
        Show(mount, origin, sink);
      }
    }
    return {};
  }

 private:
  // The option addr of the mount, which mountstats does not tell.
  static std::string AddressOf(const NfsMount& mount, const std::vector<Mount>& known) {
    for (const Mount& one : known) {
      if (one.source != mount.device || one.mount_point != mount.mount_point ||
          one.fs_type != mount.fs_type)
        continue;
      return std::string(FindMountOption(one.super_options, "addr").value_or(""));
    }
    return "";
  }

  static void Show(const NfsMount& mount, const Origin& origin, MetricSink& sink) {
    const std::string prefix = "node_mountstats_nfs_";
    const Label labels[] = {
        {"export", origin.export_}, {"protocol", origin.protocol}, {"mountaddr", origin.address}};
    sink.CounterFamily(prefix + "age_seconds_total", "Time since the export was mounted.")
        .Sample("", labels, std::size(labels), static_cast<double>(mount.age_seconds));
    for (const Number& number : kBytes) {
      sink.AnyFamily(prefix + number.name, number.type, number.help)
          .Sample("", labels, std::size(labels), Scaled(number, mount.bytes[number.index]));
    }
    for (size_t i = 0; i < std::size(kEvents); ++i) {
      if (kEvents[i].empty()) continue;
      sink.CounterFamily(prefix + "event_" + std::string(kEvents[i]) + "_total",
                         "Events that the kernel counts as " + std::string(kEvents[i]) + ".")
          .Sample("", labels, std::size(labels), static_cast<double>(mount.events[i]));
    }
    for (size_t i = 0; i < mount.transports.size(); ++i) {
      for (const Number& number : kTransport) {
        sink.AnyFamily(prefix + number.name, number.type, number.help)
            .Sample({labels[0], labels[1], labels[2], {"transport", std::to_string(i)}},
                    Scaled(number, mount.transports[i].numbers[number.index]));
      }
    }
    for (const NfsOperation& operation : mount.operations) {
      for (const Number& number : kOperation) {
        sink.AnyFamily(prefix + number.name, number.type, number.help)
            .Sample({labels[0], labels[1], labels[2], {"operation", operation.name}},
                    Scaled(number, operation.numbers[number.index]));
      }
    }
  }

  const Directory& proc_;
};

}  // namespace

std::unique_ptr<Collector> NewMountstatsCollector(const SystemPaths& paths) {
  return std::make_unique<MountstatsCollector>(paths.proc);
}

}  // namespace narthex::exporters
