// The queries under way: how many may run at once, which there are, and the means to end one.
#ifndef NARTHEX_SERVER_PROMQL_ACTIVE_QUERIES_H_
#define NARTHEX_SERVER_PROMQL_ACTIVE_QUERIES_H_

#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <vector>

#include "server/promql/query_context.h"

namespace narthex::promql {

// Who asked.
struct QueryOrigin {
  std::string client;  // its address; empty: the server itself
  std::string method;
  std::string path;
};

// What is known of a query from its arrival on.
struct QueryIdentity {
  std::string text;
  QueryOrigin origin;
  int64_t start_ms = 0;
  int64_t end_ms = 0;
  int64_t step_ms = 0;  // 0: an instant query
};

struct ActiveQueryStatus {
  uint64_t id = 0;
  QueryIdentity identity;
  int64_t arrived_ms = 0;  // Unix time
  double age_s = 0;
  bool running = false;  // else it waits for its turn
  uint64_t samples = 0;  // held now
  uint64_t bytes = 0;    // held now
  uint64_t peak_samples = 0;
  uint64_t peak_bytes = 0;
};

// Safe from many threads.
class ActiveQueries {
 public:
  // At most `limit` run at once; the others wait. The clock outlives this.
  ActiveQueries(size_t limit, const Clock& clock) : limit_(limit), clock_(clock) {}

  // One query, listed as long as this lives; after WaitForTurn() it is one of those that run.
  class Entry {
   public:
    // The control outlives the entry.
    Entry(ActiveQueries& all, QueryIdentity identity, QueryControl& control);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    // What QueryControl::Check() finds meanwhile.
    Status WaitForTurn();

   private:
    friend class ActiveQueries;
    ActiveQueries& all_;
    const QueryIdentity identity_;
    QueryControl& control_;
    const int64_t arrived_ms_;
    const int64_t arrived_ns_;  // monotonic
    uint64_t id_ = 0;
    bool running_ = false;
    std::list<Entry*>::iterator position_;
  };

  std::vector<ActiveQueryStatus> List() const;  // the oldest first
  bool Cancel(uint64_t id);                     // false where there is none of that number

  size_t count() const;
  size_t limit() const { return limit_; }

 private:
  const size_t limit_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable turn_;
  std::list<Entry*> entries_;
  size_t running_ = 0;
  uint64_t last_id_ = 0;
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_ACTIVE_QUERIES_H_
