// Keeps the store over restarts: reads the log at the start, then syncs and rewrites it on a
// thread.
#ifndef NARTHEX_PUSHGATEWAY_PERSISTENCE_H_
#define NARTHEX_PUSHGATEWAY_PERSISTENCE_H_

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "common/bytes/duration.h"
#include "common/client/registry.h"
#include "common/clock/clock.h"
#include "pushgateway/push_log.h"
#include "pushgateway/store.h"

namespace narthex::pushgateway {

struct PersistenceOptions {
  std::string file;  // empty: nothing is kept
  Duration interval = Duration::Seconds(300);
  Duration sync_interval = Duration::Seconds(1);
};

// What a log holds in the end. Bodies are not looked at.
class RecoveredGroups {
 public:
  // kCorruption for bytes that are no record.
  Status Take(std::string_view record);

  // Puts everything into the store; says what it had to leave out.
  void RestoreInto(Store& store, const Logger& log) const;

  size_t size() const { return groups_.size(); }

 private:
  struct Family {
    int64_t time_ms = 0;
    FamilyEncoding encoding = FamilyEncoding::kText;
    std::string body;
  };
  struct Group {
    GroupTimes times;
    std::map<std::string, Family, std::less<>> families;
  };
  static Result<PreparedFamily> Read(const Family& family, const GroupKey& key);

  std::map<GroupKey, Group> groups_;
};

class Persistence {
 public:
  Persistence(PersistenceOptions options, Files& files, const Clock& clock, Logger log)
      : options_(std::move(options)), files_(files), clock_(clock), log_(std::move(log)) {}
  ~Persistence() { Stop(); }

  // Reads the file, and adds metrics of it. As PushLog::Open.
  Status Open(Registry& registry);
  PushLog* log() { return push_log_.get(); }

  // Fills the store, which was made with log(), with what was read.
  void Load(Store& store);
  // Begins to keep the store, which must outlive Stop().
  void Start(Store& store);
  // What is written is synced.
  void Stop();

  // What the thread does from time to time; for tests.
  void Tick(Store& store);

 private:
  bool WantsRewrite() const;
  void Run(Store& store);
  void Report(std::string_view what, const Status& status);

  const PersistenceOptions options_;
  Files& files_;
  const Clock& clock_;
  const Logger log_;
  std::unique_ptr<PushLog> push_log_;
  RecoveredGroups recovered_;
  int64_t rewritten_ns_ = 0;  // by the monotonic clock
  std::string reported_;      // the last failure, so that each is logged once
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_PERSISTENCE_H_
