// From the body of a scrape to samples in storage.
#ifndef NARTHEX_SERVER_SCRAPE_INGEST_H_
#define NARTHEX_SERVER_SCRAPE_INGEST_H_

#include <cstdint>
#include <memory>
#include <string_view>

#include "common/openmetrics/format.h"
#include "common/openmetrics/parser.h"
#include "server/scrape/classic_collector.h"
#include "server/scrape/expand_family.h"
#include "server/scrape/family_metadata.h"
#include "server/scrape/scrape_cache.h"
#include "server/scrape/scrape_report.h"
#include "server/scrape/target.h"
#include "server/storage/storage.h"

namespace narthex::server {

struct IngestOptions {
  bool start_times = false;           // stored with samples: since when they count
  bool type_and_unit_labels = false;  // of the metric, stored as __type__ and __unit__
  const SeriesHasher* hasher = &SeriesHasher::OfProcess();  // outlives the ingester
};

// The part of one target that stores. Used by one scrape at a time: Store(), or Fail() where there
// is no usable body, then Report(), which commits both together.
class Ingester {
 public:
  // The storage outlives the ingester.
  Ingester(storage::Storage& storage, std::shared_ptr<const Target> target,
           const IngestOptions& options = {});

  // The same target as another configuration has it: same identity, maybe other rules.
  void Retarget(std::shared_ptr<const Target> target);

  // Takes all samples of a body and ends the series that are gone. When it fails, nothing of it is
  // taken, and Fail() is to follow; `counts` says how far it came. kCorruption "line:column:
  // finding": the body is broken; kDuplicate: a label twice; kLimit: one of the job's limits;
  // kInvalidArgument: a sample without a name, or with one that the job does not admit.
  Status Store(std::string_view body, openmetrics::Format format, int64_t timestamp_ms,
               IngestCounts& counts);

  // Ends the target's series.
  void Fail(int64_t timestamp_ms);

  // Adds up and scrape_*, and commits.
  Status Report(const ScrapeReport& report, int64_t timestamp_ms);

  // Ends the target's series and those of the reports: it is not scraped any more.
  Status End(int64_t timestamp_ms);

 private:
  struct Pass;

  Status StoreText(Pass& pass, std::string_view body, openmetrics::Format format);
  Status TakeMetadata(Pass& pass, openmetrics::Entry entry, MetadataFollower::Escapes escapes,
                      ClassicCollector& classic);
  Status StoreProtobuf(Pass& pass, std::string_view body);
  Result<bool> StoreExpectedLine(Pass& pass);
  Result<bool> StoreKnownLine(Pass& pass, const CachedLine& line, size_t ahead);
  Status StoreTextSample(Pass& pass, ClassicCollector& classic);
  Status StoreSample(Pass& pass, const IncomingSample& sample);
  Status StoreKnownSeries(Pass& pass, const IncomingSample& sample, const CachedLine& line);
  Status StoreNewSeries(Pass& pass, const IncomingSample& sample, const SeriesHash& hash,
                        bool known);
  Result<storage::SeriesRef> Append(Pass& pass, const IncomingSample& sample,
                                    const LabelSet& labels);
  static void AppendExemplars(Pass& pass, const IncomingSample& sample, storage::SeriesRef ref);
  bool HasRoom(const Pass& pass) const;
  void EndSeries(storage::Appender& appender, const std::vector<storage::SeriesRef>& refs,
                 int64_t timestamp_ms);
  Result<LabelSet> SeriesLabels(Pass& pass, const std::vector<Label>& exposed) const;

  storage::Storage& storage_;
  const IngestOptions options_;
  std::shared_ptr<const Target> target_;
  ScrapeCache cache_;
  MetadataFollower metadata_;
  std::unique_ptr<storage::Appender> appender_;  // from Store() or Fail() to Report()
  ReportSeries report_;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_INGEST_H_
