// One endpoint that is scraped: where it is, what its series are labelled with, how it is doing.
#ifndef NARTHEX_SERVER_SCRAPE_TARGET_H_
#define NARTHEX_SERVER_SCRAPE_TARGET_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/labels/label_set.h"
#include "server/config/config.h"
#include "server/discovery/target_group.h"
#include "server/scrape/family_metadata.h"
#include "server/scrape/scrape_failure.h"

namespace narthex::server {

enum class TargetHealth : unsigned char { kUnknown, kUp, kDown };
std::string_view HealthName(TargetHealth health);  // "unknown", "up", "down"

struct TargetStatus {
  TargetHealth health = TargetHealth::kUnknown;
  std::string last_error;
  int64_t last_scrape_ms = 0;  // Unix time; 0 before the first
  double last_duration_seconds = 0;
  ScrapeFailure failure = ScrapeFailure::kNone;
};

// What becomes of histograms: as the job says, unless relabelling says otherwise by the labels
// __scrape_native_histograms__, __always_scrape_classic_histograms__ and
// __convert_classic_histograms_to_nhcb__.
struct HistogramOptions {
  bool native = false;
  bool always_classic = false;
  bool to_custom_buckets = false;

  friend bool operator==(const HistogramOptions&, const HistogramOptions&) = default;
};

// Immutable but for its status, which is safe from many threads.
class Target {
 public:
  // What a job makes of an address that discovery found, after relabelling. `job` lives as long as
  // the target. Null when a rule drops it; then `discovered` has the labels that it had before.
  // Errors: kInvalidArgument for labels that make no target.
  static Result<std::shared_ptr<const Target>> Make(std::shared_ptr<const ScrapeConfig> job,
                                                    const std::string& address,
                                                    const std::map<std::string, std::string>& group,
                                                    LabelSet* discovered);

  const ScrapeConfig& config() const { return *config_; }
  const std::string& job() const { return config_->job_name; }
  const std::string& url() const { return url_; }
  const LabelSet& labels() const { return labels_; }
  const LabelSet& discovered_labels() const { return discovered_labels_; }
  Duration interval() const { return interval_; }
  Duration timeout() const { return timeout_; }
  const HistogramOptions& histograms() const { return histograms_; }
  // Two targets with the same identity have the same series.
  std::pair<std::string_view, std::string_view> identity() const { return {url_, labels_.bytes()}; }

  TargetStatus status() const;
  void SetStatus(TargetStatus status) const;

  // What it said of its families in its last scrape that went well. Never null.
  MetadataListPtr metadata() const;
  void SetMetadata(MetadataListPtr metadata) const;

 private:
  explicit Target(std::shared_ptr<const ScrapeConfig> config) : config_(std::move(config)) {}

  std::shared_ptr<const ScrapeConfig> config_;
  std::string url_;
  LabelSet labels_;
  LabelSet discovered_labels_;
  Duration interval_;
  Duration timeout_;
  HistogramOptions histograms_;
  mutable std::mutex mutex_;
  mutable TargetStatus status_;                                          // guarded by mutex_
  mutable MetadataListPtr metadata_ = std::make_shared<MetadataList>();  // guarded by mutex_
};

// What a job has to scrape.
struct JobTargets {
  std::vector<std::shared_ptr<const Target>> targets;  // one that is found twice is there once
  // By relabelling: the labels before, of no more than the job's keep_dropped_targets.
  std::vector<LabelSet> dropped;
  size_t dropped_count = 0;    // of all
  std::vector<Status> errors;  // of what makes no target
  // The job has more than its target_limit: none of them is scraped, each is down for this.
  Status over_limit;
};
JobTargets TargetsOf(const std::shared_ptr<const ScrapeConfig>& job,
                     const std::vector<TargetGroup>& groups);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_TARGET_H_
