#include "server/scrape/scrape_report.h"

#include <string_view>

namespace narthex::server {
namespace {

bool IsPassedOver(Code code) {
  return code == Code::kOutOfOrder || code == Code::kDuplicate || code == Code::kOutOfBounds;
}

// The part of a limit that is not used up; negative beyond it.
double Headroom(double used, uint64_t limit) { return 1 - used / static_cast<double>(limit); }

}  // namespace

struct ReportSeries::Sample {
  Row row;
  std::string_view name;
  double value;
  bool wanted = true;           // else its series, if there is one, ends
  std::string_view label = {};  // besides those of the target; empty for none
  std::string_view label_value = {};
};

Status ReportSeries::Append(storage::Appender& appender, const Target& target,
                            const ScrapeReport& report, int64_t timestamp_ms) {
  const ScrapeOptions& options = target.config().options;
  const bool extra = options.extra_scrape_metrics.value_or(false);
  const bool failures = options.scrape_failure_metrics.value_or(false);
  const bool headroom = options.limit_headroom_metrics.value_or(false);
  const auto kept = static_cast<double>(report.counts.kept);
  const uint64_t body_limit = options.body_size_limit.bytes;
  constexpr std::string_view kHeadroom = "scrape_limit_headroom_ratio";
  if (report.failure != failure_) EndOne(appender, kFailure, timestamp_ms);
  failure_ = report.failure;
  const Sample samples[] = {
      {kUp, "up", report.up ? 1.0 : 0.0},
      {kDuration, "scrape_duration_seconds", report.duration_seconds},
      {kScraped, "scrape_samples_scraped", static_cast<double>(report.counts.samples)},
      {kPostRelabeling, "scrape_samples_post_metric_relabeling", kept},
      {kAdded, "scrape_series_added", static_cast<double>(report.counts.series_added)},
      {kTimeout, "scrape_timeout_seconds", target.timeout().seconds(), extra},
      {kSampleLimit, "scrape_sample_limit", static_cast<double>(options.sample_limit), extra},
      {kBodySize, "scrape_body_size_bytes", report.body_bytes, extra},
      {kFailure, "scrape_failure", 1, failures && report.failure != ScrapeFailure::kNone, "reason",
       FailureName(report.failure)},
      {kSampleHeadroom, kHeadroom, Headroom(kept, options.sample_limit),
       headroom && options.sample_limit != 0, "limit", "sample_limit"},
      {kBodyHeadroom, kHeadroom,
       report.body_bytes < 0 ? 0 : Headroom(report.body_bytes, body_limit),
       headroom && body_limit != 0, "limit", "body_size_limit"},
      {kTargetHeadroom, kHeadroom,
       Headroom(static_cast<double>(report.targets), options.target_limit),
       headroom && options.target_limit != 0, "limit", "target_limit"},
  };
  for (const Sample& sample : samples) {
    if (sample.wanted) {
      RETURN_IF_ERROR(AppendOne(appender, target, sample, timestamp_ms));
    } else {
      EndOne(appender, sample.row, timestamp_ms);
    }
  }
  return {};
}

Status ReportSeries::AppendOne(storage::Appender& appender, const Target& target,
                               const Sample& sample, int64_t timestamp_ms) {
  storage::SeriesRef& ref = refs_[sample.row];
  Status status = ref == storage::kNoRef ? Status(Code::kNotFound, "not stored before")
                                         : appender.AppendKnown(ref, timestamp_ms, sample.value);
  if (status.code() == Code::kNotFound) {
    LabelSetBuilder labels(target.labels());
    labels.Set(kMetricName, sample.name);
    if (!sample.label.empty()) labels.Set(sample.label, sample.label_value);
    const auto stored =
        appender.Append(storage::kNoRef, labels.Build(), timestamp_ms, sample.value);
    if (stored.ok()) ref = *stored;
    status = stored.status();
  }
  return IsPassedOver(status.code()) ? Status() : status;
}

void ReportSeries::EndOne(storage::Appender& appender, Row row, int64_t timestamp_ms) {
  if (refs_[row] == storage::kNoRef) return;
  // A series that storage has dropped meanwhile needs no marker.
  (void)appender.AppendKnown(refs_[row], timestamp_ms, storage::StaleNaN());
  refs_[row] = storage::kNoRef;
}

std::vector<storage::SeriesRef> ReportSeries::Refs() const {
  std::vector<storage::SeriesRef> refs;
  for (const storage::SeriesRef ref : refs_) {
    if (ref != storage::kNoRef) refs.push_back(ref);
  }
  return refs;
}

}  // namespace narthex::server
