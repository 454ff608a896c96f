// Host names to addresses without a thread a lookup: c-ares on the loop, with a bounded cache that
// heeds the records' time to live. Use on the loop's thread only.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_RESOLVER_H_
#define NARTHEX_COMMON_HTTP_CLIENT_RESOLVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/http_client/io_loop.h"
#include "common/status/status.h"

namespace narthex {

class Resolver {
 public:
  using Addresses = std::vector<std::string>;  // numeric, IPv6 without brackets
  using Done = std::function<void(const Result<Addresses>&)>;

  explicit Resolver(IoLoop& loop);
  ~Resolver();

  // Calls `done` with at least one address or a failure: at once where the answer is known, else
  // from the loop. Numeric hosts are their own answer.
  void Resolve(const std::string& host, Done done);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_RESOLVER_H_
