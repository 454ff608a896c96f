// The configuration that is in force, and its replacement while the server runs: whole, or not at
// all.
#ifndef NARTHEX_SERVER_CONFIG_CONFIG_RELOADER_H_
#define NARTHEX_SERVER_CONFIG_CONFIG_RELOADER_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/client/registry.h"
#include "common/clock/clock.h"
#include "common/log/logger.h"
#include "server/config/config.h"

namespace narthex::server {

// How the last attempt to load ended.
struct ReloadReport {
  std::string error;            // empty: well
  int64_t last_success_ms = 0;  // Unix time, as is the next
  int64_t last_attempt_ms = 0;
  std::vector<std::string> changes;  // that the last load which went well made, one text each
  std::string yaml;                  // what is in force, defaults filled in, without secrets
};

// Safe from many threads; loads happen one at a time.
class ConfigReloader {
 public:
  // Puts a configuration in force. Must not call back.
  using Apply = std::function<void(const Config&)>;

  ConfigReloader(std::string path, ConfigOptions options, const Clock& clock, Logger log,
                 Registry& registry);

  // Reads the file; without an error it is in force. Logs what has changed, warns of sections that
  // do nothing, and sets prometheus_config_last_reload_*.
  Status Load();

  // Gives the configuration in force to `apply`, and each one that is loaded later. An empty one
  // ends that.
  void Follow(Apply apply);

  ReloadReport report() const;
  // Of the configuration in force.
  std::map<std::string, std::string> external_labels() const;
  // The configuration file and those that it names at present: rules and jobs.
  std::vector<std::string> files() const;

 private:
  void NoteChanges(const Config& config);  // with load_mutex_

  const std::string path_;
  const ConfigOptions options_;
  const Clock& clock_;
  const Logger log_;
  Gauge& successful_;
  Gauge& success_time_;
  std::mutex load_mutex_;
  std::unique_ptr<const Config> config_;  // guarded by load_mutex_
  config::Node shown_;                    // of config_; guarded by load_mutex_
  Apply apply_;                           // guarded by load_mutex_
  mutable std::mutex report_mutex_;
  ReloadReport report_;                                 // guarded by report_mutex_
  std::map<std::string, std::string> external_labels_;  // guarded by report_mutex_
  std::vector<std::string> patterns_;                   // of other files; guarded by report_mutex_
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_CONFIG_RELOADER_H_
