// Target groups read from files: what one file_sd_configs entry finds.
#ifndef NARTHEX_SERVER_DISCOVERY_GROUP_FILE_H_
#define NARTHEX_SERVER_DISCOVERY_GROUP_FILE_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/client/registry.h"
#include "common/log/logger.h"
#include "server/config/config.h"
#include "server/discovery/target_group.h"

namespace narthex::server {

// The groups in the text of a file, JSON or YAML by the ending of its name; each has the label
// __meta_filepath. kInvalidArgument "path:line:column: finding".
Result<std::vector<TargetGroup>> ParseGroupFile(std::string_view text, const std::string& path);

// The groups in a JSON text. kInvalidArgument "line:column: finding".
Result<std::vector<TargetGroup>> ParseJsonGroups(std::string_view text);

// prometheus_sd_file_*. Safe from many threads.
class FileDiscoveryMetrics {
 public:
  explicit FileDiscoveryMetrics(Registry& registry);

  void NoteFailure() { read_errors_.Add(); }
  void NoteScan(double seconds) { scan_seconds_.Observe(seconds); }
  void NoteRead(const std::string& path, double mtime_seconds);
  void Forget(const std::string& path);

 private:
  struct Times {
    std::mutex mutex;
    std::map<std::string, double> mtime_seconds;
  };

  Counter& read_errors_;
  Summary& scan_seconds_;
  std::shared_ptr<Times> times_;
};

// The files of one entry. Not safe from several threads.
class GroupFiles {
 public:
  explicit GroupFiles(const FileSdConfig& config) : config_(config) {}

  // Reads all files again.
  void Refresh(FileDiscoveryMetrics& metrics, const Logger& log);

  // All groups, ordered by file.
  std::vector<TargetGroup> Groups() const;

  // The directories whose changes call for a Refresh().
  std::vector<std::string> Directories() const;

  Duration refresh_interval() const { return config_.refresh_interval; }

  int64_t next_refresh_ns = 0;  // for the user of this class; monotonic

 private:
  FileSdConfig config_;
  std::map<std::string, std::vector<TargetGroup>> groups_;  // by file
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_DISCOVERY_GROUP_FILE_H_
