// What one pod of the generated load exposes: the families, and in each the series with the kind
// of number that its lines carry. Shaped after what services instrumented with the usual client
// libraries show: request counters by handler and code, a latency histogram, memory, network.
#ifndef NARTHEX_TESTS_BENCH_TARGET_GENERATOR_SERIES_SCHEMA_H_
#define NARTHEX_TESTS_BENCH_TARGET_GENERATOR_SERIES_SCHEMA_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace narthex::bench {

// How a value is spelled and how it moves. A spelling always has the same number of bytes, so that
// a scrape patches digits in place; large counters have the exponent that Go's client writes.
enum class ValueKind : uint8_t {
  kCounter,       // 482913             up by 1-9
  kBucket,        // 482913             up, and never less than the bucket below it
  kLargeCounter,  // 4.829130117e+09    up by 1-65,536
  kSeconds,       // 48291.37           up by 0.01-5.12
  kSum,           // 48291.370912345    up by up to 8.6, in nanoseconds
  kCount,         // 482                anything from 100 to 999
  kRatio,         // 0.4829             anything from 0.1 to 1
  kDuration,      // 0.482913011        anything from 0.1 to 1, in nanoseconds
  kBytes,         // 4.829130752e+09    drifts by multiples of 4,096
};

struct SeriesRow {
  const char* suffix;  // of the name: "_bucket"
  const char* labels;  // beside those of the pod; may be empty
  ValueKind kind;
};

struct FamilyRow {
  const char* name;
  const char* type;
  const char* help;
  std::vector<SeriesRow> series;
};

const std::vector<FamilyRow>& PodSchema();
size_t SeriesPerPod();

}  // namespace narthex::bench

#endif  // NARTHEX_TESTS_BENCH_TARGET_GENERATOR_SERIES_SCHEMA_H_
