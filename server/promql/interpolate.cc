#include "server/promql/interpolate.h"

#include "server/promql/histogram_math.h"

namespace narthex::promql {
namespace {

bool Report(const HistogramMerge& merge, std::string_view operation,
            const InterpolationNotes& notes) {
  if (!merge.compatible) {
    notes.annotations->MixedBucketLayouts(notes.metric, notes.place);
    return false;
  }
  if (merge.reconciled) notes.annotations->BoundsReconciled(operation, notes.place);
  return true;
}

}  // namespace

double Interpolate(FloatPoint before, FloatPoint after, int64_t time_ms, bool counter) {
  const double begin = counter && after.value < before.value ? 0 : before.value;
  return begin + (after.value - begin) * static_cast<double>(time_ms - before.time_ms) /
                     static_cast<double>(after.time_ms - before.time_ms);
}

bool InterpolateHistograms(const HistogramPoint& before, const HistogramPoint& after,
                           int64_t time_ms, bool counter, const InterpolationNotes& notes,
                           storage::Histogram& out) {
  if (time_ms == before.time_ms || time_ms == after.time_ms) {
    out = time_ms == before.time_ms ? *before.histogram : *after.histogram;
    return true;
  }
  // First of all: buckets of another kind would pass for a reset.
  if (before.histogram->custom() != after.histogram->custom())
    return Report({.compatible = false}, "", notes);
  const double fraction = static_cast<double>(time_ms - before.time_ms) /
                          static_cast<double>(after.time_ms - before.time_ms);
  out = *after.histogram;
  if (counter && DetectReset(*after.histogram, *before.histogram)) {
    Multiply(out, fraction);
    return true;
  }
  if (!Report(SubtractFrom(out, *before.histogram), "subtraction", notes)) return false;
  Multiply(out, fraction);
  return Report(AddTo(out, *before.histogram), "addition", notes);
}

}  // namespace narthex::promql
