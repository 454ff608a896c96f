// From the body of a scrape to samples in storage.
#ifndef NARTHEX_SERVER_SCRAPE_INGEST_H_
#define NARTHEX_SERVER_SCRAPE_INGEST_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "common/openmetrics/format.h"
#include "server/scrape/scrape_cache.h"
#include "server/scrape/target.h"
#include "server/storage/storage.h"

namespace narthex::server {

struct IngestCounts {
  size_t samples = 0;
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

// The part of one target that stores. Used by one scrape at a time.
class Ingester {
 public:
  // Both outlive the ingester.
  Ingester(storage::Storage& storage, const Target& target) : storage_(storage), target_(target) {}

  // Stores all samples of a body, ends the series that are gone, and reports. kCorruption
  // "line:column: finding" when the body is broken: then nothing of it is stored, and Fail() is to
  // follow.
  Status Store(std::string_view body, openmetrics::Format format, int64_t timestamp_ms,
               IngestCounts& counts);

  // After a scrape without usable body: ends the target's series.
  Status Fail(int64_t timestamp_ms);

  // Writes up and scrape_*. After Store or Fail, each time.
  Status Report(const ScrapeReport& report, int64_t timestamp_ms);

 private:
  static constexpr size_t kReportSeries = 5;
  struct Pass;

  Result<bool> StoreExpectedLine(Pass& pass);
  Status StoreSample(Pass& pass);
  void EndSeries(storage::Appender& appender, const std::vector<storage::SeriesRef>& refs,
                 int64_t timestamp_ms);
  LabelSet SeriesLabels(const std::vector<Label>& exposed);

  storage::Storage& storage_;
  const Target& target_;
  ScrapeCache cache_;
  std::array<storage::SeriesRef, kReportSeries> report_refs_{};
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_INGEST_H_
