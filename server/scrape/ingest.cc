#include "server/scrape/ingest.h"

#include <algorithm>
#include <deque>

#include "common/openmetrics/parser.h"

namespace narthex::server {
namespace {

using openmetrics::Entry;
using openmetrics::ExpositionParser;

// How far a sample's own time may lie ahead of its scrape, as the reference has it. Storage takes
// what lies well behind the newest sample of all for too old: without this bound a single target
// could shut out every other.
constexpr int64_t kMaxAheadMs = 10 * 60 * 1000;

// A sample that storage refuses is counted and passed over, as the reference does; other failures
// are the caller's.
Status Count(const Status& status, IngestCounts& counts) {
  switch (status.code()) {
    case Code::kOutOfOrder:
      ++counts.out_of_order;
      return {};
    case Code::kDuplicate:
      ++counts.duplicates;
      return {};
    case Code::kOutOfBounds:
      ++counts.out_of_bounds;
      return {};
    default:
      return status;
  }
}

}  // namespace

// One way through one body.
struct Ingester::Pass {
  ExpositionParser parser;
  ScrapeCache::Walk walk;
  std::unique_ptr<storage::Appender> appender;
  const int64_t scrape_time_ms;
  const bool honor_timestamps;
  IngestCounts& counts;

  // Whether the present sample has a time of its own that counts.
  bool OwnTime() const { return honor_timestamps && parser.sample().timestamp_ms.has_value(); }
  int64_t SampleTime() const { return OwnTime() ? *parser.sample().timestamp_ms : scrape_time_ms; }
  bool TooFarAhead() const { return OwnTime() && SampleTime() > scrape_time_ms + kMaxAheadMs; }
};

Status Ingester::Store(std::string_view body, openmetrics::Format format, int64_t timestamp_ms,
                       IngestCounts& counts) {
  Pass pass{ExpositionParser(body, format),
            ScrapeCache::Walk(cache_),
            storage_.NewAppender(),
            timestamp_ms,
            target_->config().honor_timestamps,
            counts};
  for (;;) {
    ASSIGN_OR_RETURN(const bool was_expected, StoreExpectedLine(pass));
    if (was_expected) continue;
    ASSIGN_OR_RETURN(const Entry entry, pass.parser.Next());
    if (entry == Entry::kEnd) break;
    if (entry == Entry::kSample) RETURN_IF_ERROR(StoreSample(pass));
  }
  EndSeries(*pass.appender, pass.walk.Finish(), timestamp_ms);
  appender_ = std::move(pass.appender);
  return {};
}

// The usual line: the one that the last scrape had here, or the one behind it where a line was
// replaced or is gone. False where it is another.
Result<bool> Ingester::StoreExpectedLine(Pass& pass) {
  constexpr size_t kLookAhead = 1;
  constexpr size_t kExpectAhead = 4;  // lines; the time of four hides a fetch from memory
  const std::string_view rest = pass.parser.rest();
  if (rest.empty() || rest.front() == '#') return false;
  if (const CachedLine* later = pass.walk.Expected(kExpectAhead))
    pass.appender->Expect(later->ref());
  for (size_t ahead = 0; ahead <= kLookAhead; ++ahead) {
    const CachedLine* expected = pass.walk.Expected(ahead);
    if (expected == nullptr) return false;
    const bool same = rest.size() > expected->size() &&
                      HashSeries(rest.substr(0, expected->size())) == expected->hash();
    if (same) return StoreKnownLine(pass, *expected, ahead);
  }
  return false;
}

Result<bool> Ingester::StoreKnownLine(Pass& pass, const CachedLine& line, size_t ahead) {
  if (!pass.parser.KnownSample(line.size())) return false;
  if (pass.OwnTime() != line.own_timestamp() || pass.TooFarAhead()) {
    pass.parser.Unread();
    return false;
  }
  if (line.ref() == storage::kNoRef) {
    ++pass.counts.samples;
    pass.walk.TakeExpected(ahead);
    return true;
  }
  const Status status =
      Count(pass.appender->AppendKnown(line.ref(), pass.SampleTime(), pass.parser.sample().value),
            pass.counts);
  if (status.code() == Code::kNotFound) {  // storage has dropped the series
    pass.parser.Unread();
    return false;
  }
  RETURN_IF_ERROR(status);
  ++pass.counts.samples;
  ++pass.counts.kept;
  pass.walk.TakeExpected(ahead);
  return true;
}

Status Ingester::StoreSample(Pass& pass) {
  const openmetrics::ParsedSample& sample = pass.parser.sample();
  if (sample.series.size() > CachedLine::kMaxSize) return LimitReached("series of more than 8 MB");
  ++pass.counts.samples;
  if (pass.TooFarAhead()) {
    ++pass.counts.out_of_bounds;
    return {};
  }
  const SeriesHash hash = HashSeries(sample.series);
  const CachedLine* known = pass.walk.Find(hash);
  if (known != nullptr) {
    const storage::SeriesRef ref = known->ref();
    const bool dropped = ref == storage::kNoRef;
    Status status =
        dropped
            ? Status()
            : Count(pass.appender->AppendKnown(ref, pass.SampleTime(), sample.value), pass.counts);
    if (status.code() != Code::kNotFound) {
      pass.counts.kept += dropped ? 0 : 1;
      if (status.ok()) pass.walk.Add({hash, ref, sample.series.size(), pass.OwnTime()});
      return status;
    }
  }
  ASSIGN_OR_RETURN(const std::vector<Label>* exposed, pass.parser.Labels());
  ASSIGN_OR_RETURN(const LabelSet labels, SeriesLabels(*exposed));
  if (labels.empty()) {
    pass.walk.Add({hash, storage::kNoRef, sample.series.size(), pass.OwnTime()});
    return {};
  }
  ++pass.counts.kept;
  if (known == nullptr) ++pass.counts.series_added;
  const auto ref = pass.appender->Append(storage::kNoRef, labels, pass.SampleTime(), sample.value);
  if (!ref.ok()) return Count(ref.status(), pass.counts);
  pass.walk.Add({hash, *ref, sample.series.size(), pass.OwnTime()});
  return {};
}

// Joins what the target exposed with the target's own labels, and relabels that. Where both have a
// name, honor_labels says who wins; the loser is kept as exported_NAME, or dropped. Empty when a
// rule drops the sample.
Result<LabelSet> Ingester::SeriesLabels(const std::vector<Label>& exposed) const {
  const ScrapeConfig& config = target_->config();
  LabelSetBuilder builder;
  for (const Label& label : exposed) builder.Set(label.name, label.value);
  for (const Label own : target_->labels()) {
    const std::string theirs(builder.Get(own.name));
    if (config.honor_labels && !theirs.empty()) continue;
    if (!theirs.empty()) {
      std::string name = "exported_" + std::string(own.name);
      while (!builder.Get(name).empty()) name = "exported_" + name;
      builder.Set(name, theirs);
    }
    builder.Set(own.name, own.value);
  }
  if (!Relabel(config.metric_relabel_configs, builder)) return LabelSet();
  LabelSet labels = builder.Build();
  if (labels.empty()) return labels;
  if (labels.Get(kMetricName).empty())
    return InvalidArgument("relabelling left a sample without a name: ", labels.ToString());
  return labels;
}

void Ingester::Retarget(std::shared_ptr<const Target> target) {
  const ScrapeConfig& old = target_->config();
  const ScrapeConfig& now = target->config();
  const bool same_series = old.honor_labels == now.honor_labels &&
                           old.honor_timestamps == now.honor_timestamps &&
                           old.metric_relabel_configs == now.metric_relabel_configs;
  if (!same_series) cache_.Forget();
  target_ = std::move(target);
}

Status Ingester::End(int64_t timestamp_ms) {
  const std::unique_ptr<storage::Appender> appender = storage_.NewAppender();
  EndSeries(*appender, cache_.End(), timestamp_ms);
  EndSeries(*appender, {report_refs_.begin(), report_refs_.end()}, timestamp_ms);
  return appender->Commit();
}

void Ingester::Fail(int64_t timestamp_ms) {
  appender_ = storage_.NewAppender();
  EndSeries(*appender_, cache_.End(), timestamp_ms);
}

void Ingester::EndSeries(storage::Appender& appender, const std::vector<storage::SeriesRef>& refs,
                         int64_t timestamp_ms) {
  for (const storage::SeriesRef ref : refs) {
    // A series that storage has dropped meanwhile, or that has a later sample, needs no marker.
    (void)appender.AppendKnown(ref, timestamp_ms, storage::StaleNaN());
  }
}

Status Ingester::Report(const ScrapeReport& report, int64_t timestamp_ms) {
  const struct {
    std::string_view name;
    double value;
  } series[kReportSeries] = {
      {"up", report.up ? 1.0 : 0.0},
      {"scrape_duration_seconds", report.duration_seconds},
      {"scrape_samples_scraped", static_cast<double>(report.counts.samples)},
      {"scrape_samples_post_metric_relabeling", static_cast<double>(report.counts.kept)},
      {"scrape_series_added", static_cast<double>(report.counts.series_added)}};
  const std::unique_ptr<storage::Appender> appender = std::move(appender_);
  for (size_t i = 0; i < kReportSeries; ++i) {
    storage::SeriesRef& ref = report_refs_[i];
    Status status = ref == storage::kNoRef
                        ? Status(Code::kNotFound, "not stored before")
                        : appender->AppendKnown(ref, timestamp_ms, series[i].value);
    if (status.code() == Code::kNotFound) {
      const LabelSet labels =
          LabelSetBuilder(target_->labels()).Set(kMetricName, series[i].name).Build();
      const auto stored = appender->Append(storage::kNoRef, labels, timestamp_ms, series[i].value);
      if (stored.ok()) ref = *stored;
      status = stored.status();
    }
    IngestCounts ignored;  // a report that is late must not cost the samples
    RETURN_IF_ERROR(Count(status, ignored));
  }
  return appender->Commit();
}

}  // namespace narthex::server
