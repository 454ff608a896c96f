// The query log: a line of JSON for each query that ends, in the format of the reference.
//   {"time":"…","level":"INFO","source":"engine","msg":"promql query logged","params":{"end":"…",
//    "query":"up","start":"…","step":15},"stats":{…},"spanID":"0000000000000000",
//    "httpRequest":{"clientIP":"127.0.0.1","method":"GET","path":"/api/v1/query"}}
#ifndef NARTHEX_SERVER_API_QUERY_LOG_H_
#define NARTHEX_SERVER_API_QUERY_LOG_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "common/clock/clock.h"
#include "server/promql/active_queries.h"

namespace narthex::server {

// Safe from many threads.
class QueryLog {
 public:
  explicit QueryLog(const Clock& clock) : clock_(clock) {}

  // Appends to this file from now on, opened anew even where it is the one before; an empty path
  // ends the log. Why it cannot be opened; then nothing changes.
  Status Open(const std::string& path);

  bool enabled() const { return enabled_; }
  void Write(const promql::QueryIdentity& query, const promql::QueryStats& stats,
             const Status& outcome);

  uint64_t failures() const { return failures_; }  // lines that could not be written

 private:
  class File;

  const Clock& clock_;
  std::atomic<bool> enabled_{false};
  std::atomic<uint64_t> failures_{0};
  std::mutex mutex_;
  std::shared_ptr<File> file_;  // guarded by mutex_
};

// The fields of QueryStats as the API and the log have them: {"timings":{…},"samples":{…}}.
void AppendStats(std::string& out, const promql::QueryStats& stats);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_QUERY_LOG_H_
