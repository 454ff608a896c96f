// Finds the targets of all jobs: those that the configuration names, those in files that it
// watches, and those that servers and DNS tell of. A group that a file adds, changes or removes
// reaches its job within moments.
//
// A file is a list of groups, in YAML or JSON:
//   - targets: ["10.0.0.1:9100"]
//     labels: {rack: "4"}
// A file that cannot be read or is broken keeps what it said last; one that is gone ends its
// groups. Semantics follow file_sd_configs of Prometheus.
#ifndef NARTHEX_SERVER_DISCOVERY_DISCOVERY_MANAGER_H_
#define NARTHEX_SERVER_DISCOVERY_DISCOVERY_MANAGER_H_

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/client/registry.h"
#include "common/clock/clock.h"
#include "common/log/logger.h"
#include "server/discovery/group_file.h"
#include "server/discovery/remote_source.h"

namespace narthex::server {

// prometheus_sd_* of all mechanisms. Safe from many threads; the registry outlives it.
struct DiscoveryMetrics {
  explicit DiscoveryMetrics(Registry& registry);

  CounterFamily& received;          // answers, and readings of files
  CounterFamily& updates;           // of jobs
  CounterFamily& refresh_failures;  // by mechanism and job
  SummaryFamily& refresh_seconds;
  FileDiscoveryMetrics files;
  RemoteSourceMetrics remote;
};

class DiscoveryManager {
 public:
  // Called with all groups of a job whenever they have changed, and once for each Apply(). By one
  // thread at a time; must not call back.
  using Update =
      std::function<void(const std::string& job, const std::vector<TargetGroup>& groups)>;

  DiscoveryManager(Update update, const Clock& clock, Logger log, Registry& registry);
  ~DiscoveryManager();

  // Finds the targets of these jobs from now on; those of each are known when it returns, but for
  // those that somebody else has to be asked for.
  void Apply(const Config& config);

  // Returns when everybody who has to be asked has answered once since Apply(), well or not; false
  // if that takes longer than `timeout`.
  bool WaitForAnswers(Duration timeout);

 private:
  // A source with what it found last. Lives as long as its job is configured, and a question that
  // is under way.
  struct Remote {
    std::string job;
    std::shared_ptr<RemoteSource> source;
    std::vector<TargetGroup> groups;  // guarded by mutex_, as is the next
    bool answered = false;
  };
  struct Job {
    std::string name;
    std::vector<TargetGroup> static_groups;
    std::vector<GroupFiles> files;
    std::vector<std::shared_ptr<Remote>> remotes;
    std::vector<TargetGroup> told;  // by the last update
    size_t told_targets = 0;
  };

  void Run();
  void AddRemotes(const ScrapeConfig& config, const std::vector<Job>& before, Job& job);
  void Ask(const std::weak_ptr<Remote>& remote);  // in callbacks of io_
  void Watch();                                   // with mutex_
  void Refresh(Job& job, bool always_tell);       // with mutex_
  void Tell(Job& job, bool always_tell);          // with mutex_
  int64_t NextRefreshNs() const;                  // with mutex_

  const Update update_;
  const Clock& clock_;
  const Logger log_;
  DiscoveryMetrics metrics_;
  int inotify_fd_;
  int wake_fd_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::vector<Job> jobs_;               // guarded by mutex_
  std::map<int, std::string> watched_;  // directories by watch; guarded by mutex_
  bool stopping_ = false;               // guarded by mutex_
  IoLoop io_;
  HttpClient http_;
  Resolver resolver_;
  std::thread thread_;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_DISCOVERY_DISCOVERY_MANAGER_H_
