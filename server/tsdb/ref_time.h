// Which series and when each sample of a record of the log is. See wal_records.h.
#ifndef NARTHEX_SERVER_TSDB_REF_TIME_H_
#define NARTHEX_SERVER_TSDB_REF_TIME_H_

#include "server/storage/storage.h"
#include "server/tsdb/byte_codec.h"

namespace narthex::tsdb {

struct RefTime {
  storage::SeriesRef ref = storage::kNoRef;
  int64_t timestamp_ms = 0;
  int64_t start_ms = 0;  // 0: not known
};

// How a record says the start of a sample. On disk: add, never renumber.
enum class StartMark : uint8_t { kNone = 0, kSame = 1, kOther = 2 };

// Writes those of a record with start times.
class RefTimeWriter {
 public:
  // `out` outlives this.
  explicit RefTimeWriter(std::string& out) : out_(out) {}

  // That of the next sample, whose own fields are to follow.
  void Write(const RefTime& at) {
    if (first_) {
      first_ = false;
      base_ = at;
      PutZigzag(out_, static_cast<int64_t>(at.ref));
      PutZigzag(out_, at.timestamp_ms);
      PutZigzag(out_, at.start_ms);
    } else {
      PutZigzag(out_, static_cast<int64_t>(at.ref - last_.ref));
      PutZigzag(out_, at.timestamp_ms - base_.timestamp_ms);
      const StartMark mark = at.start_ms == 0                ? StartMark::kNone
                             : at.start_ms == last_.start_ms ? StartMark::kSame
                                                             : StartMark::kOther;
      out_ += static_cast<char>(mark);
      if (mark == StartMark::kOther) PutZigzag(out_, at.start_ms - base_.start_ms);
    }
    last_ = at;
  }

 private:
  std::string& out_;
  bool first_ = true;
  RefTime base_;
  RefTime last_;
};

class RefTimeReader {
 public:
  // `reader` stands behind the type of the record and outlives this.
  RefTimeReader(ByteReader& reader, bool with_starts)
      : reader_(reader), with_starts_(with_starts) {}

  // That of the next sample, whose own fields follow.
  RefTime Read() {
    if (with_starts_) return ReadWithStart();
    if (first_) {
      base_.ref = reader_.Fixed64();
      base_.timestamp_ms = static_cast<int64_t>(reader_.Fixed64());
      first_ = false;
    }
    RefTime at;
    at.ref = base_.ref + static_cast<uint64_t>(reader_.Zigzag());
    at.timestamp_ms = Plus(base_.timestamp_ms, reader_.Zigzag());
    return at;
  }

 private:
  static int64_t Plus(int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  }

  RefTime ReadWithStart() {
    if (first_) {
      base_.ref = static_cast<uint64_t>(reader_.Zigzag());
      base_.timestamp_ms = reader_.Zigzag();
      base_.start_ms = reader_.Zigzag();
      first_ = false;
      return last_ = base_;
    }
    last_.ref += static_cast<uint64_t>(reader_.Zigzag());
    last_.timestamp_ms = Plus(base_.timestamp_ms, reader_.Zigzag());
    const auto start = static_cast<StartMark>(reader_.Byte());
    if (start == StartMark::kNone) {
      last_.start_ms = 0;
    } else if (start != StartMark::kSame) {
      last_.start_ms = Plus(base_.start_ms, reader_.Zigzag());
    }
    return last_;
  }

  ByteReader& reader_;
  const bool with_starts_;
  bool first_ = true;
  RefTime base_;
  RefTime last_;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_REF_TIME_H_
