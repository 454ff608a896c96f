// Transfers over plain HTTP/1 to one address, which is what nearly every scrape is: with libcurl
// they cost more than parsing and storing what came. Everything else goes by curl_transfers.h. For
// http_client.cc only.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_PLAIN_TRANSFERS_H_
#define NARTHEX_COMMON_HTTP_CLIENT_PLAIN_TRANSFERS_H_

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <string>
#include <vector>

#include "common/http_client/http_job.h"
#include "common/http_client/resolver.h"

namespace narthex {

// Use in callbacks of the loop only.
class PlainTransfers {
 public:
  // Keeps up to `max_idle_connections` open.
  PlainTransfers(IoLoop& loop, size_t max_idle_connections, TransferEnded ended);
  ~PlainTransfers();  // after the loop has stopped; what is under way is dropped

  // Begins the transfer, using the memory of `body`, if it is one for here.
  bool Begin(const std::shared_ptr<HttpJob>& job, const Resolver::Addresses& addresses,
             std::string& body);

  size_t in_flight() const { return connections_.size() - idle_count_; }

 private:
  struct Exchange;
  struct Connection;
  using ExchangePtr = std::unique_ptr<Exchange>;

  Connection* TakeIdle(const std::string& place);
  void Connect(const std::string& address, const std::string& port, ExchangePtr exchange);
  void Attach(Connection& connection, ExchangePtr exchange);
  ExchangePtr Detach(Connection& connection);
  void OnReady(Connection& connection);
  void Send(Connection& connection);
  void Receive(Connection& connection);
  void HangUp(Connection& connection, const Status& status);
  void Fail(Connection& connection, const Status& status, HttpFailure failure);
  void Finish(Connection& connection, bool keep);
  void Keep(Connection& connection);
  void Close(Connection& connection);
  void CloseLongIdle();

  IoLoop& loop_;
  const size_t max_idle_;
  const TransferEnded ended_;
  absl::flat_hash_map<Connection*, std::unique_ptr<Connection>> connections_;
  // By place, the longest idle first.
  absl::flat_hash_map<std::string, std::vector<Connection*>> idle_;
  size_t idle_count_ = 0;
  bool sweeping_ = false;  // a timer runs CloseLongIdle()
  const std::unique_ptr<char[]> received_;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_PLAIN_TRANSFERS_H_
