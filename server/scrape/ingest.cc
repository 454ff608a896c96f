#include "server/scrape/ingest.h"

#include <algorithm>

#include "common/bytes/numbers.h"
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

bool SameLimits(const ScrapeOptions& a, const ScrapeOptions& b) {
  return a.label_limit == b.label_limit && a.label_name_length_limit == b.label_name_length_limit &&
         a.label_value_length_limit == b.label_value_length_limit && a.Names() == b.Names() &&
         a.drops_new() == b.drops_new();
}

// The reference gives bounds and quantiles the spelling of OpenMetrics, so that one number is one
// series: "1" becomes "1.0". Nothing for another label, and for what is no number.
std::string CanonicalBound(std::string_view type, const Label& label) {
  const bool is_bound = (type == "histogram" && label.name == "le") ||
                        (type == "summary" && label.name == "quantile");
  const auto number = is_bound ? ParseDouble(label.value) : std::nullopt;
  if (!number) return {};
  std::string text = ExpositionDouble(*number);
  const bool whole = text.find_first_not_of("-0123456789") == std::string::npos;
  return whole ? text + ".0" : text;
}

Status TooLong(std::string_view what, std::string_view metric, std::string_view text,
               uint64_t limit) {
  return LimitReached(what, " exceeded: ", Quote(text), " of ", std::to_string(text.size()),
                      " bytes in metric ", Quote(metric), ", limit ", std::to_string(limit));
}

}  // namespace

// One way through one body.
struct Ingester::Pass {
  ExpositionParser parser;
  ScrapeCache::Walk walk;
  std::unique_ptr<storage::Appender> appender;
  const int64_t scrape_time_ms;
  const bool honor_timestamps;
  const size_t known_before;  // stored lines of the last scrape; for on_limit: drop_new
  IngestCounts& counts;
  std::string_view type = {};  // of the last # TYPE line

  // Whether the present sample has a time of its own that counts.
  bool OwnTime() const { return honor_timestamps && parser.sample().timestamp_ms.has_value(); }
  int64_t SampleTime() const { return OwnTime() ? *parser.sample().timestamp_ms : scrape_time_ms; }
  bool TooFarAhead() const { return OwnTime() && SampleTime() > scrape_time_ms + kMaxAheadMs; }
};

Ingester::Ingester(storage::Storage& storage, std::shared_ptr<const Target> target)
    : storage_(storage), target_(std::move(target)) {
  cache_.TrackOwnTimestamps(target_->config().track_timestamps_staleness);
}

Status Ingester::Store(std::string_view body, openmetrics::Format format, int64_t timestamp_ms,
                       IngestCounts& counts) {
  const ScrapeConfig& job = target_->config();
  Pass pass{ExpositionParser(body, format),
            ScrapeCache::Walk(cache_),
            storage_.NewAppender(),
            timestamp_ms,
            job.honor_timestamps,
            job.options.drops_new() ? cache_.CountStored() : 0,
            counts};
  for (;;) {
    ASSIGN_OR_RETURN(const bool was_expected, StoreExpectedLine(pass));
    if (was_expected) continue;
    ASSIGN_OR_RETURN(const Entry entry, pass.parser.Next());
    if (entry == Entry::kEnd) break;
    if (entry == Entry::kType) pass.type = pass.parser.metadata().text;
    if (entry == Entry::kSample) RETURN_IF_ERROR(StoreSample(pass));
  }
  // Only now, as the report is to say how many there were.
  const uint64_t limit = job.options.sample_limit;
  if (limit != 0 && counts.kept - counts.repeated_lines > limit)
    return LimitReached("sample limit exceeded: ", std::to_string(counts.kept), " samples, limit ",
                        std::to_string(limit));
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
  if (pass.walk.ExpectedCame(ahead)) return false;
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
  const SeriesHash hash = HashSeries(sample.series);
  const ScrapeCache::Walk::Found found = pass.walk.Find(hash);
  const CachedLine line(hash, found.ref, sample.series.size(), pass.OwnTime());
  if (!found.known) return StoreNewSeries(pass, hash, false);
  if (found.ref == storage::kNoRef) {
    if (!found.came) pass.walk.Add(line);
    return {};
  }
  if (found.came && !pass.OwnTime()) {  // whatever its value, as the reference has it
    ++pass.counts.kept;
    ++pass.counts.duplicates;
    ++pass.counts.repeated_lines;
    return {};
  }
  const Status stored =
      pass.TooFarAhead() ? Status(Code::kOutOfBounds, "too far ahead")
                         : pass.appender->AppendKnown(found.ref, pass.SampleTime(), sample.value);
  if (stored.code() == Code::kNotFound) return StoreNewSeries(pass, hash, true);
  RETURN_IF_ERROR(Count(stored, pass.counts));
  ++pass.counts.kept;
  pass.walk.Add(line);
  return {};
}

// A series that the last scrape did not have, or that storage has dropped since.
Status Ingester::StoreNewSeries(Pass& pass, const SeriesHash& hash, bool known) {
  const openmetrics::ParsedSample& sample = pass.parser.sample();
  ASSIGN_OR_RETURN(const std::vector<Label>* exposed, pass.parser.Labels());
  ASSIGN_OR_RETURN(const LabelSet labels, SeriesLabels(pass, *exposed));
  const auto line = [&](storage::SeriesRef ref) {
    return CachedLine(hash, ref, sample.series.size(), pass.OwnTime());
  };
  if (labels.empty()) {
    pass.walk.Add(line(storage::kNoRef));
    return {};
  }
  if (Status fits = CheckLabels(labels); !fits.ok()) {
    if (fits.code() != Code::kLimit || !target_->config().options.drops_new()) return fits;
    ++pass.counts.dropped_at_limit;
    return {};
  }
  if (!known && !HasRoom(pass)) {
    ++pass.counts.dropped_at_limit;
    return {};
  }
  ++pass.counts.kept;
  if (pass.TooFarAhead()) {
    ++pass.counts.out_of_bounds;
    return {};
  }
  const auto ref = pass.appender->Append(storage::kNoRef, labels, pass.SampleTime(), sample.value);
  if (!ref.ok()) return Count(ref.status(), pass.counts);
  if (!known) ++pass.counts.series_added;
  pass.walk.Add(line(*ref));
  return {};
}

// With on_limit drop_new: whether the limit leaves room for a series beside those that the last
// scrape had and that may still come.
bool Ingester::HasRoom(const Pass& pass) const {
  const ScrapeOptions& options = target_->config().options;
  if (!options.drops_new() || options.sample_limit == 0) return true;
  const size_t new_so_far = pass.counts.series_added;
  return pass.known_before + new_so_far < options.sample_limit;
}

Status Ingester::CheckLabels(const LabelSet& labels) const {
  const ScrapeOptions& options = target_->config().options;
  const std::string_view metric = labels.Get(kMetricName);
  const uint64_t count = options.label_limit == 0 ? 0 : labels.size();
  if (count > options.label_limit) {
    return LimitReached("label_limit exceeded: metric ", Quote(metric), " has ",
                        std::to_string(count), " labels, limit ",
                        std::to_string(options.label_limit));
  }
  const bool legacy = options.Names() == openmetrics::NameScheme::kLegacy;
  if (legacy && !IsLegacyMetricName(metric))
    return InvalidArgument("metric name ", Quote(metric), " is not admitted by the legacy scheme");
  const uint64_t name_limit = options.label_name_length_limit;
  const uint64_t value_limit = options.label_value_length_limit;
  if (!legacy && name_limit == 0 && value_limit == 0) return {};
  for (const Label label : labels) {
    if (legacy && !IsLegacyLabelName(label.name))
      return InvalidArgument("label name ", Quote(label.name), " of metric ", Quote(metric),
                             " is not admitted by the legacy scheme");
    if (name_limit != 0 && label.name.size() > name_limit)
      return TooLong("label_name_length_limit", metric, label.name, name_limit);
    if (value_limit != 0 && label.value.size() > value_limit)
      return TooLong("label_value_length_limit", metric, label.value, value_limit);
  }
  return {};
}

// Joins what the target exposed with the target's own labels, and relabels that. Where both have a
// name, honor_labels says who wins; the loser is kept as exported_NAME, or dropped. Empty when a
// rule drops the sample.
Result<LabelSet> Ingester::SeriesLabels(Pass& pass, const std::vector<Label>& exposed) const {
  const ScrapeConfig& config = target_->config();
  LabelSetBuilder builder;
  for (const Label& label : exposed) {
    const std::string bound = CanonicalBound(pass.type, label);
    builder.Set(label.name, bound.empty() ? label.value : std::string_view(bound));
  }
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
                           old.metric_relabel_configs == now.metric_relabel_configs &&
                           SameLimits(old.options, now.options);
  if (!same_series) cache_.Forget();
  cache_.TrackOwnTimestamps(now.track_timestamps_staleness);
  target_ = std::move(target);
}

Status Ingester::End(int64_t timestamp_ms) {
  const std::unique_ptr<storage::Appender> appender = storage_.NewAppender();
  EndSeries(*appender, cache_.End(), timestamp_ms);
  EndSeries(*appender, report_.Refs(), timestamp_ms);
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
  const std::unique_ptr<storage::Appender> appender = std::move(appender_);
  RETURN_IF_ERROR(report_.Append(*appender, *target_, report, timestamp_ms));
  return appender->Commit();
}

}  // namespace narthex::server
