#include "server/config/config_watcher.h"

#include <chrono>
#include <string>

#include "common/fs/files.h"

namespace narthex::server {

ConfigWatcher::ConfigWatcher(ConfigReloader& reloader, Duration interval)
    : reloader_(reloader), interval_(interval), fingerprint_(Fingerprint()) {
  thread_ = std::thread([this] { Run(); });
}

ConfigWatcher::~ConfigWatcher() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

void ConfigWatcher::Run() {
  std::unique_lock lock(mutex_);
  while (
      !ended_.wait_for(lock, std::chrono::milliseconds(interval_.ms), [this] { return ending_; })) {
    lock.unlock();
    Look();
    lock.lock();
  }
}

bool ConfigWatcher::Look() {
  const uint64_t fingerprint = Fingerprint();
  if (fingerprint == fingerprint_) return false;
  (void)reloader_.Load();        // it logs
  fingerprint_ = Fingerprint();  // of what it names now
  return true;
}

// A file that cannot be read has contents of its own.
uint64_t ConfigWatcher::Fingerprint() const {
  std::string all;
  for (const std::string& file : reloader_.files()) {
    const auto text = ReadFile(file);
    all += file + '\0' + (text.ok() ? *text : "") + (text.ok() ? '\1' : '\2');
  }
  return std::hash<std::string>()(all);
}

}  // namespace narthex::server
