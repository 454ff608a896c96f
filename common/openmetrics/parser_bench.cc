// The parser at its two uses in a scrape: a body never seen before, with the labels of every line,
// and the steady state, where the scrape cache knows each line's series by its bytes.
#include "common/openmetrics/parser.h"

#include <benchmark/benchmark.h>

#include <cstring>
#include <random>

#include "common/bytes/numbers.h"

namespace narthex::openmetrics {
namespace {

// A service's page of about 1,000 lines: request counters by four labels, a histogram, gauges.
std::string Body(size_t lines) {
  constexpr const char* kMethods[] = {"GET", "POST", "PUT", "DELETE"};
  constexpr const char* kCodes[] = {"200", "201", "404", "500", "503"};
  std::mt19937 random(1);
  std::string body;
  for (size_t i = 0; i < lines; ++i) {
    const std::string pod = "\",pod=\"checkout-7d9c5b6f-" + std::to_string(10000 + i / 20);
    if (i % 20 == 0) {
      body += "# HELP http_requests_" + std::to_string(i / 20) + "_total Requests answered.\n";
      body += "# TYPE http_requests_" + std::to_string(i / 20) + "_total counter\n";
    }
    body += "http_requests_" + std::to_string(i / 20) + "_total{namespace=\"shop" + pod;
    body += std::string("\",method=\"") + kMethods[i % 4] + "\",handler=\"/api/v1/orders\",code=\"";
    body += std::string(kCodes[i % 5]) + "\"} ";
    const auto number = static_cast<double>(static_cast<uint32_t>(random()));
    const double values[] = {number, static_cast<double>(static_cast<uint32_t>(random()) % 100'000),
                             number / 1e9};
    AppendExpositionDouble(body, values[i % 3]);
    body += "\n";
  }
  return body;
}

constexpr size_t kLines = 1000;

void Report(benchmark::State& state, size_t bytes) {
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes));
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kLines));
}

// A target's first scrape: the labels become a LabelSet to look the series up by.
void BM_ParserFirstScrape(benchmark::State& state) {
  const std::string body = Body(kLines);
  for (auto _ : state) {
    ExpositionParser parser(body, Format::kText);
    for (;;) {
      const auto entry = parser.Next();
      if (!entry.ok()) return state.SkipWithError("the body did not parse");
      if (*entry == Entry::kEnd) break;
      if (*entry != Entry::kSample) continue;
      std::vector<Label> labels = **parser.Labels();
      benchmark::DoNotOptimize(LabelSet::From(labels));
    }
  }
  Report(state, body.size());
}
BENCHMARK(BM_ParserFirstScrape);

// Every line through Next() without its labels: what a scrape pays where its cache does not help.
void BM_ParserNext(benchmark::State& state) {
  const std::string body = Body(kLines);
  for (auto _ : state) {
    ExpositionParser parser(body, Format::kText);
    for (;;) {
      const auto entry = parser.Next();
      if (!entry.ok()) return state.SkipWithError("the body did not parse");
      if (*entry == Entry::kEnd) break;
      benchmark::DoNotOptimize(parser.sample().value);
    }
  }
  Report(state, body.size());
}
BENCHMARK(BM_ParserNext);

// The scrapes after it. The comparison stands for the cache's: here of the bytes themselves.
void BM_ParserKnownSeries(benchmark::State& state) {
  const std::string body = Body(kLines);
  std::vector<std::string> known;
  ExpositionParser first(body, Format::kText);
  for (auto entry = first.Next(); entry.ok() && *entry != Entry::kEnd; entry = first.Next()) {
    if (*entry == Entry::kSample) known.emplace_back(first.sample().series);
  }
  for (auto _ : state) {
    ExpositionParser parser(body, Format::kText);
    size_t hits = 0;
    while (hits < known.size()) {
      const std::string& series = known[hits];
      if (parser.rest().substr(0, series.size()) == series && parser.KnownSample(series.size())) {
        benchmark::DoNotOptimize(parser.sample().value);
        ++hits;
      } else if (const auto entry = parser.Next(); !entry.ok() || *entry == Entry::kSample) {
        return state.SkipWithError("a known line was not recognised");
      }
    }
  }
  Report(state, body.size());
}
BENCHMARK(BM_ParserKnownSeries);

}  // namespace
}  // namespace narthex::openmetrics
