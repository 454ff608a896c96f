// What clients ask of this machine's NFS server, from /proc/net/rpc/nfsd.
#include "exporters/node/collectors.h"
#include "exporters/node/nfs_rpc.h"

namespace narthex::exporters {
namespace {

// The operations of NFS 4 by their numbers; those that are not shown are empty.
constexpr std::string_view kNfs4Operations[] = {"",
                                                "",
                                                "",
                                                "Access",
                                                "Close",
                                                "Commit",
                                                "Create",
                                                "DelegPurge",
                                                "DelegReturn",
                                                "GetAttr",
                                                "GetFH",
                                                "Link",
                                                "Lock",
                                                "Lockt",
                                                "Locku",
                                                "Lookup",
                                                "LookupRoot",
                                                "Nverify",
                                                "Open",
                                                "OpenAttr",
                                                "OpenConfirm",
                                                "OpenDgrd",
                                                "PutFH",
                                                "",
                                                "",
                                                "Read",
                                                "ReadDir",
                                                "ReadLink",
                                                "Remove",
                                                "Rename",
                                                "Renew",
                                                "RestoreFH",
                                                "SaveFH",
                                                "SecInfo",
                                                "SetAttr",
                                                "SetClientID",
                                                "SetClientIDConfirm",
                                                "Verify",
                                                "Write",
                                                "RelLockOwner"};

class NfsdCollector : public Collector {
 public:
  explicit NfsdCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("net/rpc/nfsd"));
    ASSIGN_OR_RETURN(std::vector<RpcLine> lines, ParseNfsRpc(text));
    AddMissingLines({"proc2", "proc3", "proc4ops"}, lines);
    bool delegations = false;
    for (const RpcLine& line : lines) {
      ShowServer(line, sink);
      ShowRequests(line, sink);
      delegations = delegations || line.key == "wdeleg_getattr";
    }
    // Kernels before 6.11 do not count it.
    if (!delegations) Requests(sink).Sample({{"proto", "4"}, {"method", "WdelegGetattr"}}, 0);
    return {};
  }

 private:
  static Family& Requests(MetricSink& sink) {
    return sink.CounterFamily("node_nfsd_requests_total",
                              "Calls of each procedure or operation of NFS.");
  }

  static void ShowRequests(const RpcLine& line, MetricSink& sink) {
    // A call that does nothing is not shown.
    const std::vector<double>& counts = line.numbers;
    if (line.key == "proc2") ShowWithoutNull("2", Nfs2Procedures(), counts, sink);
    if (line.key == "proc3") ShowWithoutNull("3", Nfs3Procedures(), counts, sink);
    if (line.key == "proc4ops") ShowProcedures(Requests(sink), "4", kNfs4Operations, counts);
    if (line.key == "wdeleg_getattr" && !counts.empty())
      Requests(sink).Sample({{"proto", "4"}, {"method", "WdelegGetattr"}}, counts[0]);
  }

  static void ShowWithoutNull(std::string_view version, std::span<const std::string_view> names,
                              const std::vector<double>& counts, MetricSink& sink) {
    ShowProcedures(Requests(sink), version, names.subspan(1),
                   std::vector<double>(counts.begin() + (counts.empty() ? 0 : 1), counts.end()));
  }

  static void ShowServer(const RpcLine& line, MetricSink& sink) {
    const std::vector<double>& numbers = line.numbers;
    const auto is = [&](std::string_view key, size_t size) {
      return line.key == key && numbers.size() >= size;
    };
    if (is("rc", 3)) {
      sink.Counter("node_nfsd_reply_cache_hits_total", "Calls answered from the reply cache.",
                   numbers[0]);
      sink.Counter("node_nfsd_reply_cache_misses_total", "Calls that the reply cache did not have.",
                   numbers[1]);
      sink.Counter("node_nfsd_reply_cache_nocache_total", "Calls that need no reply cache.",
                   numbers[2]);
    } else if (is("fh", 1)) {
      sink.Counter("node_nfsd_file_handles_stale_total", "Calls with a stale file handle.",
                   numbers[0]);
    } else if (is("io", 2)) {
      sink.Counter("node_nfsd_disk_bytes_read_total", "Bytes read for clients.", numbers[0]);
      sink.Counter("node_nfsd_disk_bytes_written_total", "Bytes written for clients.", numbers[1]);
    } else if (is("th", 1)) {
      sink.Gauge("node_nfsd_server_threads", "Threads of the server.", numbers[0]);
    } else if (is("ra", 12)) {
      sink.Gauge("node_nfsd_read_ahead_cache_size_blocks", "Size of the read-ahead cache.",
                 numbers[0]);
      sink.Counter("node_nfsd_read_ahead_cache_not_found_total",
                   "Reads that the read-ahead cache did not have.", numbers[11]);
    } else if (is("net", 4)) {
      Family& packets =
          sink.CounterFamily("node_nfsd_packets_total", "Packets to and from clients.");
      packets.Sample({{"proto", "udp"}}, numbers[1]);
      packets.Sample({{"proto", "tcp"}}, numbers[2]);
      sink.Counter("node_nfsd_connections_total", "TCP connections of clients.", numbers[3]);
    } else if (is("rpc", 5)) {
      Family& errors = sink.CounterFamily("node_nfsd_rpc_errors_total", "Calls that were refused.");
      errors.Sample({{"error", "fmt"}}, numbers[2]);
      errors.Sample({{"error", "auth"}}, numbers[3]);
      errors.Sample({{"error", "cInt"}}, numbers[4]);
      sink.Counter("node_nfsd_server_rpcs_total", "Calls of clients.", numbers[0]);
    }
  }

  const Directory& proc_;
};

}  // namespace

std::unique_ptr<Collector> NewNfsdCollector(const SystemPaths& paths) {
  return std::make_unique<NfsdCollector>(paths.proc);
}

}  // namespace narthex::exporters
