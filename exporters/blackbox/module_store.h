// The modules in force: read at the start, and again when it is asked for or the file has changed.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_MODULE_STORE_H_
#define NARTHEX_EXPORTERS_BLACKBOX_MODULE_STORE_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "common/client/registry.h"
#include "common/log/logger.h"
#include "exporters/blackbox/module_runtime.h"

namespace narthex::blackbox {

// One version of the file. Immutable, but for what the runtimes guard themselves.
struct ModuleSet {
  BlackboxConfig config;
  std::map<std::string, std::shared_ptr<ModuleRuntime>, std::less<>> runtimes;
};

// Safe from many threads.
class ModuleStore {
 public:
  ModuleStore(std::string path, const Clock& clock, const Logger& log, Registry& registry);

  // Reads the file. A failure leaves what is in force, and shows in the metrics. Whether anything
  // has changed.
  Result<bool> Reload();

  std::shared_ptr<const ModuleSet> Get() const;

  // The module with some fields changed: {"http.method", "POST"}, {"timeout", "1s"}. The values are
  // read as YAML in one line. kInvalidArgument. For one probe.
  using Changes = std::vector<std::pair<std::string, std::string>>;
  Result<std::shared_ptr<ModuleRuntime>> Changed(const ModuleSet& set, const std::string& module,
                                                 const Changes& changes);

 private:
  Result<bool> Read();

  const std::string path_;
  const Clock& clock_;
  const Logger log_;
  TokenFetcher tokens_;
  Gauge& success_;
  Gauge& success_time_;
  std::mutex reload_mutex_;
  std::string text_;  // of the file in force; guarded by reload_mutex_
  mutable std::mutex mutex_;
  std::shared_ptr<const ModuleSet> set_;  // guarded by mutex_
};

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_MODULE_STORE_H_
