// Bodies with histograms of every kind are stored or refused, whatever a job makes of them: the
// first byte chooses the format and what becomes of histograms.
#include "server/scrape/ingest.h"
#include "server/scrape/recording_storage.h"

using namespace narthex;          // NOLINT(google-build-using-namespace)
using namespace narthex::server;  // NOLINT(google-build-using-namespace)

namespace {

std::shared_ptr<const Target> TargetOf(uint8_t choice) {
  auto job = std::make_shared<ScrapeConfig>();
  job->job_name = "j";
  job->scrape_interval = job->scrape_timeout = Duration::Seconds(1);
  job->options.scrape_native_histograms = (choice & 1) != 0;
  job->options.always_scrape_classic_histograms = (choice & 2) != 0;
  job->options.convert_classic_histograms_to_nhcb = (choice & 4) != 0;
  job->native_histogram_bucket_limit = (choice & 8) != 0 ? 4 : 0;
  job->native_histogram_min_bucket_factor = (choice & 16) != 0 ? 1.5 : 0;
  LabelSet discovered;
  return *Target::Make(job, "h:1", {}, &discovered);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const uint8_t choice = data[0];
  const auto format = (choice & 32) != 0   ? openmetrics::Format::kProtobuf
                      : (choice & 64) != 0 ? openmetrics::Format::kOpenMetrics
                                           : openmetrics::Format::kText;
  const std::string_view body(reinterpret_cast<const char*>(data + 1), size - 1);
  RecordingStorage storage(false);
  Ingester ingester(storage, TargetOf(choice));
  for (int64_t time_ms = 1; time_ms < 3; ++time_ms) {  // unknown, then known
    IngestCounts counts;
    const Status status = ingester.Store(body, format, time_ms, counts);
    if (status.ok()) {
      (void)ingester.Report({.up = true}, time_ms);
    } else {
      ingester.Fail(time_ms);
      (void)ingester.Report({.up = false}, time_ms);
    }
  }
  return 0;
}
