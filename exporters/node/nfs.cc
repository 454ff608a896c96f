// What this machine asks of NFS servers, from /proc/net/rpc/nfs.
#include "exporters/node/collectors.h"
#include "exporters/node/nfs_rpc.h"

namespace narthex::exporters {
namespace {

// The client's calls of NFS 4, by their numbers.
constexpr std::string_view kNfs4[] = {"Null",
                                      "Read",
                                      "Write",
                                      "Commit",
                                      "Open",
                                      "OpenConfirm",
                                      "OpenNoattr",
                                      "OpenDowngrade",
                                      "Close",
                                      "Setattr",
                                      "FsInfo",
                                      "Renew",
                                      "SetClientID",
                                      "SetClientIDConfirm",
                                      "Lock",
                                      "Lockt",
                                      "Locku",
                                      "Access",
                                      "Getattr",
                                      "Lookup",
                                      "LookupRoot",
                                      "Remove",
                                      "Rename",
                                      "Link",
                                      "Symlink",
                                      "Create",
                                      "Pathconf",
                                      "StatFs",
                                      "ReadLink",
                                      "ReadDir",
                                      "ServerCaps",
                                      "DelegReturn",
                                      "GetACL",
                                      "SetACL",
                                      "FsLocations",
                                      "ReleaseLockowner",
                                      "Secinfo",
                                      "FsidPresent",
                                      "ExchangeID",
                                      "CreateSession",
                                      "DestroySession",
                                      "Sequence",
                                      "GetLeaseTime",
                                      "ReclaimComplete",
                                      "GetDeviceInfo",
                                      "LayoutGet",
                                      "LayoutCommit",
                                      "LayoutReturn",
                                      "SecinfoNoName",
                                      "TestStateID",
                                      "FreeStateID",
                                      "GetDeviceList",
                                      "BindConnToSession",
                                      "DestroyClientID",
                                      "Seek",
                                      "Allocate",
                                      "DeAllocate",
                                      "LayoutStats",
                                      "Clone"};

class NfsCollector : public Collector {
 public:
  explicit NfsCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("net/rpc/nfs"));
    ASSIGN_OR_RETURN(std::vector<RpcLine> lines, ParseNfsRpc(text));
    AddMissingLines({"proc2", "proc3", "proc4"}, lines);
    for (const RpcLine& line : lines) Show(line, sink);
    return {};
  }

 private:
  static void Show(const RpcLine& line, MetricSink& sink) {
    const std::vector<double>& numbers = line.numbers;
    if (line.key == "net" && numbers.size() >= 4) {
      Family& packets =
          sink.CounterFamily("node_nfs_packets_total", "Packets to and from servers.");
      packets.Sample({{"protocol", "udp"}}, numbers[1]);
      packets.Sample({{"protocol", "tcp"}}, numbers[2]);
      sink.Counter("node_nfs_connections_total", "TCP connections to servers.", numbers[3]);
    } else if (line.key == "rpc" && numbers.size() >= 3) {
      sink.Counter("node_nfs_rpcs_total", "Calls to servers.", numbers[0]);
      sink.Counter("node_nfs_rpc_retransmissions_total", "Calls sent again.", numbers[1]);
      sink.Counter("node_nfs_rpc_authentication_refreshes_total",
                   "Calls for which the credentials were renewed.", numbers[2]);
    }
    Family& requests =
        sink.CounterFamily("node_nfs_requests_total", "Calls of each procedure of NFS.");
    if (line.key == "proc2") ShowProcedures(requests, "2", Nfs2Procedures(), numbers);
    if (line.key == "proc3") ShowProcedures(requests, "3", Nfs3Procedures(), numbers);
    if (line.key == "proc4") ShowProcedures(requests, "4", kNfs4, numbers);
  }

  const Directory& proc_;
};

}  // namespace

std::unique_ptr<Collector> NewNfsCollector(const SystemPaths& paths) {
  return std::make_unique<NfsCollector>(paths.proc);
}

}  // namespace narthex::exporters
