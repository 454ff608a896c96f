// The exposition of one generated target, made once and patched in place at each scrape: a scrape
// of 1,000 series costs a few microseconds, a small part of what the servers under test spend on
// it.
//
// A target shows a number of pods, each with the series of PodSchema(). The pod label carries eight
// hexadecimal digits of its own, which churn replaces: all series of that pod end and as many
// begin, as when a deployment is rolled out.
//
// Equal options and target numbers give equal bodies scrape by scrape. Use from one thread.
#ifndef NARTHEX_TESTS_BENCH_TARGET_GENERATOR_TARGET_BODY_H_
#define NARTHEX_TESTS_BENCH_TARGET_GENERATOR_TARGET_BODY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/target_generator/series_schema.h"

namespace narthex::bench {

struct BodyOptions {
  size_t series = 1000;
  double churn_percent = 0;      // of the series get a new label value at each scrape, on average
  double constants_percent = 0;  // of the series never change their value
};

class TargetBody {
 public:
  // `target` is below 4,096: it is a part of the pod labels.
  TargetBody(const BodyOptions& options, size_t target);

  // Moves every value on, and churns. The size of the text stays.
  void Advance();

  std::string_view text() const { return text_; }
  size_t series() const { return series_; }

 private:
  struct Slot {
    uint32_t offset;  // of the value in the text
    ValueKind kind;
    bool constant;
    uint16_t step;    // what sets a histogram's bucket apart from the one below it
    uint64_t digits;  // the value without point and exponent
  };
  struct Pod {
    std::vector<uint32_t> label_offsets;  // of its digits, one a line
    size_t series = 0;
  };

  void AddFamily(const FamilyRow& family, size_t first_row, const BodyOptions& options);
  void AddLine(const FamilyRow& family, const SeriesRow& row, size_t pod);
  void Churn();
  void RelabelPod(Pod& pod);
  uint32_t Random();

  std::string text_;
  std::vector<Slot> slots_;
  std::vector<Pod> pods_;
  size_t series_;
  double churned_per_scrape_;
  double churn_due_ = 0;  // series that churn has not got to yet; a pod goes whole
  size_t next_churned_pod_ = 0;
  uint32_t next_pod_id_;
  uint64_t random_;
};

}  // namespace narthex::bench

#endif  // NARTHEX_TESTS_BENCH_TARGET_GENERATOR_TARGET_BODY_H_
