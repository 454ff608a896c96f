// Runs of native histograms of every kind, for tests.
#ifndef NARTHEX_SERVER_TSDB_TEST_HISTOGRAMS_H_
#define NARTHEX_SERVER_TSDB_TEST_HISTOGRAMS_H_

#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "server/storage/storage.h"
#include "server/tsdb/histogram_layout.h"

namespace narthex::tsdb {

// Makes one histogram after the other, as a counter (or gauge) with observations coming in, now and
// then in buckets that had none, with restarts, other schemas, stale markers.
class HistogramSource {
 public:
  enum class Kind : uint8_t { kCounter, kGauge, kCustom };

  HistogramSource(uint64_t seed, bool float_counts, Kind kind)
      : random_(seed), float_counts_(float_counts), kind_(kind) {
    Restart();
  }

  storage::HistogramPtr Next() {
    const uint64_t dice = random_() % 100;
    if (dice < 2)
      return std::make_shared<storage::Histogram>(storage::StaleHistogram(float_counts_));
    if (dice < 4) Restart();
    if (kind_ == Kind::kGauge) positive_.clear(), negative_.clear();
    for (uint64_t i = random_() % 8; i > 0; --i) Observe();
    return std::make_shared<storage::Histogram>(Present());
  }

 private:
  using Counts = std::map<int64_t, double>;

  void Restart() {
    positive_.clear();
    negative_.clear();
    zero_ = 0;
    sum_ = 0;
    schema_ = static_cast<int32_t>(random_() % 13) - 4;
    zero_threshold_ = random_() % 2 == 0 ? std::ldexp(0.5, -127) : 0.0123;
    bounds_ = {0, 0.005, 1, 2.5, 33554.43, 1e9};
    if (random_() % 2 == 0) bounds_.insert(bounds_.begin(), {-1.0 / 3, -0.25});
  }

  double Amount() {
    const auto whole = static_cast<double>(1 + random_() % 1000);
    return float_counts_ ? whole / 7 : whole;
  }

  void Observe() {
    sum_ += static_cast<double>(random_() % 1000) / 3;
    if (kind_ == Kind::kCustom) {
      positive_[static_cast<int64_t>(random_() % (bounds_.size() + 1))] += Amount();
    } else if (random_() % 8 == 0) {
      zero_ += Amount();
    } else {
      Counts& side = random_() % 3 == 0 ? negative_ : positive_;
      side[static_cast<int64_t>(random_() % 40) - 20] += Amount();
    }
  }

  static storage::BucketCounts SideOf(const Counts& counts) {
    BucketIndexes indexes;
    storage::BucketCounts side;
    for (const auto& [index, count] : counts) {
      indexes.push_back(index);
      side.counts.push_back(count);
    }
    side.spans = SpansOf(indexes);
    return side;
  }

  storage::Histogram Present() {
    storage::Histogram histogram;
    histogram.float_counts = float_counts_;
    if (kind_ == Kind::kGauge) histogram.hint = storage::CounterResetHint::kGauge;
    histogram.schema = kind_ == Kind::kCustom ? storage::Histogram::kCustomBuckets : schema_;
    if (kind_ == Kind::kCustom) {
      histogram.custom_bounds = bounds_;
    } else {
      histogram.zero_threshold = zero_threshold_;
      histogram.zero_count = zero_;
    }
    histogram.positive = SideOf(positive_);
    histogram.negative = SideOf(negative_);
    histogram.count = histogram.zero_count;
    for (const auto* side : {&positive_, &negative_}) {
      for (const auto& [index, count] : *side) histogram.count += count;
    }
    histogram.sum = random_() % 50 == 0 ? std::numeric_limits<double>::infinity() : sum_;
    return histogram;
  }

  std::mt19937_64 random_;
  const bool float_counts_;
  const Kind kind_;
  Counts positive_;
  Counts negative_;
  double zero_ = 0;
  double sum_ = 0;
  int32_t schema_ = 0;
  double zero_threshold_ = 0;
  std::vector<double> bounds_;
};

inline std::string HistogramText(const storage::Histogram& histogram) {
  const auto number = [](double value) { return std::to_string(value) + " "; };
  std::string text = "sum " + number(histogram.sum) + "count " + number(histogram.count) + "zero " +
                     number(histogram.zero_count) + "schema " + std::to_string(histogram.schema);
  for (const auto* side : {&histogram.positive, &histogram.negative}) {
    text += " |";
    const BucketIndexes indexes = IndexesOf(side->spans);
    for (size_t i = 0; i < indexes.size(); ++i)
      text += " " + std::to_string(indexes[i]) + ":" + number(side->counts[i]);
  }
  return text;
}

// Where two runs of samples differ; empty where they are the same. Buckets without counts and hints
// do not matter.
inline std::string FirstDifference(const storage::SampleColumns& a,
                                   const storage::SampleColumns& b) {
  if (a.timestamps_ms != b.timestamps_ms) {
    return "timestamps: " + std::to_string(a.size()) + " and " + std::to_string(b.size()) +
           " samples";
  }
  for (size_t i = 0; i < a.size(); ++i) {
    const auto of = [i](const storage::SampleColumns& samples) {
      return samples.has_histograms() ? samples.histograms[i] : nullptr;
    };
    const std::string at = "sample " + std::to_string(i) + ": ";
    if ((of(a) == nullptr) != (of(b) == nullptr)) return at + "float and histogram";
    if (of(a) == nullptr &&
        std::bit_cast<uint64_t>(a.values[i]) != std::bit_cast<uint64_t>(b.values[i]))
      return at + std::to_string(a.values[i]) + " and " + std::to_string(b.values[i]);
    if (of(a) != nullptr && !SameObservations(*of(a), *of(b)))
      return at + HistogramText(*of(a)) + " and " + HistogramText(*of(b));
  }
  return "";
}

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_TEST_HISTOGRAMS_H_
