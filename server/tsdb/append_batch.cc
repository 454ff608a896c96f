#include "server/tsdb/append_batch.h"

namespace narthex::tsdb {

SampleKind KindOf(const storage::Histogram& histogram) {
  if (histogram.float_counts)
    return histogram.custom() ? SampleKind::kCustomFloatHistogram : SampleKind::kFloatHistogram;
  return histogram.custom() ? SampleKind::kCustomHistogram : SampleKind::kHistogram;
}

}  // namespace narthex::tsdb
