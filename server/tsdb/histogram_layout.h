// What the histograms of one chunk share: schema, thresholds and which buckets there are. All
// samples of a chunk have the same buckets; a sample that has others is spread over the buckets of
// the chunk, or the chunk over those of both.
#ifndef NARTHEX_SERVER_TSDB_HISTOGRAM_LAYOUT_H_
#define NARTHEX_SERVER_TSDB_HISTOGRAM_LAYOUT_H_

#include <cstdint>
#include <vector>

#include "common/status/status.h"
#include "server/storage/histogram.h"
#include "server/tsdb/bit_reader.h"
#include "server/tsdb/bit_writer.h"

namespace narthex::tsdb {

using BucketSpans = std::vector<storage::BucketSpan>;
// The indexes of the buckets that spans list, ascending.
using BucketIndexes = std::vector<int64_t>;

// Of those that are on disk: finer ones than storage has are of a later version.
bool IsKnownSchema(int64_t schema);

struct HistogramLayout {
  int32_t schema = 0;
  double zero_threshold = 0;
  BucketSpans positive_spans;
  BucketSpans negative_spans;
  std::vector<double> custom_bounds;  // of custom buckets only
};

HistogramLayout LayoutOf(const storage::Histogram& histogram);

// As a chunk has it behind its header:
//   zero threshold  0 as byte 0; a power of two from 2^-243 to 2^10 as a byte, its exponent + 244;
//                   else byte 255 and 64 bits
//   schema          varbit
//   spans           of positive buckets, then of negative ones: their number as varbit, per span
//                   length as unsigned varbit and offset as varbit
//   bounds          of custom buckets only: their number, and per bound a thousand times the bound
//                   and one as unsigned varbit where that is whole and at most 33554431, else a 0
//                   bit and 64 bits
void WriteLayout(BitWriter& out, const HistogramLayout& layout);

// kCorruption for what cannot be: an unknown schema, more buckets than bits follow.
Status ReadLayout(BitReader& in, HistogramLayout& layout);

// How many buckets the spans list. 64 bits: a span from outside may claim any length.
uint64_t CountBuckets(const BucketSpans& spans);

BucketIndexes IndexesOf(const BucketSpans& spans);
BucketSpans SpansOf(const BucketIndexes& indexes);

// The indexes that are in either.
BucketIndexes UniteIndexes(const BucketIndexes& a, const BucketIndexes& b);

// The counts of buckets `from`, in buckets `to`, which include them: 0 in the others.
std::vector<double> Spread(const std::vector<double>& counts, const BucketIndexes& from,
                           const BucketIndexes& to);

// Gives the histogram the buckets of the layout, which include its own.
void SpreadOver(const HistogramLayout& layout, storage::Histogram& histogram);

// Whether both count the same in every bucket and alike beside them, to the last bit; buckets
// without counts do not matter.
bool SameObservations(const storage::Histogram& a, const storage::Histogram& b);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_HISTOGRAM_LAYOUT_H_
