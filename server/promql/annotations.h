// What a query has to tell beside its result: warnings, where the result may mislead, and infos.
// Each names the place in the query that it is about. The texts are those of Prometheus, which
// clients know.
#ifndef NARTHEX_SERVER_PROMQL_ANNOTATIONS_H_
#define NARTHEX_SERVER_PROMQL_ANNOTATIONS_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "server/promql/histogram_quantile.h"

namespace narthex::promql {

// Each text is kept once, whatever number of series and steps gave it. Safe from many threads.
class Annotations {
 public:
  // `offset` is in bytes of the query.
  void Warn(std::string_view text, size_t offset) { Add(true, text, offset); }
  void Info(std::string_view text, size_t offset) { Add(false, text, offset); }

  void MixedFloatsAndHistograms(std::string_view metric, size_t offset);
  void MixedBucketLayouts(std::string_view metric, size_t offset);
  void NotACounter(std::string_view metric, size_t offset);
  void NotAGauge(std::string_view metric, size_t offset);
  void IgnoredInRange(std::string_view metric, size_t offset);
  void IgnoredInAggregation(std::string_view aggregation, size_t offset);
  void InvalidQuantile(double quantile, size_t offset);
  // `operation` is addition, subtraction or aggregation.
  void HintsClash(std::string_view operation, size_t offset);
  void BoundsReconciled(std::string_view operation, size_t offset);
  void StartTimesOverlap(std::string_view metric, size_t offset);
  void ForcedMonotonicity(std::string_view metric, size_t offset, int64_t time_ms,
                          const Monotonicity& monotonicity);

  // With their places, in order of the texts.
  std::vector<std::string> Warnings(std::string_view query) const { return Texts(true, query); }
  std::vector<std::string> Infos(std::string_view query) const { return Texts(false, query); }

 private:
  struct Entry {
    bool warning;
    size_t offset;
    uint64_t occurrences = 1;
    // Of forced monotonicity.
    bool forced = false;
    int64_t first_ms = 0;
    int64_t last_ms = 0;
    Monotonicity monotonicity;
  };

  Entry& Add(bool warning, std::string_view text, size_t offset);
  std::vector<std::string> Texts(bool warnings, std::string_view query) const;

  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

// " for metric name "x"", nothing for an empty name.
std::string ForMetric(std::string_view metric);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_ANNOTATIONS_H_
