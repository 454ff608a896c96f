// Loads the configuration again when a file of it has changed.
#ifndef NARTHEX_SERVER_CONFIG_CONFIG_WATCHER_H_
#define NARTHEX_SERVER_CONFIG_CONFIG_WATCHER_H_

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "common/bytes/duration.h"
#include "server/config/config_reloader.h"

namespace narthex::server {

// Looks at the contents of the files, so that a file that was only touched is no change.
class ConfigWatcher {
 public:
  // Watches until its end; `reloader` outlives it.
  ConfigWatcher(ConfigReloader& reloader, Duration interval);
  ~ConfigWatcher();

  // Loads if something has changed since the last look; true if it did.
  bool Look();

 private:
  void Run();
  uint64_t Fingerprint() const;

  ConfigReloader& reloader_;
  const Duration interval_;
  uint64_t fingerprint_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_CONFIG_WATCHER_H_
