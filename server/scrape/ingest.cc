#include "server/scrape/ingest.h"

#include <algorithm>

#include "common/bytes/numbers.h"
#include "common/openmetrics/formats.h"
#include "common/openmetrics/parser.h"
#include "server/scrape/bucket_limits.h"
#include "server/scrape/created_times.h"
#include "server/scrape/label_limits.h"

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

// Type and unit of the family at hand, as they become labels. The reference lets a unit, and a
// type, hold until the next one is told; here they end with their family.
class FamilySchema {
 public:
  explicit FamilySchema(const SeriesHasher& hasher) : hasher_(hasher) {}

  void Begin(std::string_view family) {
    family_ = family;
    Set({}, {});
  }
  void SetType(std::string_view type) {
    Set(type == "unknown" || type == "untyped" ? std::string_view() : type, unit_);
  }
  void SetUnit(std::string_view unit) { Set(type_, unit); }

  std::string_view family() const { return family_; }
  // Of a series as the body has it, below this family: lines that are equal but for type and unit
  // are told apart.
  SeriesHash Hash(std::string_view series) const { return hasher_(series) ^ context_; }

  // In place of what the target says.
  void AddTo(LabelSetBuilder& labels) const {
    if (!type_.empty()) labels.Set("__type__", type_);
    if (!unit_.empty()) labels.Set("__unit__", unit_);
  }

 private:
  void Set(std::string_view type, std::string_view unit) {
    type_ = type;
    unit_ = unit;
    context_ = {};
    if (!type.empty() || !unit.empty())
      context_ = hasher_(std::string(type).append(1, '\0').append(unit));
  }

  const SeriesHasher& hasher_;
  std::string_view family_, type_, unit_;  // in the body
  SeriesHash context_{};
};

}  // namespace

// One way through one body.
struct Ingester::Pass {
  std::optional<ExpositionParser> parser;  // of text
  ScrapeCache::Walk walk;
  std::unique_ptr<storage::Appender> appender;
  const int64_t scrape_time_ms;
  const bool honor_timestamps;
  const size_t known_before;  // stored lines of the last scrape; for on_limit: drop_new
  IngestCounts& counts;
  FamilySchema schema;                       // empty unless it is stored
  std::string_view type = {};                // of the last # TYPE line
  bool converts = false;                     // classic histograms in text become native ones
  std::string_view family = {};              // of the last # TYPE line
  std::optional<CreatedTimes> created = {};  // of text, where start times are stored

  // Whether a time that came with a sample counts.
  bool IsOwn(const std::optional<int64_t>& time_ms) const {
    return honor_timestamps && time_ms.has_value();
  }
  int64_t TimeOf(const std::optional<int64_t>& time_ms) const {
    return IsOwn(time_ms) ? *time_ms : scrape_time_ms;
  }
  storage::SampleTime TimeOf(const IncomingSample& sample) const {
    return {TimeOf(sample.timestamp_ms), sample.start_ms};
  }
  bool TooFarAhead(const std::optional<int64_t>& time_ms) const {
    return IsOwn(time_ms) && *time_ms > scrape_time_ms + kMaxAheadMs;
  }
};

Ingester::Ingester(storage::Storage& storage, std::shared_ptr<const Target> target,
                   const IngestOptions& options)
    : storage_(storage), options_(options), target_(std::move(target)) {
  cache_.TrackOwnTimestamps(target_->config().track_timestamps_staleness);
}

Status Ingester::Store(std::string_view body, openmetrics::Format format, int64_t timestamp_ms,
                       IngestCounts& counts) {
  const ScrapeConfig& job = target_->config();
  Pass pass{std::nullopt,
            ScrapeCache::Walk(cache_),
            storage_.NewAppender(),
            timestamp_ms,
            job.honor_timestamps,
            job.options.drops_new() ? cache_.CountStored() : 0,
            counts,
            FamilySchema(*options_.hasher)};
  const Status stored = format == openmetrics::Format::kProtobuf ? StoreProtobuf(pass, body)
                                                                 : StoreText(pass, body, format);
  MetadataListPtr metadata = metadata_.Finish();
  RETURN_IF_ERROR(stored);
  // Only now, as the report is to say how many there were.
  const uint64_t limit = job.options.sample_limit;
  if (limit != 0 && counts.kept - counts.repeated_lines > limit) {
    counts.limit = BrokenLimit::kSamples;
    return LimitReached("sample limit exceeded: ", std::to_string(counts.kept), " samples, limit ",
                        std::to_string(limit));
  }
  EndSeries(*pass.appender, pass.walk.Finish(), timestamp_ms);
  appender_ = std::move(pass.appender);
  if (metadata) target_->SetMetadata(std::move(metadata));
  return {};
}

Status Ingester::StoreText(Pass& pass, std::string_view body, openmetrics::Format format) {
  pass.parser.emplace(body, format);
  const auto escapes = openmetrics::IsOpenMetrics(format) ? MetadataFollower::Escapes::kOpenMetrics
                                                          : MetadataFollower::Escapes::kText;
  pass.converts = target_->histograms().to_custom_buckets;
  if (options_.start_times && openmetrics::IsOpenMetrics(format))
    pass.created.emplace(body, format);
  ClassicCollector classic([&](const IncomingSample& sample) { return StoreSample(pass, sample); });
  for (;;) {
    ASSIGN_OR_RETURN(const bool was_expected, StoreExpectedLine(pass));
    if (was_expected) continue;
    ASSIGN_OR_RETURN(const Entry entry, pass.parser->Next());
    if (entry == Entry::kEnd) break;
    if (entry == Entry::kSample) {
      RETURN_IF_ERROR(StoreTextSample(pass, classic));
    } else {
      RETURN_IF_ERROR(TakeMetadata(pass, entry, escapes, classic));
    }
  }
  return classic.Finish();
}

Status Ingester::TakeMetadata(Pass& pass, Entry entry, MetadataFollower::Escapes escapes,
                              ClassicCollector& classic) {
  using Field = MetadataFollower::Field;
  const openmetrics::ParsedMetadata& line = pass.parser->metadata();
  if (line.family != pass.schema.family()) {
    RETURN_IF_ERROR(classic.Finish());  // what was gathered belongs to the family before
    pass.schema.Begin(line.family);
  }
  if (entry == Entry::kHelp) {
    metadata_.Note(line.family, Field::kHelp, line.text, escapes);
    return {};
  }
  if (entry == Entry::kUnit) {
    if (options_.type_and_unit_labels) pass.schema.SetUnit(line.text);
    metadata_.Note(line.family, Field::kUnit, line.text, escapes);
    return {};
  }
  metadata_.Note(line.family, Field::kType, line.text, escapes);
  if (pass.converts) RETURN_IF_ERROR(classic.BeginFamily(line.family, line.text == "histogram"));
  if (options_.type_and_unit_labels) pass.schema.SetType(line.text);
  pass.type = line.text;
  pass.family = line.family;
  return {};
}

Status Ingester::StoreTextSample(Pass& pass, ClassicCollector& classic) {
  const openmetrics::ParsedSample& parsed = pass.parser->sample();
  IncomingSample sample{
      .series = parsed.series, .value = parsed.value, .timestamp_ms = parsed.timestamp_ms};
  const std::optional<openmetrics::Exemplar>& exemplar = pass.parser->exemplar();
  if (exemplar) sample.exemplars.push_back(&*exemplar);
  if (pass.created && CreatedTimes::CanHave(pass.type)) {
    ASSIGN_OR_RETURN(const std::vector<Label>* labels, pass.parser->Labels());
    if (CreatedTimes::IsCreated(pass.type, pass.family, *labels)) return {};
    sample.start_ms = pass.created->Of(pass.type, pass.family, *labels);
  }
  if (pass.converts && pass.type == "histogram") {
    ASSIGN_OR_RETURN(const std::vector<Label>* labels, pass.parser->Labels());
    ASSIGN_OR_RETURN(const bool gathered, classic.Add(sample, *labels));
    if (gathered && !target_->histograms().always_classic) return {};
  }
  return StoreSample(pass, sample);
}

Status Ingester::StoreProtobuf(Pass& pass, std::string_view body) {
  ASSIGN_OR_RETURN(const std::vector<openmetrics::MetricFamily> families,
                   openmetrics::ReadFamilies(body, openmetrics::Format::kProtobuf,
                                             openmetrics::NameScheme::kUtf8));
  for (const openmetrics::MetricFamily& family : families) {
    using Field = MetadataFollower::Field;
    constexpr auto kPlain = MetadataFollower::Escapes::kNone;
    metadata_.Note(family.name, Field::kType, openmetrics::TypeName(family.type), kPlain);
    metadata_.Note(family.name, Field::kHelp, family.help, kPlain);
    if (!family.unit.empty()) metadata_.Note(family.name, Field::kUnit, family.unit, kPlain);
    pass.schema.Begin(family.name);
    if (options_.type_and_unit_labels) {
      pass.schema.SetType(openmetrics::TypeName(family.type));
      pass.schema.SetUnit(family.unit);
    }
    RETURN_IF_ERROR(ExpandFamily(family, target_->histograms(), [&](const IncomingSample& sample) {
      return StoreSample(pass, sample);
    }));
  }
  return {};
}

// The usual line: the one that the last scrape had here, or the one behind it where a line was
// replaced or is gone. False where it is another.
Result<bool> Ingester::StoreExpectedLine(Pass& pass) {
  constexpr size_t kLookAhead = 1;
  constexpr size_t kExpectAhead = 4;  // lines; the time of four hides a fetch from memory
  const std::string_view rest = pass.parser->rest();
  if (rest.empty() || rest.front() == '#') return false;
  if (pass.converts && pass.type == "histogram") return false;         // each line is needed
  if (pass.created && CreatedTimes::CanHave(pass.type)) return false;  // the start is looked up
  if (const CachedLine* later = pass.walk.Expected(kExpectAhead))
    pass.appender->Expect(later->ref());
  for (size_t ahead = 0; ahead <= kLookAhead; ++ahead) {
    const CachedLine* expected = pass.walk.Expected(ahead);
    if (expected == nullptr) return false;
    const bool same = rest.size() > expected->size() &&
                      pass.schema.Hash(rest.substr(0, expected->size())) == expected->hash();
    if (same) return StoreKnownLine(pass, *expected, ahead);
  }
  return false;
}

Result<bool> Ingester::StoreKnownLine(Pass& pass, const CachedLine& line, size_t ahead) {
  if (pass.walk.ExpectedCame(ahead)) return false;
  if (!pass.parser->KnownSample(line.size())) return false;
  const openmetrics::ParsedSample& sample = pass.parser->sample();
  if (pass.IsOwn(sample.timestamp_ms) != line.own_timestamp() ||
      pass.TooFarAhead(sample.timestamp_ms)) {
    pass.parser->Unread();
    return false;
  }
  if (line.ref() == storage::kNoRef) {
    ++pass.counts.samples;
    pass.walk.TakeExpected(ahead);
    return true;
  }
  const Status status =
      Count(pass.appender->AppendKnown(line.ref(), pass.TimeOf(sample.timestamp_ms), sample.value),
            pass.counts);
  if (status.code() == Code::kNotFound) {  // storage has dropped the series
    pass.parser->Unread();
    return false;
  }
  RETURN_IF_ERROR(status);
  ++pass.counts.samples;
  ++pass.counts.kept;
  pass.walk.TakeExpected(ahead);
  return true;
}

Status Ingester::StoreSample(Pass& pass, const IncomingSample& sample) {
  if (sample.series.size() > CachedLine::kMaxSize) return LimitReached("series of more than 8 MB");
  ++pass.counts.samples;
  const SeriesHash hash = pass.schema.Hash(sample.series);
  const ScrapeCache::Walk::Found found = pass.walk.Find(hash);
  if (!found.known) return StoreNewSeries(pass, sample, hash, false);
  const CachedLine line(hash, found.ref, sample.series.size(), pass.IsOwn(sample.timestamp_ms));
  if (found.ref == storage::kNoRef) {
    if (!found.came) pass.walk.Add(line);
    return {};
  }
  if (found.came && !line.own_timestamp()) {  // whatever its value, as the reference has it
    ++pass.counts.kept;
    ++pass.counts.duplicates;
    ++pass.counts.repeated_lines;
    return {};
  }
  return StoreKnownSeries(pass, sample, line);
}

Status Ingester::StoreKnownSeries(Pass& pass, const IncomingSample& sample,
                                  const CachedLine& line) {
  Status stored(Code::kOutOfBounds, "too far ahead");
  if (!pass.TooFarAhead(sample.timestamp_ms)) {
    // A histogram goes by its labels: the calls that go by the ref alone are for floats.
    if (sample.histogram != nullptr) return StoreNewSeries(pass, sample, line.hash(), true);
    stored = pass.appender->AppendKnown(line.ref(), pass.TimeOf(sample), sample.value);
  }
  if (stored.code() == Code::kNotFound) return StoreNewSeries(pass, sample, line.hash(), true);
  const bool taken = stored.ok();
  RETURN_IF_ERROR(Count(stored, pass.counts));
  if (taken) AppendExemplars(pass, sample, line.ref());
  ++pass.counts.kept;
  pass.walk.Add(line);
  return {};
}

// A series that the last scrape did not have, or that storage has dropped since.
Status Ingester::StoreNewSeries(Pass& pass, const IncomingSample& sample, const SeriesHash& hash,
                                bool known) {
  const std::vector<Label>* exposed = sample.labels;
  if (exposed == nullptr) {
    ASSIGN_OR_RETURN(exposed, pass.parser->Labels());
  }
  ASSIGN_OR_RETURN(const LabelSet labels, SeriesLabels(pass, *exposed));
  const auto line = [&](storage::SeriesRef ref) {
    return CachedLine(hash, ref, sample.series.size(), pass.IsOwn(sample.timestamp_ms));
  };
  if (labels.empty()) {
    pass.walk.Add(line(storage::kNoRef));
    return {};
  }
  if (Status fits = CheckLabels(labels, target_->config().options); !fits.ok()) {
    const bool over = fits.code() == Code::kLimit;
    if (over) pass.counts.limit = BrokenLimit::kLabels;
    if (!over || !target_->config().options.drops_new()) return fits;
    ++pass.counts.dropped_at_limit;
    return {};
  }
  if (!known && !HasRoom(pass)) {
    ++pass.counts.dropped_at_limit;
    return {};
  }
  ++pass.counts.kept;
  if (pass.TooFarAhead(sample.timestamp_ms)) {
    ++pass.counts.out_of_bounds;
    return {};
  }
  const auto ref = Append(pass, sample, labels);
  if (!ref.ok()) return Count(ref.status(), pass.counts);
  AppendExemplars(pass, sample, *ref);
  if (!known) ++pass.counts.series_added;
  pass.walk.Add(line(*ref));
  return {};
}

Result<storage::SeriesRef> Ingester::Append(Pass& pass, const IncomingSample& sample,
                                            const LabelSet& labels) {
  const storage::SampleTime time = pass.TimeOf(sample);
  if (sample.histogram == nullptr)
    return pass.appender->Append(storage::kNoRef, labels, time, sample.value);
  const ScrapeConfig& job = target_->config();
  storage::Histogram histogram = *sample.histogram;
  if (const Status fits = LimitBuckets(job.native_histogram_bucket_limit,
                                       job.native_histogram_min_bucket_factor, histogram);
      !fits.ok()) {
    pass.counts.limit = BrokenLimit::kBuckets;
    return fits;
  }
  return pass.appender->AppendHistogram(storage::kNoRef, labels, time, histogram);
}

// One that storage does not take is no reason to refuse the sample.
void Ingester::AppendExemplars(Pass& pass, const IncomingSample& sample, storage::SeriesRef ref) {
  const auto append = [&](const openmetrics::Exemplar& exemplar) {
    const Status status = pass.appender->AppendExemplar(ref, exemplar);
    if (status.code() == Code::kOutOfOrder) ++pass.counts.late_exemplars;
  };
  for (const openmetrics::Exemplar* exemplar : sample.exemplars) {
    if (exemplar->timestamp_ms) {
      append(*exemplar);
    } else if (sample.histogram == nullptr) {
      openmetrics::Exemplar timed = *exemplar;
      timed.timestamp_ms = pass.TimeOf(sample.timestamp_ms);
      append(timed);
    }
  }
}

// With on_limit drop_new: whether the limit leaves room for a series beside those that the last
// scrape had and that may still come.
bool Ingester::HasRoom(const Pass& pass) const {
  const ScrapeOptions& options = target_->config().options;
  if (!options.drops_new() || options.sample_limit == 0) return true;
  const size_t new_so_far = pass.counts.series_added;
  return pass.known_before + new_so_far < options.sample_limit;
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
  pass.schema.AddTo(builder);
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
  const bool same_series =
      old.honor_labels == now.honor_labels && old.honor_timestamps == now.honor_timestamps &&
      old.metric_relabel_configs == now.metric_relabel_configs &&
      target_->histograms() == target->histograms() && SameLimits(old.options, now.options);
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
