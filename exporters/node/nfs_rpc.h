#ifndef NARTHEX_EXPORTERS_NODE_NFS_RPC_H_
#define NARTHEX_EXPORTERS_NODE_NFS_RPC_H_

#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "exporters/kit/metric_sink.h"

namespace narthex::exporters {

// The counters that NFS keeps, from /proc/net/rpc/nfs and nfsd, see nfsstat(8): lines of a key and
// numbers. Where the key begins with "proc", the first number says how many follow.
//   net 70 70 69 45
//   proc2 18 16 57 74 52 …
struct RpcLine {
  std::string_view key;         // a part of what was parsed
  std::vector<double> numbers;  // without that first one
};

Result<std::vector<RpcLine>> ParseNfsRpc(std::string_view text);

// Adds lines without numbers for keys that are not there: kernels leave out the versions of NFS
// that they were built without, for which the original shows zeros.
void AddMissingLines(std::initializer_list<std::string_view> keys, std::vector<RpcLine>& lines);

// The procedures of NFS 2 and 3 by their numbers, as metrics call them.
std::span<const std::string_view> Nfs2Procedures();
std::span<const std::string_view> Nfs3Procedures();

// Shows a count of calls for each named procedure; unnamed ones ("") are left out, missing ones 0.
void ShowProcedures(Family& requests, std::string_view version,
                    std::span<const std::string_view> names, const std::vector<double>& counts);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_NFS_RPC_H_
