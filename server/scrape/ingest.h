// From the body of a scrape to samples in storage.
#ifndef NARTHEX_SERVER_SCRAPE_INGEST_H_
#define NARTHEX_SERVER_SCRAPE_INGEST_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "common/openmetrics/format.h"
#include "server/scrape/scrape_cache.h"
#include "server/scrape/target.h"
#include "server/storage/storage.h"

namespace narthex::server {

struct IngestCounts {
  size_t samples = 0;       // in the body
  size_t kept = 0;          // of them by relabelling
  size_t series_added = 0;  // that the last scrape did not have
  size_t out_of_order = 0;
  size_t duplicates = 0;
  size_t out_of_bounds = 0;
};

// What a scrape reports of itself, beside its samples.
struct ScrapeReport {
  bool up = false;
  double duration_seconds = 0;
  IngestCounts counts;
};

// The part of one target that stores. Used by one scrape at a time: Store(), or Fail() where there
// is no usable body, then Report(), which commits both together.
class Ingester {
 public:
  // The storage outlives the ingester.
  Ingester(storage::Storage& storage, std::shared_ptr<const Target> target)
      : storage_(storage), target_(std::move(target)) {}

  // The same target as another configuration has it: same identity, maybe other rules.
  void Retarget(std::shared_ptr<const Target> target);

  // Takes all samples of a body and ends the series that are gone. kCorruption "line:column:
  // finding" when the body is broken: then nothing of it is taken, and Fail() is to follow.
  Status Store(std::string_view body, openmetrics::Format format, int64_t timestamp_ms,
               IngestCounts& counts);

  // Ends the target's series.
  void Fail(int64_t timestamp_ms);

  // Adds up and scrape_*, and commits.
  Status Report(const ScrapeReport& report, int64_t timestamp_ms);

  // Ends the target's series and those of the reports: it is not scraped any more.
  Status End(int64_t timestamp_ms);

 private:
  static constexpr size_t kReportSeries = 5;
  struct Pass;

  Result<bool> StoreExpectedLine(Pass& pass);
  Result<bool> StoreKnownLine(Pass& pass, const CachedLine& line, size_t ahead);
  Status StoreSample(Pass& pass);
  void EndSeries(storage::Appender& appender, const std::vector<storage::SeriesRef>& refs,
                 int64_t timestamp_ms);
  Result<LabelSet> SeriesLabels(const std::vector<Label>& exposed) const;

  storage::Storage& storage_;
  std::shared_ptr<const Target> target_;
  ScrapeCache cache_;
  std::unique_ptr<storage::Appender> appender_;  // from Store() or Fail() to Report()
  std::array<storage::SeriesRef, kReportSeries> report_refs_{};
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_INGEST_H_
