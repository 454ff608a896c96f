// When the first processes of containers were started: asked for once each, since /proc/PID/stat is
// dear to read.
#ifndef NARTHEX_EXPORTERS_CONTAINER_START_TIMES_H_
#define NARTHEX_EXPORTERS_CONTAINER_START_TIMES_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "common/fs/files.h"

namespace narthex::exporters {

// Safe from several threads.
class StartTimes {
 public:
  // Unix time in seconds; 0 where it cannot be told. `booted_s` is when the machine was started.
  int64_t Of(const std::string& container, uint32_t process, const Directory& proc,
             int64_t booted_s);
  // Forgets all containers but these.
  void Keep(const std::set<std::string_view>& containers);

 private:
  struct Entry {
    uint32_t process = 0;
    int64_t started_s = 0;
  };

  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_START_TIMES_H_
