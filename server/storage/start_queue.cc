#include "server/storage/start_queue.h"

#include <optional>
#include <utility>

#include "server/storage/closed_querier.h"

namespace narthex::storage {
namespace {

// No log has such refs, and they fit the 40 bits that caches keep.
constexpr SeriesRef kQueued = SeriesRef{1} << 39;
constexpr int64_t kTakeEndingsNs = 15LL * 60 * 1'000'000'000;  // queries look back for less
constexpr uint64_t kSeriesBytes = 160;                         // of the table, beside the labels

std::optional<uint32_t> NumberOfRef(SeriesRef ref) {
  if ((ref & kQueued) == 0) return std::nullopt;
  return static_cast<uint32_t>(ref & ~kQueued);
}

uint64_t BytesOf(const Histogram& histogram) {
  const auto bytes = [](const auto& list) { return list.size() * sizeof(list[0]); };
  return sizeof(Histogram) + bytes(histogram.custom_bounds) + bytes(histogram.positive.spans) +
         bytes(histogram.positive.counts) + bytes(histogram.negative.spans) +
         bytes(histogram.negative.counts);
}

}  // namespace

// Collects one commit; nothing is seen of it before its end.
class StartQueue::QueueingAppender : public Appender {
 public:
  QueueingAppender(StartQueue& queue, std::shared_ptr<SeriesTable> table)
      : queue_(queue), table_(std::move(table)) {}

  Result<SeriesRef> Append(SeriesRef ref, const LabelSet& labels, SampleTime time,
                           double value) override {
    ASSIGN_OR_RETURN(const uint32_t number, Find(ref, labels));
    commit_.samples.push_back({number, time, value, nullptr});
    return kQueued | number;
  }

  Result<SeriesRef> AppendHistogram(SeriesRef ref, const LabelSet& labels, SampleTime time,
                                    const Histogram& histogram) override {
    RETURN_IF_ERROR(Validate(histogram));
    ASSIGN_OR_RETURN(const uint32_t number, Find(ref, labels));
    commit_.samples.push_back({number, time, 0, std::make_shared<const Histogram>(histogram)});
    return kQueued | number;
  }

  Status AppendKnown(SeriesRef ref, SampleTime time, double value) override {
    ASSIGN_OR_RETURN(const uint32_t number, Known(ref));
    commit_.samples.push_back({number, time, value, nullptr});
    return {};
  }

  Status AppendExemplar(SeriesRef ref, const openmetrics::Exemplar& exemplar) override {
    ASSIGN_OR_RETURN(const uint32_t number, Known(ref));
    commit_.exemplars.push_back({number, exemplar});
    return {};
  }

  Status UpdateMetadata(SeriesRef ref, const Metadata& metadata) override {
    ASSIGN_OR_RETURN(const uint32_t number, Known(ref));
    commit_.metadata.push_back({number, metadata});
    return {};
  }

  Status Commit() override { return queue_.Add(*table_, std::exchange(commit_, {})); }

 private:
  Result<uint32_t> Known(SeriesRef ref) const {
    const auto number = NumberOfRef(ref);
    if (!number || !queue_.Knows(*table_, *number))
      return Status(Code::kNotFound, "series is gone");
    return *number;
  }

  Result<uint32_t> Find(SeriesRef ref, const LabelSet& labels) {
    if (const auto known = Known(ref); known.ok()) return *known;
    if (labels.empty()) return InvalidArgument("sample without labels");
    return queue_.NumberOf(*table_, labels);
  }

  StartQueue& queue_;
  const std::shared_ptr<SeriesTable> table_;
  StartQueue::Commit commit_;
};

// Takes the ends of series that were begun in the queue.
class StartQueue::EndingAppender : public Appender {
 public:
  EndingAppender(std::unique_ptr<Appender> behind,
                 std::shared_ptr<const std::vector<SeriesRef>> refs)
      : behind_(std::move(behind)), refs_(std::move(refs)) {}

  Result<SeriesRef> Append(SeriesRef ref, const LabelSet& labels, SampleTime time,
                           double value) override {
    return behind_->Append(ref, labels, time, value);
  }
  Result<SeriesRef> AppendHistogram(SeriesRef ref, const LabelSet& labels, SampleTime time,
                                    const Histogram& histogram) override {
    return behind_->AppendHistogram(ref, labels, time, histogram);
  }
  Status AppendExemplar(SeriesRef ref, const openmetrics::Exemplar& exemplar) override {
    return behind_->AppendExemplar(ref, exemplar);
  }
  Status UpdateMetadata(SeriesRef ref, const Metadata& metadata) override {
    return behind_->UpdateMetadata(ref, metadata);
  }
  void Expect(SeriesRef ref) override { behind_->Expect(ref); }
  Status AppendKnown(SeriesRef ref, SampleTime time, double value) override {
    const auto number = IsStaleNaN(value) ? NumberOfRef(ref) : std::nullopt;
    return behind_->AppendKnown(number && *number < refs_->size() ? (*refs_)[*number] : ref, time,
                                value);
  }
  Status Commit() override { return behind_->Commit(); }

 private:
  const std::unique_ptr<Appender> behind_;
  const std::shared_ptr<const std::vector<SeriesRef>> refs_;
};

StartQueue::StartQueue(const Clock& clock, Registry& registry, uint64_t max_bytes)
    : clock_(clock),
      max_bytes_(max_bytes),
      refused_(registry.AddCounter("narthex_storage_start_queue_refused_total",
                                   "Commits and series refused because what waits for storage to "
                                   "be open had reached its limit.")) {
  registry.AddComputed([this](openmetrics::ExpositionWriter& out) { Collect(out); });
}

StartQueue::~StartQueue() = default;

std::unique_ptr<Appender> StartQueue::NewAppender() {
  if (Storage* storage = storage_.load(std::memory_order_acquire)) return NewOpenAppender(*storage);
  const std::lock_guard lock(mutex_);
  if (table_ == nullptr) return storage_.load(std::memory_order_acquire)->NewAppender();
  return std::make_unique<QueueingAppender>(*this, table_);
}

std::unique_ptr<Appender> StartQueue::NewOpenAppender(Storage& storage) {
  const int64_t until_ns = endings_until_ns_;
  if (until_ns == 0) return storage.NewAppender();
  const std::lock_guard lock(mutex_);
  if (clock_.MonotonicNs() >= until_ns) {
    refs_.reset();
    endings_until_ns_ = 0;
  }
  if (refs_ == nullptr) return storage.NewAppender();
  return std::make_unique<EndingAppender>(storage.NewAppender(), refs_);
}

std::unique_ptr<Querier> StartQueue::NewQuerier(int64_t min_time_ms, int64_t max_time_ms) const {
  if (const Storage* storage = storage_.load(std::memory_order_acquire))
    return storage->NewQuerier(min_time_ms, max_time_ms);
  return std::make_unique<ClosedQuerier>();
}

Result<uint32_t> StartQueue::NumberOf(SeriesTable& table, const LabelSet& labels) {
  const std::lock_guard lock(mutex_);
  const auto known = table.numbers.find(labels);
  if (known != table.numbers.end()) return known->second;
  const uint64_t size = labels.bytes().size() + kSeriesBytes;
  if (bytes_ + size > max_bytes_) {
    refused_.Add();
    return Unavailable("storage is being opened, and no more may wait for it");
  }
  bytes_ += size;
  const auto number = static_cast<uint32_t>(table.labels.size());
  table.labels.push_back(&table.numbers.emplace(labels, number).first->first);
  return number;
}

bool StartQueue::Knows(const SeriesTable& table, uint32_t number) const {
  const std::lock_guard lock(mutex_);
  return number < table.labels.size();
}

Status StartQueue::Add(const SeriesTable& table, Commit commit) {
  if (commit.empty()) return {};
  uint64_t size = sizeof(Commit) + commit.samples.size() * sizeof(Sample) +
                  commit.exemplars.size() * sizeof(SeriesExemplar) +
                  commit.metadata.size() * sizeof(SeriesMetadata);
  for (const Sample& sample : commit.samples)
    size += sample.histogram ? BytesOf(*sample.histogram) : 0;
  {
    const std::lock_guard lock(mutex_);
    if (storage_.load(std::memory_order_relaxed) == nullptr) {
      if (bytes_ + size > max_bytes_) {
        refused_.Add();
        return Unavailable("storage is being opened, and no more may wait for it");
      }
      bytes_ += size;
      commits_.push_back(std::move(commit));
      return {};
    }
  }
  // Begun before storage was open: nothing waits any more.
  std::vector<SeriesRef> refs;
  return Pass(table, commit, *storage_.load(std::memory_order_acquire), refs);
}

Status StartQueue::Pass(const SeriesTable& table, const Commit& commit, Storage& storage,
                        std::vector<SeriesRef>& refs) const {
  const auto appender = storage.NewAppender();
  const auto ref_of = [&](uint32_t number) -> SeriesRef& {
    if (number >= refs.size()) refs.resize(number + size_t{1}, kNoRef);
    return refs[number];
  };
  const auto labels_of = [&](uint32_t number) -> const LabelSet& {
    const std::lock_guard lock(mutex_);
    return *table.labels[number];
  };
  for (const Sample& sample : commit.samples) {
    SeriesRef& ref = ref_of(sample.series);
    if (ref != kNoRef && !sample.histogram &&
        appender->AppendKnown(ref, sample.time, sample.value).code() != Code::kNotFound)
      continue;
    const LabelSet& labels = labels_of(sample.series);
    const auto stored = sample.histogram
                            ? appender->AppendHistogram(ref, labels, sample.time, *sample.histogram)
                            : appender->Append(ref, labels, sample.time, sample.value);
    if (stored.ok()) ref = *stored;
  }
  // What storage does not take of these is no reason to refuse samples.
  for (const SeriesExemplar& one : commit.exemplars)
    (void)appender->AppendExemplar(ref_of(one.series), one.exemplar);
  for (const SeriesMetadata& one : commit.metadata)
    (void)appender->UpdateMetadata(ref_of(one.series), one.metadata);
  return appender->Commit();
}

Status StartQueue::Open(Storage& storage) {
  std::vector<SeriesRef> refs;
  Status first;
  for (;;) {
    std::deque<Commit> waiting;
    std::shared_ptr<SeriesTable> table;
    {
      const std::lock_guard lock(mutex_);
      table = table_;
      if (commits_.empty()) {
        if (!refs.empty()) {
          refs_ = std::make_shared<const std::vector<SeriesRef>>(std::move(refs));
          endings_until_ns_ = clock_.MonotonicNs() + kTakeEndingsNs;
        }
        storage_.store(&storage, std::memory_order_release);
        table_.reset();
        bytes_ = 0;
        return first;
      }
      waiting.swap(commits_);
    }
    for (const Commit& commit : waiting) {
      Status status = Pass(*table, commit, storage, refs);
      if (first.ok() && !status.ok()) first = std::move(status);
    }
  }
}

void StartQueue::Collect(openmetrics::ExpositionWriter& out) const {
  const std::lock_guard lock(mutex_);
  out.Add("narthex_storage_start_queue_commits", openmetrics::Type::kGauge,
          "Commits that wait for storage to be open.")
      .Sample({}, static_cast<double>(commits_.size()));
  out.Add("narthex_storage_start_queue_bytes", openmetrics::Type::kGauge,
          "Memory that commits took before storage was open.")
      .Sample({}, static_cast<double>(bytes_));
}

}  // namespace narthex::storage
