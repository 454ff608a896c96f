// One endpoint that is scraped: where it is, what its series are labelled with, how it is doing.
#ifndef NARTHEX_SERVER_SCRAPE_TARGET_H_
#define NARTHEX_SERVER_SCRAPE_TARGET_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/labels/label_set.h"
#include "server/config/config.h"
#include "server/discovery/target_group.h"

namespace narthex::server {

enum class TargetHealth : unsigned char { kUnknown, kUp, kDown };
std::string_view HealthName(TargetHealth health);  // "unknown", "up", "down"

struct TargetStatus {
  TargetHealth health = TargetHealth::kUnknown;
  std::string last_error;
  int64_t last_scrape_ms = 0;  // Unix time; 0 before the first
  double last_duration_seconds = 0;
};

// Immutable but for its status, which is safe from many threads.
class Target {
 public:
  Target(const ScrapeConfig& job, const std::string& address,
         const std::map<std::string, std::string>& group_labels);

  const std::string& job() const { return job_; }
  const std::string& url() const { return url_; }
  const LabelSet& labels() const { return labels_; }
  const LabelSet& discovered_labels() const { return discovered_labels_; }
  Duration interval() const { return interval_; }
  Duration timeout() const { return timeout_; }
  bool honor_labels() const { return honor_labels_; }
  bool honor_timestamps() const { return honor_timestamps_; }

  TargetStatus status() const;
  void SetStatus(TargetStatus status) const;

 private:
  std::string job_;
  std::string url_;
  LabelSet labels_;
  LabelSet discovered_labels_;
  Duration interval_;
  Duration timeout_;
  bool honor_labels_;
  bool honor_timestamps_;
  mutable std::mutex mutex_;
  mutable TargetStatus status_;  // guarded by mutex_
};

// The targets of a job, in the order of its configuration; one that is named twice counts once.
std::vector<std::shared_ptr<const Target>> TargetsOf(const ScrapeConfig& job,
                                                     const std::vector<TargetGroup>& groups);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_TARGET_H_
