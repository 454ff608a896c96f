// Storage in memory, for tests of the engine.
#ifndef NARTHEX_SERVER_PROMQL_TEST_STORAGE_H_
#define NARTHEX_SERVER_PROMQL_TEST_STORAGE_H_

#include <algorithm>
#include <cassert>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/storage/storage.h"

namespace narthex::promql {

class TestStorage : public storage::Storage {
 public:
  // In the order of their times, per series.
  void Add(const LabelSet& labels, int64_t timestamp_ms, double value) {
    storage::SampleColumns& samples = series_[labels];
    samples.timestamps_ms.push_back(timestamp_ms);
    samples.values.push_back(value);
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
      }
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
