// Transfers by libcurl: TLS, HTTP/2, proxies, forms, several addresses. For http_client.cc only.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_CURL_TRANSFERS_H_
#define NARTHEX_COMMON_HTTP_CLIENT_CURL_TRANSFERS_H_

#include <absl/container/flat_hash_set.h>

#include <memory>
#include <string>
#include <vector>

#include "common/http_client/curl_multi.h"
#include "common/http_client/http_job.h"
#include "common/http_client/resolver.h"

namespace narthex {

// Use in callbacks of the loop only.
class CurlTransfers {
 public:
  CurlTransfers(IoLoop& loop, long max_idle_connections, TransferEnded ended);
  ~CurlTransfers();  // after the loop has stopped; what is under way is dropped

  // `addresses` are of the job's place to connect to. Uses the memory of `body`.
  void Begin(const std::shared_ptr<HttpJob>& job, const Resolver::Addresses& addresses,
             std::string body);

  size_t in_flight() const { return transfers_.size(); }

 private:
  struct Transfer;

  void Configure(Transfer& transfer) const;
  void Finish(CURL* easy, CURLcode code);
  CURL* TakeHandle();
  void Release(Transfer* transfer);

  IoLoop& loop_;
  const TransferEnded ended_;
  CurlMulti multi_;
  absl::flat_hash_set<Transfer*> transfers_;
  std::vector<CURL*> kept_;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_CURL_TRANSFERS_H_
