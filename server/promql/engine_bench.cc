// Queries over six hours of samples every 15 s, off the grid of the steps, held in memory: what the
// engine costs without a database below it.
#include <benchmark/benchmark.h>

#include "server/promql/engine.h"
#include "server/promql/parser.h"
#include "server/promql/test_storage.h"

namespace narthex::promql {
namespace {

constexpr int64_t kHourMs = 3'600'000;

// 640 counters: 80 machines with 8 modes each.
const TestStorage& Counters() {
  static const TestStorage* const kStorage = [] {
    auto* storage = new TestStorage;
    for (int i = 0; i < 640; ++i) {
      const LabelSet labels = LabelSet::Of({{"__name__", "x_total"},
                                            {"instance", std::to_string(i / 8)},
                                            {"mode", std::to_string(i % 8)}});
      for (int64_t t = 0; t < 6 * kHourMs; t += 15'000)
        storage->Add(labels, t + i, static_cast<double>(t * (i + 1)) / 1e4);
    }
    return storage;
  }();
  return *kStorage;
}

void BM_RangeQuery(benchmark::State& state, const char* query, int64_t step_ms) {
  const SystemClock clock;
  const Engine engine(Counters(), clock, {}, 2);
  const ExprPtr expr = *Parse(query);
  const Steps steps{kHourMs / 2, step_ms, static_cast<size_t>(5 * kHourMs / step_ms)};
  for (auto _ : state) benchmark::DoNotOptimize(engine.Range(*expr, steps, {})->series.size());
}
BENCHMARK_CAPTURE(BM_RangeQuery, sum_rate_60s, "sum by (mode) (rate(x_total[5m]))", 60'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_RangeQuery, sum_rate_15s, "sum by (mode) (rate(x_total[5m]))", 15'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_RangeQuery, selector_60s, "x_total", 60'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_RangeQuery, topk_60s, "topk(5, sum by (instance) (rate(x_total[5m])))", 60'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_RangeQuery, quantile_over_time_60s, "quantile_over_time(0.95, x_total[10m])",
                  60'000)
    ->Unit(benchmark::kMillisecond);
// Windows slide: these cost about the same whatever their range.
BENCHMARK_CAPTURE(BM_RangeQuery, sum_over_10m, "sum_over_time(x_total[10m])", 60'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_RangeQuery, sum_over_4h, "sum_over_time(x_total[4h])", 60'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_RangeQuery, stddev_over_10m, "stddev_over_time(x_total[10m])", 60'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_RangeQuery, stddev_over_4h, "stddev_over_time(x_total[4h])", 60'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_RangeQuery, predict_10m, "predict_linear(x_total[10m], 3600)", 60'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_RangeQuery, predict_4h, "predict_linear(x_total[4h], 3600)", 60'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_RangeQuery, division_60s,
                  "x_total / on (instance) group_left () sum by (instance) (x_total)", 60'000)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace narthex::promql
