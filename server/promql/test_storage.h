// Storage in memory, for tests of the engine.
#ifndef NARTHEX_SERVER_PROMQL_TEST_STORAGE_H_
#define NARTHEX_SERVER_PROMQL_TEST_STORAGE_H_

#include <algorithm>
#include <cassert>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/promql/histogram_math.h"
#include "server/storage/storage.h"

namespace narthex::promql {

class TestStorage : public storage::Storage {
 public:
  void Add(const LabelSet& labels, int64_t timestamp_ms, double value) {
    Add(labels, {timestamp_ms}, value, nullptr);
  }
  // A float, or a histogram where that is not null; a second at one time takes the place of the
  // first.
  void Add(const LabelSet& labels, storage::SampleTime time, double value,
           const storage::HistogramPtr& histogram) {
    storage::SampleColumns& samples = series_[labels];
    auto& times = samples.timestamps_ms;
    const auto at = std::lower_bound(times.begin(), times.end(), time.at_ms) - times.begin();
    const bool known = at < std::ssize(times) && times[static_cast<size_t>(at)] == time.at_ms;
    if (!known) {
      times.insert(times.begin() + at, time.at_ms);
      samples.values.emplace(samples.values.begin() + at);
      samples.histograms.emplace(samples.histograms.begin() + at);
      samples.starts_ms.emplace(samples.starts_ms.begin() + at);
    }
    const auto index = static_cast<size_t>(at);
    samples.values[index] = histogram ? histogram->sum : value;
    samples.histograms[index] = histogram;
    samples.starts_ms[index] = time.start_ms;
  }
  void Clear() { series_.clear(); }

  // Gives each histogram the hint with which a database would give it back: a counter that went on
  // counting is known to have; nothing is known of one that began a new chunk.
  void SettleHints() {
    for (auto& [labels, samples] : series_) {
      storage::HistogramPtr before;
      for (storage::HistogramPtr& histogram : samples.histograms) {
        if (histogram) histogram = Settled(*histogram, before.get());
        before = histogram;
      }
    }
  }

  std::unique_ptr<storage::Appender> NewAppender() override {
    assert(false && "tests fill it by Add");
    return nullptr;
  }
  std::unique_ptr<storage::Querier> NewQuerier(int64_t min_time_ms,
                                               int64_t max_time_ms) const override {
    return std::make_unique<View>(*this, min_time_ms, max_time_ms);
  }

 private:
  static storage::HistogramPtr Settled(const storage::Histogram& histogram,
                                       const storage::Histogram* before) {
    using Hint = storage::CounterResetHint;
    auto settled = std::make_shared<storage::Histogram>(histogram);
    if (histogram.hint == Hint::kGauge || storage::IsStaleHistogram(histogram)) return settled;
    settled->hint = Hint::kUnknown;
    const bool follows = before != nullptr && before->hint != Hint::kGauge &&
                         histogram.hint != Hint::kReset && histogram.schema == before->schema &&
                         histogram.zero_threshold == before->zero_threshold &&
                         histogram.custom_bounds == before->custom_bounds;
    if (follows && !DetectReset(*settled, *before)) settled->hint = Hint::kNotReset;
    return settled;
  }

  class Set : public storage::SeriesSet {
   public:
    Set(int64_t min_time_ms, int64_t max_time_ms)
        : min_time_ms_(min_time_ms), max_time_ms_(max_time_ms) {}
    size_t size() const override { return series_.size(); }
    const LabelSet& labels(size_t index) const override { return series_[index]->first; }
    Status Read(size_t index, storage::SampleColumns& samples) const override {
      samples.Clear();
      const storage::SampleColumns& all = series_[index]->second;
      for (size_t i = 0; i < all.size(); ++i) {
        if (all.timestamps_ms[i] < min_time_ms_ || all.timestamps_ms[i] > max_time_ms_) continue;
        samples.timestamps_ms.push_back(all.timestamps_ms[i]);
        samples.values.push_back(all.values[i]);
        samples.histograms.push_back(all.histograms[i]);
        samples.starts_ms.push_back(all.starts_ms[i]);
      }
      const auto& histograms = samples.histograms;
      if (std::none_of(histograms.begin(), histograms.end(),
                       [](const auto& histogram) { return histogram != nullptr; }))
        samples.histograms.clear();
      return {};
    }

    std::vector<const std::pair<const LabelSet, storage::SampleColumns>*> series_;

   private:
    int64_t min_time_ms_;
    int64_t max_time_ms_;
  };

  class View : public storage::Querier {
   public:
    View(const TestStorage& storage, int64_t min_time_ms, int64_t max_time_ms)
        : storage_(storage), min_time_ms_(min_time_ms), max_time_ms_(max_time_ms) {}
    Result<std::unique_ptr<storage::SeriesSet>> Select(
        const std::vector<storage::Matcher>& matchers) const override {
      auto set = std::make_unique<Set>(min_time_ms_, max_time_ms_);
      for (const auto& one : storage_.series_) {
        const bool taken =
            std::all_of(matchers.begin(), matchers.end(), [&](const storage::Matcher& matcher) {
              return matcher.Matches(one.first.Get(matcher.name()));
            });
        if (taken) set->series_.push_back(&one);
      }
      return std::unique_ptr<storage::SeriesSet>(std::move(set));
    }
    Result<std::vector<std::string>> LabelNames(
        const std::vector<storage::Matcher>&) const override {
      return std::vector<std::string>();
    }
    Result<std::vector<std::string>> LabelValues(
        std::string_view, const std::vector<storage::Matcher>&) const override {
      return std::vector<std::string>();
    }
    Result<std::vector<storage::ExemplarSeries>> SelectExemplars(
        const std::vector<std::vector<storage::Matcher>>&) const override {
      return std::vector<storage::ExemplarSeries>();
    }

   private:
    const TestStorage& storage_;
    int64_t min_time_ms_;
    int64_t max_time_ms_;
  };

  std::map<LabelSet, storage::SampleColumns> series_;
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_TEST_STORAGE_H_
