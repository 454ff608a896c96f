// Host names to addresses without a thread a lookup: c-ares on the loop, with a bounded cache that
// heeds the records' time to live. Use on the loop's thread only.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_RESOLVER_H_
#define NARTHEX_COMMON_HTTP_CLIENT_RESOLVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/io_loop/io_loop.h"
#include "common/status/status.h"

namespace narthex {

enum class DnsType : unsigned char { kA, kAaaa, kSrv, kMx, kNs };

// What a record points to.
struct DnsRecord {
  std::string target;  // a name without the dot at its end, or an address
  int port = 0;        // of SRV records

  friend bool operator==(const DnsRecord&, const DnsRecord&) = default;
};

class Resolver {
 public:
  using Addresses = std::vector<std::string>;  // numeric, IPv6 without brackets
  using Done = std::function<void(const Result<Addresses>&)>;

  explicit Resolver(IoLoop& loop);
  ~Resolver();

  // Calls `done` with at least one address or a failure: at once where the answer is known, else
  // from the loop. Numeric hosts are their own answer.
  void Resolve(const std::string& host, Done done);

  // The records of one type, always asked for anew, along the search path of resolv.conf. None
  // where the name does not exist or has no such record.
  using Records = std::vector<DnsRecord>;
  using RecordsDone = std::function<void(const Result<Records>&)>;
  void Query(const std::string& name, DnsType type, RecordsDone done);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_RESOLVER_H_
