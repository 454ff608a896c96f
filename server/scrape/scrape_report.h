// The series that a target has besides what it exposes: up, scrape_*, and those by option.
#ifndef NARTHEX_SERVER_SCRAPE_SCRAPE_REPORT_H_
#define NARTHEX_SERVER_SCRAPE_SCRAPE_REPORT_H_

#include <array>
#include <cstdint>
#include <vector>

#include "server/scrape/scrape_failure.h"
#include "server/scrape/target.h"
#include "server/storage/storage.h"

namespace narthex::server {

// Of a job's limits on what a scrape holds, the one that it broke.
enum class BrokenLimit : unsigned char { kNone, kSamples, kLabels, kBuckets };

struct IngestCounts {
  size_t samples = 0;           // in the body
  size_t kept = 0;              // of them by relabelling
  size_t series_added = 0;      // that the last scrape did not have
  size_t out_of_order = 0;      //
  size_t duplicates = 0;        //
  size_t out_of_bounds = 0;     //
  size_t repeated_lines = 0;    // of the duplicates: a line that the body had before
  size_t dropped_at_limit = 0;  // on_limit: drop_new
  size_t late_exemplars = 0;    // older than the newest of their series
  BrokenLimit limit = BrokenLimit::kNone;
};

// What a scrape reports of itself, beside its samples.
struct ScrapeReport {
  bool up = false;
  double duration_seconds = 0;
  IngestCounts counts = {};
  double body_bytes = 0;  // uncompressed; -1: over the limit; 0 where there is none
  ScrapeFailure failure = ScrapeFailure::kNone;
  size_t targets = 0;  // of the job
};

// The refs of one target's report series. Used by one scrape at a time.
class ReportSeries {
 public:
  // Adds the report's samples. A sample that storage takes for late or doubled is passed over.
  Status Append(storage::Appender& appender, const Target& target, const ScrapeReport& report,
                int64_t timestamp_ms);
  // Those that have been stored and not ended.
  std::vector<storage::SeriesRef> Refs() const;

 private:
  enum Row : unsigned char {
    kUp,
    kDuration,
    kScraped,
    kPostRelabeling,
    kAdded,
    kTimeout,
    kSampleLimit,
    kBodySize,
    kFailure,
    kSampleHeadroom,
    kBodyHeadroom,
    kTargetHeadroom,
    kRows,
  };
  struct Sample;

  Status AppendOne(storage::Appender& appender, const Target& target, const Sample& sample,
                   int64_t timestamp_ms);
  void EndOne(storage::Appender& appender, Row row, int64_t timestamp_ms);

  std::array<storage::SeriesRef, kRows> refs_{};
  ScrapeFailure failure_ = ScrapeFailure::kNone;  // of refs_[kFailure]
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_SCRAPE_REPORT_H_
