#include <algorithm>

#include "common/bytes/numbers.h"
#include "server/tsdb/chunk_files.h"
#include "server/tsdb/head_chunk_files.h"
#include "server/tsdb/verify.h"
#include "server/tsdb/wal_files.h"
#include "server/tsdb/wal_format.h"
#include "server/tsdb/wal_records.h"
#include "server/tsdb/xor_chunk.h"

namespace narthex::tsdb {
namespace {

// Decodes records and notes the times of their samples.
class LogVerifier {
 public:
  explicit LogVerifier(const FindingSink& found) : found_(found) {}

  void Segment(Files& files, const std::string& path) {
    first_ms_.reset();
    const auto damage =
        VisitRecords(files, path, [this](std::string_view record) { return Record(record); });
    if (!damage.ok()) return found_({damage.status(), std::nullopt});
    Settle();
    if (damage->finding.ok()) return;
    pending_ = damage->finding.Prefixed(path);
    pending_bytes_ = damage->lost_bytes;
    lost_from_ms_ = last_ms_;
  }

  // Tells of the damage before this segment, now that it is known what follows.
  void Settle() {
    if (pending_.ok()) return;
    Finding finding{Corruption(pending_.message(), "; ", std::to_string(pending_bytes_),
                               " bytes cannot be read"),
                    std::nullopt};
    finding.lost = Interval{lost_from_ms_.value_or(INT64_MIN), first_ms_.value_or(INT64_MAX)};
    found_(finding);
    pending_ = {};
  }

  const VerifyCounts& counts() const { return counts_; }

 private:
  Status Record(std::string_view record) {
    ++counts_.records;
    const RecordType type = RecordTypeOf(record);
    if (type == RecordType::kSeries) {
      series_.clear();
      RETURN_IF_ERROR(DecodeSeries(record, series_));
      counts_.series += series_.size();
    } else if (IsSamplesRecord(type)) {
      samples_.clear();
      RETURN_IF_ERROR(DecodeSamples(record, samples_));
      for (const RefSample& one : samples_) Note(one.timestamp_ms);
    } else if (IsHistogramsRecord(type)) {
      histograms_.clear();
      RETURN_IF_ERROR(DecodeHistograms(record, histograms_));
      for (const RefHistogram& one : histograms_) Note(one.timestamp_ms);
    } else if (type == RecordType::kTombstones) {
      std::vector<RefTombstone> tombstones;
      return DecodeTombstones(record, tombstones);
    } else if (type == RecordType::kExemplars) {
      std::vector<RefExemplar> exemplars;
      return DecodeExemplars(record, exemplars);
    } else if (type == RecordType::kMetadata) {
      std::vector<RefMetadata> metadata;
      return DecodeMetadata(record, metadata);
    } else if (type != RecordType::kChunkMarkers) {
      return Corruption("record of unknown type ", std::to_string(static_cast<unsigned>(type)));
    }
    return {};
  }

  void Note(int64_t timestamp_ms) {
    ++counts_.samples;
    last_ms_ = std::max(last_ms_.value_or(timestamp_ms), timestamp_ms);
    first_ms_ = std::min(first_ms_.value_or(timestamp_ms), timestamp_ms);
  }

  const FindingSink& found_;
  VerifyCounts counts_;
  std::vector<RefSeries> series_;
  std::vector<RefSample> samples_;
  std::vector<RefHistogram> histograms_;
  std::optional<int64_t> first_ms_;  // of the present segment
  std::optional<int64_t> last_ms_;   // of all
  Status pending_;
  uint64_t pending_bytes_ = 0;
  std::optional<int64_t> lost_from_ms_;
};

Status CheckSequence(const WalLayout& layout) {
  for (size_t i = 1; i < layout.segments.size(); ++i) {
    if (layout.segments[i] != layout.segments[i - 1] + 1)
      return Corruption("segment ", SegmentName(layout.segments[i - 1] + 1), " is missing");
  }
  const bool gap = layout.checkpoint && !layout.segments.empty() &&
                   layout.segments.front() != *layout.checkpoint + 1;
  return gap ? Corruption("segment ", SegmentName(*layout.checkpoint + 1), " is missing")
             : Status();
}

}  // namespace

VerifyCounts VerifyLog(Files& files, const std::string& directory, const FindingSink& found) {
  const auto layout = ListWal(files, directory);
  if (!layout.ok()) {
    if (layout.code() != Code::kNotFound) found({layout.status(), std::nullopt});
    return {};
  }
  if (const Status gap = CheckSequence(*layout); !gap.ok()) found({gap, std::nullopt});
  const auto paths = FilesToRead(files, directory, *layout, UINT64_MAX);
  if (!paths.ok()) {
    found({paths.status(), std::nullopt});
    return {};
  }
  LogVerifier verifier(found);
  for (const SegmentFile& file : *paths) verifier.Segment(files, file.path);
  verifier.Settle();
  return verifier.counts();
}

VerifyCounts VerifyHeadChunks(Files& files, const std::string& directory,
                              const FindingSink& found) {
  VerifyCounts counts;
  const auto names = files.List(directory);
  if (!names.ok()) return counts;
  for (const std::string& name : *names) {
    if (!ParseUnsigned(name)) continue;
    const auto file = files.Map(directory + "/" + name);
    Status status = file.status();
    if (file.ok()) {
      status = VisitHeadChunks((*file)->bytes(), [&](const HeadChunk& chunk, size_t) {
        ++counts.chunks;
        counts.samples += ChunkSampleCount(chunk.chunk);
        return Status();
      });
    }
    if (!status.ok()) found({status.Prefixed(directory + "/" + name), std::nullopt});
  }
  return counts;
}

}  // namespace narthex::tsdb
