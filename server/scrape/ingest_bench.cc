// What a scrape costs from its body to the calls of the appender: storage here takes everything and
// keeps nothing.
#include <benchmark/benchmark.h>

#include "server/scrape/dropping_target.h"
#include "server/scrape/ingest.h"

namespace narthex::server {
namespace {

class NullStorage : public storage::Storage {
 public:
  std::unique_ptr<storage::Appender> NewAppender() override {
    return std::make_unique<Taker>(next_ref_);
  }
  std::unique_ptr<storage::Querier> NewQuerier(int64_t, int64_t) const override { return nullptr; }

 private:
  class Taker : public storage::Appender {
   public:
    explicit Taker(storage::SeriesRef& next_ref) : next_ref_(next_ref) {}
    Result<storage::SeriesRef> Append(storage::SeriesRef, const LabelSet&, storage::SampleTime,
                                      double) override {
      return next_ref_++;
    }
    Result<storage::SeriesRef> AppendHistogram(storage::SeriesRef, const LabelSet&,
                                               storage::SampleTime,
                                               const storage::Histogram&) override {
      return next_ref_++;
    }
    Status AppendExemplar(storage::SeriesRef, const openmetrics::Exemplar&) override { return {}; }
    Status UpdateMetadata(storage::SeriesRef, const storage::Metadata&) override { return {}; }
    Status AppendKnown(storage::SeriesRef, storage::SampleTime, double value) override {
      benchmark::DoNotOptimize(value);
      return {};
    }
    Status Commit() override { return {}; }

   private:
    storage::SeriesRef& next_ref_;
  };

  storage::SeriesRef next_ref_ = 1;
};

// 1,000 series in families of 20, every value of its own; one line in a hundred has a label value
// that no other generation has.
std::string Body(int generation) {
  std::string body;
  for (int i = 0; i < 1000; ++i) {
    const std::string name = "app_http_requests_" + std::to_string(i / 20) + "_total";
    if (i % 20 == 0) body += "# HELP " + name + " Requests.\n# TYPE " + name + " counter\n";
    const int pod = i % 100 == 7 ? generation * 1000 + i : i;
    body += name + "{method=\"GET\",handler=\"/api/v1/query\",code=\"200\",pod=\"pod-" +
            std::to_string(pod) + "\"} " + std::to_string(1'000'000 + i * 37 + generation * 13) +
            ".5\n";
  }
  return body;
}

void BM_SteadyScrape(benchmark::State& state) {
  std::vector<std::string> bodies;
  bodies.reserve(64);
  for (int i = 0; i < 64; ++i) bodies.push_back(Body(i));
  NullStorage storage;
  Ingester ingester(storage, DroppingTarget("unwanted_.*"));
  size_t at = 0;
  int64_t bytes = 0;
  for (auto _ : state) {
    const std::string& body = bodies[at++ % bodies.size()];
    IngestCounts counts;
    if (!ingester.Store(body, openmetrics::Format::kText, static_cast<int64_t>(at), counts).ok())
      state.SkipWithError("not stored");
    bytes += static_cast<int64_t>(body.size());
  }
  state.SetBytesProcessed(bytes);
}
BENCHMARK(BM_SteadyScrape);

void BM_FirstScrape(benchmark::State& state) {
  const std::string body = Body(0);
  const auto target = DroppingTarget("unwanted_.*");
  NullStorage storage;
  for (auto _ : state) {
    Ingester ingester(storage, target);
    IngestCounts counts;
    if (!ingester.Store(body, openmetrics::Format::kText, 1, counts).ok())
      state.SkipWithError("not stored");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(body.size()));
}
BENCHMARK(BM_FirstScrape);

}  // namespace
}  // namespace narthex::server
