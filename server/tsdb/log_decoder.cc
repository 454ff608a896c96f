#include "server/tsdb/log_decoder.h"

#include <algorithm>
#include <utility>

namespace narthex::tsdb {
namespace {

constexpr size_t kPackBytes = 256 * 1024;  // and a record more
constexpr size_t kPackItems = 8192;        // of other kinds; a pack is at most some megabytes
constexpr size_t kMaxReady = 4;

std::unique_ptr<LogPack> NewPack() {
  auto pack = std::make_unique<LogPack>();
  pack->bytes.reserve(kPackBytes + kPackBytes / 4);
  return pack;
}

}  // namespace

LogPackSizes LogPackSizes::Of(const LogPack& pack) {
  return {pack.histograms.size(), pack.exemplars.size(), pack.tombstones.size(),
          pack.metadata.size()};
}

void LogPackSizes::CutBack(LogPack& pack) const {
  pack.histograms.resize(histograms);
  pack.samples_before.resize(histograms);
  pack.exemplars.resize(exemplars);
  pack.tombstones.resize(tombstones);
  pack.metadata.resize(metadata);
}

namespace {

bool IsFull(const LogPack& pack) {
  if (pack.bytes.size() >= kPackBytes ||
      pack.histograms.size() + pack.exemplars.size() + pack.metadata.size() >= kPackItems)
    return true;
  return std::any_of(pack.tombstones.begin(), pack.tombstones.end(),
                     [](const RefTombstone& one) { return one.ends_series(); });
}

}  // namespace

LogDecoder::LogDecoder(Files& files, std::vector<SegmentFile> segments, LogDecoderOptions options,
                       const Logger& log)
    : files_(files),
      segments_(std::move(segments)),
      options_(options),
      log_(log),
      present_(NewPack()),
      thread_([this] { Run(); }) {}

LogDecoder::~LogDecoder() {
  {
    const std::lock_guard lock(mutex_);
    unwanted_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::unique_ptr<LogPack> LogDecoder::Next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !ready_.empty() || ended_; });
  if (ready_.empty()) return nullptr;
  auto pack = std::move(ready_.front());
  ready_.pop_front();
  changed_.notify_all();
  return pack;
}

bool LogDecoder::Hand() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ready_.size() < kMaxReady || unwanted_; });
  ready_.push_back(std::exchange(present_, NewPack()));
  changed_.notify_all();
  return !unwanted_;
}

void LogDecoder::Run() {
  for (const SegmentFile& segment : segments_) {
    status_ = ReadSegment(segment);
    if (!status_.ok()) break;
    present_->ended_segment = segment.number;
    if (!Hand()) break;
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

Status LogDecoder::ReadSegment(const SegmentFile& segment) {
  bool wanted = true;
  const auto decode = [&](std::string_view record) -> Status {
    if (!wanted) return {};
    const LogPackSizes before = LogPackSizes::Of(*present_);
    if (Status status = Decode(record); !status.ok()) {
      before.CutBack(*present_);  // nothing of a bad record
      return status;
    }
    if (IsFull(*present_)) wanted = Hand();
    return {};
  };
  ASSIGN_OR_RETURN(const SegmentDamage damage,
                   VisitRecords(files_, segment.path, decode, segment.range));
  if (damage.finding.ok() || !options_.report) return {};
  if (options_.damage != nullptr) options_.damage->Add();
  log_.Error(
      segment.is_last ? "log was cut short by a crash; its last bytes are dropped"
                      : "log is damaged; the rest of this segment is passed over",
      {{"segment", segment.path}, {"err", damage.finding}, {"lost_bytes", damage.lost_bytes}});
  const bool mend = options_.repair && segment.is_last;
  return mend ? files_.Truncate(segment.path, damage.good_size) : Status();
}

Status LogDecoder::Decode(std::string_view record) {
  const RecordType type = RecordTypeOf(record);
  const bool samples = IsSamplesRecord(type) || IsHistogramsRecord(type);
  if (options_.part == LogPart::kSeries)
    return samples ? NoteSampleRecord(type, record) : DecodeSeriesRecord(type, record);
  if (samples) return DecodeSampleRecord(type, record);
  present_->marker_records += type == RecordType::kChunkMarkers ? 1 : 0;
  return {};
}

Status LogDecoder::DecodeSeriesRecord(RecordType type, std::string_view record) {
  switch (type) {
    case RecordType::kSeries:
      RETURN_IF_ERROR(VisitSeries(record, [](storage::SeriesRef, std::span<const Label>) {}));
      present_->Keep(record, present_->series);
      return {};
    case RecordType::kExemplars:
      return DecodeExemplars(record, present_->exemplars);
    case RecordType::kTombstones:
      return DecodeTombstones(record, present_->tombstones);
    case RecordType::kMetadata:
      return DecodeMetadata(record, present_->metadata);
    case RecordType::kChunkMarkers:
      return {};
    default:
      ++present_->unknown_records;
      return {};
  }
}

Status LogDecoder::DecodeSampleRecord(RecordType type, std::string_view record) {
  if (IsSamplesRecord(type)) {
    RETURN_IF_ERROR(VisitSamples(record, [](const RefSample&) {}));
    present_->Keep(record, present_->samples);
    return {};
  }
  RETURN_IF_ERROR(DecodeHistograms(record, present_->histograms));
  present_->samples_before.resize(present_->histograms.size(), present_->samples.size());
  return {};
}

Status LogDecoder::NoteSampleRecord(RecordType type, std::string_view record) {
  if (IsSamplesRecord(type)) {
    return VisitSamples(
        record, [&](const RefSample& one) { options_.newest->Raise(one.ref, one.timestamp_ms); });
  }
  histograms_.clear();
  RETURN_IF_ERROR(DecodeHistograms(record, histograms_));
  for (const RefHistogram& one : histograms_) options_.newest->Raise(one.ref, one.timestamp_ms);
  return {};
}

}  // namespace narthex::tsdb
