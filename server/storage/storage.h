// What the parts of the server know of storage: writing through an Appender, reading through a
// Querier. The database implements it; scraping, queries and rules use it.
#ifndef NARTHEX_SERVER_STORAGE_STORAGE_H_
#define NARTHEX_SERVER_STORAGE_STORAGE_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/labels/label_set.h"
#include "common/openmetrics/model.h"
#include "common/status/status.h"
#include "server/storage/histogram.h"
#include "server/storage/matcher.h"

namespace narthex::storage {

// Names a series within one database. Grows, is never used for another label set.
using SeriesRef = uint64_t;
inline constexpr SeriesRef kNoRef = 0;

inline constexpr int64_t kMinTime = std::numeric_limits<int64_t>::min() / 2;
inline constexpr int64_t kMaxTime = std::numeric_limits<int64_t>::max() / 2;

// The value that marks the end of a series: one particular NaN. Compare bits, not values.
double StaleNaN();
bool IsStaleNaN(double value);

// When a sample was taken and, for what counts up, since when it counts. Unix milliseconds.
struct SampleTime {
  // NOLINTNEXTLINE(google-explicit-constructor): a plain timestamp is the usual case
  SampleTime(int64_t at, int64_t start = 0) : at_ms(at), start_ms(start) {}

  int64_t at_ms;
  int64_t start_ms;  // 0: not known
};

// What a target says of a metric family.
struct Metadata {
  openmetrics::Type type = openmetrics::Type::kUnknown;
  std::string unit;
  std::string help;

  friend bool operator==(const Metadata&, const Metadata&) = default;
};

// Appender adds the samples of one scrape or rule evaluation. Queriers see all of them after
// Commit() or none: destroying an uncommitted Appender rolls back. Use from one thread; outlived by
// its storage.
class Appender {
 public:
  virtual ~Appender() = default;

  // Appends one sample. `ref` is what an earlier call
  // returned for the same `labels`, or kNoRef; a stale one costs a lookup, never a wrong series.
  // Errors: kOutOfOrder, kOutOfBounds, kDuplicate, and kInvalidArgument for labels that no series
  // can have. Each rejects this sample only; go on appending. Semantics follow Prometheus'
  // storage.Appender.
  virtual Result<SeriesRef> Append(SeriesRef ref, const LabelSet& labels, SampleTime time,
                                   double value) = 0;

  // As Append(); kInvalidArgument, too, for what Validate() refuses. Floats and histograms may
  // follow each other in one series.
  virtual Result<SeriesRef> AppendHistogram(SeriesRef ref, const LabelSet& labels, SampleTime time,
                                            const Histogram& histogram) = 0;

  // An example of what the series counted; `exemplar` has a timestamp. kNotFound: `ref` is stale;
  // kDuplicate: it is the one before; kOutOfOrder: it is older than that.
  virtual Status AppendExemplar(SeriesRef ref, const openmetrics::Exemplar& exemplar) = 0;

  // What is known of the family of a series, for those who read the log. kNotFound: `ref` is stale.
  virtual Status UpdateMetadata(SeriesRef ref, const Metadata& metadata) = 0;

  // Says that AppendKnown with this ref is likely to follow soon, so that its memory can be brought
  // near meanwhile. Changes nothing.
  virtual void Expect(SeriesRef ref) { (void)ref; }

  // As Append for a series that an earlier call made known. kNotFound: `ref` is stale; nothing was
  // appended, call Append with the labels.
  virtual Status AppendKnown(SeriesRef ref, SampleTime time, double value) = 0;

  virtual Status Commit() = 0;  // kUnavailable if the log could not be written; nothing was applied
};

// A run of samples of one series, as columns of equal length. Timestamps ascend.
struct SampleColumns {
  std::vector<int64_t> timestamps_ms;
  std::vector<double> values;  // of a histogram: its sum, so that a stale marker shows here too
  // Empty where all samples are floats; else null at those that are.
  std::vector<HistogramPtr> histograms;
  // Since when each sample counts, 0 where that is not known; empty where it never is.
  std::vector<int64_t> starts_ms;

  size_t size() const { return values.size(); }
  bool has_histograms() const { return !histograms.empty(); }
  void Clear() {
    timestamps_ms.clear();
    values.clear();
    histograms.clear();
    starts_ms.clear();
  }
};

// The exemplars of one series, by time.
struct ExemplarSeries {
  LabelSet labels;
  std::vector<openmetrics::Exemplar> exemplars;
};

// The series that a selection found, in no particular order. Outlived by its Querier.
class SeriesSet {
 public:
  virtual ~SeriesSet() = default;

  virtual size_t size() const = 0;
  virtual const LabelSet& labels(size_t index) const = 0;

  // Replaces `samples` with those of one series within the querier's time range, staleness markers
  // among them. Safe from many threads, each with its own columns.
  virtual Status Read(size_t index, SampleColumns& samples) const = 0;
};

// A view of the data at the moment the querier was made: every earlier commit whole, no later one.
// Safe from many threads.
class Querier {
 public:
  virtual ~Querier() = default;

  // Series that satisfy all matchers and may have samples in the querier's range.
  virtual Result<std::unique_ptr<SeriesSet>> Select(const std::vector<Matcher>& matchers) const = 0;

  // Sorted; of the series that satisfy all matchers, of all series where there are none.
  virtual Result<std::vector<std::string>> LabelNames(
      const std::vector<Matcher>& matchers) const = 0;
  virtual Result<std::vector<std::string>> LabelValues(
      std::string_view name, const std::vector<Matcher>& matchers) const = 0;

  // Exemplars in the querier's range of the series that satisfy all matchers of any one of the
  // selections, sorted by labels.
  virtual Result<std::vector<ExemplarSeries>> SelectExemplars(
      const std::vector<std::vector<Matcher>>& selections) const = 0;
};

// Safe from many threads.
class Storage {
 public:
  virtual ~Storage() = default;

  virtual std::unique_ptr<Appender> NewAppender() = 0;
  // Samples from `min_time_ms` to `max_time_ms`, both included.
  virtual std::unique_ptr<Querier> NewQuerier(int64_t min_time_ms, int64_t max_time_ms) const = 0;
};

}  // namespace narthex::storage

#endif  // NARTHEX_SERVER_STORAGE_STORAGE_H_
