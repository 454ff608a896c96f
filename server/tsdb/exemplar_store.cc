#include "server/tsdb/exemplar_store.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace narthex::tsdb {
namespace {

using openmetrics::Exemplar;

constexpr size_t kMaxLabelCharacters = 128;  // of names and values together

size_t Characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<uint8_t>(byte) & 0xc0) != 0x80;
  }));
}

int64_t TimeOf(const Exemplar& exemplar) {
  assert(exemplar.timestamp_ms);
  return *exemplar.timestamp_ms;
}

bool SameExemplar(const Exemplar& a, const Exemplar& b) {
  return a.timestamp_ms == b.timestamp_ms && a.labels == b.labels &&
         std::bit_cast<uint64_t>(a.value) == std::bit_cast<uint64_t>(b.value);
}

bool MatchesAny(const LabelSet& labels, const std::vector<std::vector<storage::Matcher>>& any) {
  return std::any_of(any.begin(), any.end(), [&](const std::vector<storage::Matcher>& all) {
    return std::all_of(all.begin(), all.end(), [&](const storage::Matcher& matcher) {
      return matcher.Matches(labels.Get(matcher.name()));
    });
  });
}

}  // namespace

void ExemplarStore::SetCapacity(size_t capacity) {
  const std::lock_guard lock(mutex_);
  capacity_ = capacity;
  while (by_arrival_.size() > capacity_) DropOldestLocked();
}

void ExemplarStore::SetOutOfOrderWindow(int64_t window_ms) {
  const std::lock_guard lock(mutex_);
  window_ms_ = window_ms;
}

bool ExemplarStore::enabled() const {
  const std::lock_guard lock(mutex_);
  return capacity_ > 0;
}

const ExemplarStore::Series* ExemplarStore::FindLocked(const LabelSet& labels) const {
  const auto found = series_.find(labels);
  return found == series_.end() ? nullptr : found->second.get();
}

Status ExemplarStore::Check(const LabelSet& series, const Exemplar& exemplar) const {
  const std::lock_guard lock(mutex_);
  return CheckLocked(FindLocked(series), exemplar);
}

// A series of native histograms has several at one time: these come by value, then by labels.
Status ExemplarStore::CheckLocked(const Series* series, const Exemplar& exemplar) const {
  size_t characters = 0;
  for (const Label label : exemplar.labels)
    characters += Characters(label.name) + Characters(label.value);
  if (characters > kMaxLabelCharacters)
    return InvalidArgument("exemplar with labels of ", std::to_string(characters),
                           " characters, at most ", std::to_string(kMaxLabelCharacters));
  if (series == nullptr) return {};
  const Exemplar& newest = series->stored.back().exemplar;
  if (SameExemplar(newest, exemplar))
    return Status(Code::kDuplicate, "the exemplar before was the same");
  const int64_t behind_ms = TimeOf(newest) - TimeOf(exemplar);
  const bool late = behind_ms > 0 && behind_ms >= window_ms_;
  const bool before =
      behind_ms == 0 && (exemplar.value < newest.value ||
                         (exemplar.value == newest.value && exemplar.labels < newest.labels));
  if (late || before)
    return Status(Code::kOutOfOrder, "exemplar is older than the newest of its series");
  return {};
}

Status ExemplarStore::Add(const LabelSet& labels, const Exemplar& exemplar) {
  const std::lock_guard lock(mutex_);
  if (capacity_ == 0) return {};
  const Status status = CheckLocked(FindLocked(labels), exemplar);
  if (status.code() == Code::kOutOfOrder) ++out_of_order_;
  RETURN_IF_ERROR(status);
  if (by_arrival_.size() == capacity_) DropOldestLocked();
  std::unique_ptr<Series>& series = series_[labels];
  if (!series) series = std::make_unique<Series>(Series{labels, {}});
  const auto behind = std::upper_bound(
      series->stored.begin(), series->stored.end(), TimeOf(exemplar),
      [](int64_t at_ms, const Stored& one) { return at_ms < TimeOf(one.exemplar); });
  series->stored.insert(behind, {first_number_ + by_arrival_.size(), exemplar});
  by_arrival_.push_back(series.get());
  ++appended_;
  return {};
}

void ExemplarStore::DropOldestLocked() {
  Series& series = *by_arrival_.front();
  const auto oldest = std::find_if(series.stored.begin(), series.stored.end(),
                                   [&](const Stored& one) { return one.number == first_number_; });
  assert(oldest != series.stored.end());
  series.stored.erase(oldest);
  by_arrival_.pop_front();
  ++first_number_;
  if (series.stored.empty()) series_.erase(series_.find(series.labels));
}

std::vector<storage::ExemplarSeries> ExemplarStore::Select(
    int64_t min_time_ms, int64_t max_time_ms,
    const std::vector<std::vector<storage::Matcher>>& selections) const {
  std::vector<storage::ExemplarSeries> selected;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [labels, series] : series_) {
      if (!MatchesAny(labels, selections)) continue;
      storage::ExemplarSeries found{labels, {}};
      for (const Stored& one : series->stored) {
        const int64_t at_ms = TimeOf(one.exemplar);
        if (min_time_ms <= at_ms && at_ms <= max_time_ms) found.exemplars.push_back(one.exemplar);
      }
      if (!found.exemplars.empty()) selected.push_back(std::move(found));
    }
  }
  std::sort(selected.begin(), selected.end(),
            [](const auto& a, const auto& b) { return a.labels < b.labels; });
  return selected;
}

ExemplarStats ExemplarStore::Stats() const {
  const std::lock_guard lock(mutex_);
  ExemplarStats stats;
  stats.appended = appended_;
  stats.out_of_order = out_of_order_;
  stats.stored = by_arrival_.size();
  stats.series = series_.size();
  stats.capacity = capacity_;
  if (!by_arrival_.empty()) stats.oldest_ms = TimeOf(by_arrival_.front()->stored.front().exemplar);
  return stats;
}

}  // namespace narthex::tsdb
