// The chunk code at what the database does with it: every sample scraped is appended once, and
// every sample queried is decoded at least once. Items are samples.
#include "server/tsdb/xor_chunk.h"

#include <benchmark/benchmark.h>

#include <random>
#include <vector>

namespace narthex::tsdb {
namespace {

constexpr size_t kSamples = 120;  // of a chunk that the head cuts
constexpr size_t kSeries = 256;   // more than a branch predictor learns by heart
constexpr int64_t kIntervalMs = 15'000;

enum Shape : int64_t {
  kCounters,  // whole numbers with a steady step, scraped on the dot
  kGauges,    // three decimals that wander, timestamps that jitter by a few milliseconds
  kFloats,    // all bits change: seconds summed from nanoseconds
  kMix,       // a third of each
};

storage::SampleColumns SeriesOf(Shape shape, std::mt19937& random) {
  const auto below = [&](int64_t bound) {
    return static_cast<int64_t>(random() % static_cast<uint32_t>(bound));
  };
  if (shape == kMix) shape = static_cast<Shape>(below(3));
  storage::SampleColumns samples;
  int64_t at_ms = 1'700'000'000'000 + below(kIntervalMs);
  int64_t count = below(1'000'000);
  const int64_t step = 1 + below(500);
  for (size_t i = 0; i < kSamples; ++i) {
    at_ms += kIntervalMs + (shape == kCounters || i % 4 != 0 ? 0 : below(7) - 3);
    samples.timestamps_ms.push_back(at_ms);
    count += shape == kCounters ? step : below(9'000'000);
    const auto whole = static_cast<double>(count);
    samples.values.push_back(shape == kCounters ? whole
                             : shape == kGauges ? static_cast<double>(below(100'000)) / 1e3
                                                : whole / 1e9);
  }
  return samples;
}

std::vector<storage::SampleColumns> ManySeries(const benchmark::State& state) {
  std::mt19937 random(1);
  std::vector<storage::SampleColumns> series;
  for (size_t i = 0; i < kSeries; ++i) {
    series.push_back(SeriesOf(static_cast<Shape>(state.range(0)), random));
  }
  return series;
}

ByteBuffer Encoded(const storage::SampleColumns& samples) {
  XorChunkWriter writer;
  for (size_t i = 0; i < samples.size(); ++i) {
    writer.Append(samples.timestamps_ms[i], samples.values[i]);
  }
  return writer.Finish();
}

void Report(benchmark::State& state, size_t bytes) {
  const auto samples = static_cast<int64_t>(kSeries * kSamples);
  state.SetItemsProcessed(state.iterations() * samples);
  state.counters["B/sample"] = static_cast<double>(bytes) / static_cast<double>(samples);
}

// A scrape gives each series one sample: the writers take turns, as in the head.
void BM_XorChunkAppend(benchmark::State& state) {
  const auto series = ManySeries(state);
  size_t bytes = 0;
  for (auto _ : state) {
    std::vector<XorChunkWriter> writers(kSeries);
    for (size_t i = 0; i < kSamples; ++i) {
      for (size_t s = 0; s < kSeries; ++s) {
        writers[s].Append(series[s].timestamps_ms[i], series[s].values[i]);
      }
    }
    bytes = 0;
    for (const XorChunkWriter& writer : writers) bytes += writer.bytes().size();
  }
  Report(state, bytes);
}
BENCHMARK(BM_XorChunkAppend)->ArgName("shape")->DenseRange(kCounters, kMix);

// A query over whole chunks of a series, as of two hours.
void BM_XorChunkDecodeFour(benchmark::State& state) {
  std::vector<ByteBuffer> chunks;
  std::vector<std::string_view> views;
  for (const auto& samples : ManySeries(state)) chunks.push_back(Encoded(samples));
  size_t bytes = 0;
  for (const ByteBuffer& chunk : chunks) {
    views.push_back(chunk.view());
    bytes += chunk.size();
  }
  storage::SampleColumns samples;
  for (auto _ : state) {
    for (size_t i = 0; i < kSeries; i += 4) {
      samples.Clear();
      const Status status = DecodeXorChunks(std::span(views).subspan(i, 4), samples);
      if (!status.ok()) state.SkipWithError("a chunk did not decode");
      benchmark::DoNotOptimize(samples.values.data());
    }
  }
  Report(state, bytes);
}
BENCHMARK(BM_XorChunkDecodeFour)->ArgName("shape")->DenseRange(kCounters, kMix);

// A query over the whole chunk.
void BM_XorChunkDecode(benchmark::State& state) {
  std::vector<ByteBuffer> chunks;
  size_t bytes = 0;
  for (const auto& samples : ManySeries(state)) {
    chunks.push_back(Encoded(samples));
    bytes += chunks.back().size();
  }
  storage::SampleColumns samples;
  for (auto _ : state) {
    for (const ByteBuffer& chunk : chunks) {
      samples.Clear();
      const Status status = DecodeXorChunk(chunk.view(), storage::kMinTime, storage::kMaxTime,
                                           kMaxChunkSamples, samples);
      if (!status.ok()) state.SkipWithError("a chunk did not decode");
      benchmark::DoNotOptimize(samples.values.data());
    }
  }
  Report(state, bytes);
}
BENCHMARK(BM_XorChunkDecode)->ArgName("shape")->DenseRange(kCounters, kMix);

}  // namespace
}  // namespace narthex::tsdb
