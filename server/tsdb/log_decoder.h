// Reads and decodes the segments of a log on a thread of its own, ahead of who uses what they say.
#ifndef NARTHEX_SERVER_TSDB_LOG_DECODER_H_
#define NARTHEX_SERVER_TSDB_LOG_DECODER_H_

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "common/client/registry.h"
#include "common/fs/file_layer.h"
#include "common/log/logger.h"
#include "server/tsdb/newest_times.h"
#include "server/tsdb/wal_files.h"
#include "server/tsdb/wal_records.h"

namespace narthex::tsdb {

// What a part of a run of records says, by kind, each in the order of the log. Records of series
// and of samples come as they are, but checked; histograms know how many records of samples of the
// pack come before them. A tombstone that ends a series is the end of its pack.
struct LogPack {
  struct Piece {
    size_t begin;  // in `bytes`
    size_t size;
  };

  std::string bytes;
  std::vector<Piece> series;
  std::vector<Piece> samples;
  std::vector<RefHistogram> histograms;
  std::vector<size_t> samples_before;  // of each histogram
  std::vector<RefExemplar> exemplars;
  std::vector<RefTombstone> tombstones;
  std::vector<RefMetadata> metadata;
  uint64_t unknown_records = 0;
  uint64_t marker_records = 0;            // of late samples that are in files of chunks, too
  std::optional<uint64_t> ended_segment;  // with this pack

  std::string_view Record(const Piece& piece) const {
    return std::string_view(bytes).substr(piece.begin, piece.size);
  }
  void Keep(std::string_view record, std::vector<Piece>& pieces) {
    pieces.push_back({bytes.size(), record.size()});
    bytes += record;
  }
};

// How much a pack has of what is decoded.
struct LogPackSizes {
  size_t histograms, exemplars, tombstones, metadata;

  static LogPackSizes Of(const LogPack& pack);
  // Takes away what came since.
  void CutBack(LogPack& pack) const;
};

enum class LogPart : uint8_t {
  kSeries,   // all but samples
  kSamples,  // in order or late, and nothing else
};

struct LogDecoderOptions {
  LogPart part = LogPart::kSamples;
  bool repair = true;         // cut off what a crash left at the end
  bool report = true;         // damage, which has not been reported yet
  Counter* damage = nullptr;  // counts what is reported
  RefTimes* newest =
      nullptr;  // told of the samples that are not decoded; the decoder's until its end
};

// Damage at the end of the last segment, which a crash leaves, is cut off where `repair` says so;
// damage elsewhere costs the rest of its segment. Both are logged with what they cost. Next() is
// called by one thread.
class LogDecoder {
 public:
  // What is passed outlives the decoder.
  LogDecoder(Files& files, std::vector<SegmentFile> segments, LogDecoderOptions options,
             const Logger& log);
  ~LogDecoder();
  LogDecoder(const LogDecoder&) = delete;
  LogDecoder& operator=(const LogDecoder&) = delete;

  // The next pack, waiting for it; null at the end, or where a file cannot be read: see status().
  std::unique_ptr<LogPack> Next();

  const Status& status() const { return status_; }  // after Next() gave null

 private:
  void Run();
  Status ReadSegment(const SegmentFile& segment);
  Status Decode(std::string_view record);
  Status DecodeSeriesRecord(RecordType type, std::string_view record);
  Status DecodeSampleRecord(RecordType type, std::string_view record);
  Status NoteSampleRecord(RecordType type, std::string_view record);
  bool Hand();  // the present pack over; false where nobody wants more

  Files& files_;
  const std::vector<SegmentFile> segments_;
  const LogDecoderOptions options_;
  const Logger& log_;
  std::unique_ptr<LogPack> present_;
  std::vector<RefHistogram> histograms_;  // that are only checked
  Status status_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<LogPack>> ready_;
  bool ended_ = false;
  bool unwanted_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_LOG_DECODER_H_
