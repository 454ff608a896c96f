// The counts of the samples of one histogram chunk, one after the other: what was written or read
// last of each, and what is needed to write or read the next. See histogram_chunk.h.
#ifndef NARTHEX_SERVER_TSDB_HISTOGRAM_NUMBERS_H_
#define NARTHEX_SERVER_TSDB_HISTOGRAM_NUMBERS_H_

#include <bit>
#include <cstdint>
#include <vector>

#include "server/storage/histogram.h"
#include "server/tsdb/varbit.h"

namespace narthex::tsdb {

// A count that is known to be whole; what does not fit ends at the border.
inline uint64_t WholeCount(double count) {
  constexpr double kLimit = 18446744073709551616.0;  // 2^64
  if (!(count > 0)) return 0;
  return count >= kLimit ? UINT64_MAX : static_cast<uint64_t>(count);
}

// Whole counts are numbers of 64 bits that wrap around, as they do in the original; a bucket's is
// its difference to the bucket before it. Floats are their bits.
class HistogramNumbers {
 public:
  static constexpr size_t kCount = 0;
  static constexpr size_t kZeroCount = 1;
  static constexpr size_t kBuckets = 2;  // the first of positive ones, then of negative ones

  explicit HistogramNumbers(bool float_counts) : float_counts_(float_counts) {}

  bool float_counts() const { return float_counts_; }

  // Before the first sample.
  void Reset(size_t bucket_count) {
    values_.assign(kBuckets + bucket_count, 0);
    if (float_counts_) {
      windows_.assign(values_.size(), {});
    } else {
      deltas_.assign(values_.size(), 0);
    }
  }

  void Write(BitWriter& out, size_t number, uint64_t value, bool first) {
    if (first) {
      WriteFirst(out, number, value);
    } else if (float_counts_) {
      WriteXor(out, windows_[number], values_[number] ^ value);
    } else {
      const auto delta = static_cast<int64_t>(value - values_[number]);
      WriteVarbitInt(out, static_cast<int64_t>(static_cast<uint64_t>(delta) -
                                               static_cast<uint64_t>(deltas_[number])));
      deltas_[number] = delta;
    }
    values_[number] = value;
  }

  // Writes a histogram that has the buckets that Reset() was told of.
  void WriteCounts(BitWriter& out, const storage::Histogram& histogram, bool first) {
    Write(out, kCount, Raw(histogram.count), first);
    Write(out, kZeroCount, Raw(histogram.zero_count), first);
  }
  void WriteBuckets(BitWriter& out, const storage::Histogram& histogram, bool first) {
    size_t number = kBuckets;
    for (const auto* side : {&histogram.positive, &histogram.negative}) {
      uint64_t before = 0;
      for (const double count : side->counts) {
        const uint64_t raw = Raw(count);
        Write(out, number++, raw - before, first);
        if (!float_counts_) before = raw;
      }
    }
  }

  void Read(BitReader& in, size_t number, bool first) {
    if (first) {
      values_[number] = ReadFirst(in, number);
    } else if (float_counts_) {
      ReadXor(in, windows_[number], values_[number]);
    } else {
      deltas_[number] = static_cast<int64_t>(static_cast<uint64_t>(deltas_[number]) +
                                             static_cast<uint64_t>(ReadVarbitInt(in)));
      values_[number] += static_cast<uint64_t>(deltas_[number]);
    }
  }
  void ReadBuckets(BitReader& in, bool first) {
    for (size_t number = kBuckets; number < values_.size() && !in.failed(); ++number)
      Read(in, number, first);
  }

  double count() const { return Number(values_[kCount]); }
  double zero_count() const { return Number(values_[kZeroCount]); }
  // The buckets of a side: calls `visit` with each count, from `number` on; returns the next
  // number.
  template <typename Visit>
  size_t VisitCounts(size_t number, uint64_t bucket_count, Visit visit) const {
    uint64_t sum = 0;
    for (; bucket_count > 0; --bucket_count, ++number) {
      sum = float_counts_ ? values_[number] : sum + values_[number];
      visit(Number(sum));
    }
    return number;
  }

  size_t allocated_bytes() const {
    return values_.capacity() * sizeof(uint64_t) + deltas_.capacity() * sizeof(int64_t) +
           windows_.capacity() * sizeof(XorWindow);
  }

 private:
  uint64_t Raw(double count) const {
    return float_counts_ ? std::bit_cast<uint64_t>(count) : WholeCount(count);
  }
  double Number(uint64_t value) const {
    return float_counts_ ? std::bit_cast<double>(value) : static_cast<double>(value);
  }
  void WriteFirst(BitWriter& out, size_t number, uint64_t value) {
    if (float_counts_) return out.Write(value, 64);
    if (number < kBuckets) return WriteVarbitUint(out, value);
    WriteVarbitInt(out, static_cast<int64_t>(value));
  }
  uint64_t ReadFirst(BitReader& in, size_t number) const {
    if (float_counts_) return in.Read(64);
    return number < kBuckets ? ReadVarbitUint(in) : static_cast<uint64_t>(ReadVarbitInt(in));
  }

  bool float_counts_;
  std::vector<uint64_t> values_;
  std::vector<int64_t> deltas_;     // of whole counts
  std::vector<XorWindow> windows_;  // of floats
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_HISTOGRAM_NUMBERS_H_
