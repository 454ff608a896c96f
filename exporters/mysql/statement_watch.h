// Ends statements on a server that nobody waits for any more. The client library waits for an
// answer without an end, so another connection has to tell the server.
//
//   StatementWatch watch([](uint64_t connection) { Kill(connection); });
//   StatementWatch::Guard guard(watch, connection, bounds);
//   … run the statement …
//   if (guard.was_stopped()) …
#ifndef NARTHEX_EXPORTERS_MYSQL_STATEMENT_WATCH_H_
#define NARTHEX_EXPORTERS_MYSQL_STATEMENT_WATCH_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include "exporters/kit/sql/session.h"

namespace narthex::exporters {

// Safe from several threads. One thread of its own looks at the bounds, every 100 ms while there
// are statements, and sleeps when there are none for a while.
class StatementWatch {
  struct Entry {
    uint64_t connection;
    const QueryBounds* bounds;
    bool is_being_stopped = false;
    bool was_stopped = false;
  };

 public:
  // Both run on the thread of the watch. `stop` ends what a connection is at, and has its own
  // limits; `rest` is called when there have been no statements for a while.
  explicit StatementWatch(
      std::function<void(uint64_t connection)> stop, std::function<void()> rest = [] {})
      : stop_(std::move(stop)), rest_(std::move(rest)) {}
  ~StatementWatch();
  StatementWatch(const StatementWatch&) = delete;
  StatementWatch& operator=(const StatementWatch&) = delete;

  // A statement under way. `bounds` outlive it.
  class Guard {
   public:
    Guard(StatementWatch& watch, uint64_t connection, const QueryBounds& bounds);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

    // Whether the server was told to end it. Waits while it is being told: what comes too late for
    // this statement would end the connection's next.
    bool was_stopped();
    // Has it ended now.
    void Stop();

   private:
    StatementWatch& watch_;
    std::list<Entry>::iterator entry_;
  };

  // Servers that went away: a connection made before the last time is no good.
  int generation() const { return generation_.load(std::memory_order_relaxed); }
  void NoteLoss() { generation_.fetch_add(1, std::memory_order_relaxed); }

 private:
  void Run();
  void StopOverdue(std::unique_lock<std::mutex>& lock);

  const std::function<void(uint64_t)> stop_;
  const std::function<void()> rest_;
  std::atomic<int> generation_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Entry> entries_;
  bool is_ending_ = false;
  bool is_asleep_ = false;
  std::thread thread_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_MYSQL_STATEMENT_WATCH_H_
