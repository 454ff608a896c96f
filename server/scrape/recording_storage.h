// Storage that remembers what was committed, for tests of scraping.
#ifndef NARTHEX_SERVER_SCRAPE_RECORDING_STORAGE_H_
#define NARTHEX_SERVER_SCRAPE_RECORDING_STORAGE_H_

#include <cassert>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/bytes/numbers.h"
#include "server/storage/storage.h"

namespace narthex::server {

class RecordingStorage : public storage::Storage {
 public:
  // Without `in_order` samples that are older than the newest of their series are taken too.
  explicit RecordingStorage(bool in_order = true) : in_order_(in_order) {}

  // "labels value@time" of every committed sample since Forget(), in order.
  std::vector<std::string> Lines() const { return lines_; }
  void Forget() { lines_.clear(); }
  // How often a series was asked for by its labels.
  size_t lookups() const { return lookups_; }
  // Garbage collection of everything: known refs are stale from now on.
  void DropAll() { by_ref_.clear(), by_labels_.clear(); }

  std::unique_ptr<storage::Appender> NewAppender() override {
    return std::make_unique<Recorder>(*this);
  }
  std::unique_ptr<storage::Querier> NewQuerier(int64_t, int64_t) const override {
    assert(false && "scraping does not query");
    return nullptr;
  }

 private:
  struct Series {
    LabelSet labels;
    int64_t last_ms = storage::kMinTime;
  };

  class Recorder : public storage::Appender {
   public:
    explicit Recorder(RecordingStorage& storage) : storage_(storage) {}

    Result<storage::SeriesRef> Append(storage::SeriesRef, const LabelSet& labels,
                                      storage::SampleTime time, double value) override {
      const storage::SeriesRef ref = RefOf(labels);
      RETURN_IF_ERROR(AppendKnown(ref, time, value));
      return ref;
    }
    Result<storage::SeriesRef> AppendHistogram(storage::SeriesRef, const LabelSet& labels,
                                               storage::SampleTime time,
                                               const storage::Histogram& histogram) override {
      const storage::SeriesRef ref = RefOf(labels);
      RETURN_IF_ERROR(Note(ref, time, "histogram of " + ApiDouble(histogram.count)));
      return ref;
    }
    Status AppendKnown(storage::SeriesRef ref, storage::SampleTime time, double value) override {
      return Note(ref, time, storage::IsStaleNaN(value) ? "stale" : ApiDouble(value));
    }
    Status AppendExemplar(storage::SeriesRef ref, const openmetrics::Exemplar& exemplar) override {
      return Note(ref, *exemplar.timestamp_ms,
                  "exemplar " + exemplar.labels.ToString() + " " + ApiDouble(exemplar.value));
    }
    Status UpdateMetadata(storage::SeriesRef ref, const storage::Metadata&) override {
      return storage_.by_ref_.contains(ref) ? Status() : Status(Code::kNotFound, "gone");
    }
    Status Commit() override {
      storage_.lines_.insert(storage_.lines_.end(), pending_.begin(), pending_.end());
      for (const auto& [series, time_ms] : touched_) series->last_ms = time_ms;
      return {};
    }

   private:
    storage::SeriesRef RefOf(const LabelSet& labels) {
      ++storage_.lookups_;
      auto [at, added] = storage_.by_labels_.try_emplace(labels, storage_.next_ref_);
      if (added) storage_.by_ref_[storage_.next_ref_++] = {labels};
      return at->second;
    }
    Status Note(storage::SeriesRef ref, storage::SampleTime time, const std::string& text) {
      const auto found = storage_.by_ref_.find(ref);
      if (found == storage_.by_ref_.end()) return Status(Code::kNotFound, "gone");
      if (storage_.in_order_ && time.at_ms < found->second.last_ms)
        return Status(Code::kOutOfOrder, "old");
      pending_.emplace_back(found->second.labels.ToString() + " " + text + "@" +
                            std::to_string(time.at_ms) +
                            (time.start_ms != 0 ? " since " + std::to_string(time.start_ms) : ""));
      touched_.emplace_back(&found->second, time.at_ms);
      return {};
    }

    RecordingStorage& storage_;
    std::vector<std::string> pending_;
    std::vector<std::pair<Series*, int64_t>> touched_;
  };

  const bool in_order_;
  std::map<storage::SeriesRef, Series> by_ref_;
  std::map<LabelSet, storage::SeriesRef> by_labels_;
  storage::SeriesRef next_ref_ = 1;
  std::vector<std::string> lines_;
  size_t lookups_ = 0;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_RECORDING_STORAGE_H_
