#include "server/tsdb/log_decoder.h"

#include <algorithm>

namespace narthex::tsdb {
namespace {

constexpr size_t kPackSize = 16'384;  // samples and series; a pack is at most some megabytes
constexpr size_t kMaxReady = 4;

}  // namespace

void LogPack::Clear() {
  series.clear();
  samples.clear();
  histograms.clear();
  samples_before.clear();
  exemplars.clear();
  tombstones.clear();
  metadata.clear();
  unknown_records = marker_records = 0;
  ended_segment.reset();
}

LogPackSizes LogPackSizes::Of(const LogPack& pack) {
  return {pack.series.size(),    pack.samples.size(),    pack.histograms.size(),
          pack.exemplars.size(), pack.tombstones.size(), pack.metadata.size()};
}

void LogPackSizes::CutBack(LogPack& pack) const {
  pack.series.resize(series);
  pack.samples.resize(samples);
  pack.histograms.resize(histograms);
  pack.samples_before.resize(histograms);
  pack.exemplars.resize(exemplars);
  pack.tombstones.resize(tombstones);
  pack.metadata.resize(metadata);
}

LogDecoder::LogDecoder(Files& files, std::vector<SegmentFile> segments, LogDecoderOptions options,
                       const Logger& log)
    : files_(files),
      segments_(std::move(segments)),
      options_(options),
      log_(log),
      present_(std::make_unique<LogPack>()),
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

void LogDecoder::GiveBack(std::unique_ptr<LogPack> pack) {
  pack->Clear();
  const std::lock_guard lock(mutex_);
  if (spare_.size() < kMaxReady) spare_.push_back(std::move(pack));
}

bool LogDecoder::Hand() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ready_.size() < kMaxReady || unwanted_; });
  ready_.push_back(std::move(present_));
  if (spare_.empty()) {
    present_ = std::make_unique<LogPack>();
  } else {
    present_ = std::move(spare_.back());
    spare_.pop_back();
  }
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
    const auto& tombstones = present_->tombstones;
    const bool ends = std::any_of(tombstones.begin(), tombstones.end(),
                                  [](const RefTombstone& one) { return one.ends_series(); });
    if (present_->size() >= kPackSize || ends) wanted = Hand();
    return {};
  };
  ASSIGN_OR_RETURN(const SegmentDamage damage, VisitRecords(files_, segment.path, decode));
  if (damage.finding.ok()) return {};
  log_.Error(
      segment.is_last ? "log was cut short by a crash; its last bytes are dropped"
                      : "log is damaged; the rest of this segment is passed over",
      {{"segment", segment.path}, {"err", damage.finding}, {"lost_bytes", damage.lost_bytes}});
  const bool mend = options_.repair && segment.is_last;
  return mend ? files_.Truncate(segment.path, damage.good_size) : Status();
}

Status LogDecoder::Decode(std::string_view record) {
  const RecordType type = RecordTypeOf(record);
  switch (type) {
    case RecordType::kSeries:
      return DecodeSeries(record, present_->series);
    case RecordType::kExemplars:
      return DecodeExemplars(record, present_->exemplars);
    case RecordType::kTombstones:
      return DecodeTombstones(record, present_->tombstones);
    case RecordType::kMetadata:
      return DecodeMetadata(record, present_->metadata);
    case RecordType::kChunkMarkers:
      ++present_->marker_records;
      return {};
    default:
      return DecodeSampleRecord(type, record);
  }
}

Status LogDecoder::DecodeSampleRecord(RecordType type, std::string_view record) {
  if (IsSamplesRecord(type)) return DecodeSamples(record, present_->samples);
  if (!IsHistogramsRecord(type)) {
    ++present_->unknown_records;
    return {};
  }
  RETURN_IF_ERROR(DecodeHistograms(record, present_->histograms));
  present_->samples_before.resize(present_->histograms.size(), present_->samples.size());
  return {};
}

}  // namespace narthex::tsdb
