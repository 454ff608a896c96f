// The model readers and writers at what a pushgateway does for each push: a body of 50 metrics in a
// dozen families, a histogram and a summary among them.
#include "common/openmetrics/formats.h"

#include <benchmark/benchmark.h>

namespace narthex::openmetrics {
namespace {

// A batch job's result: counters and gauges by a label or two, one histogram, one summary.
std::string Body() {
  std::string body;
  for (int family = 0; family < 10; ++family) {
    const std::string name = "backup_files_" + std::to_string(family) + "_total";
    body += "# HELP " + name + " Files that the job handled.\n# TYPE " + name + " counter\n";
    for (int i = 0; i < 4; ++i) {
      body += name + "{volume=\"/srv/data-" + std::to_string(i) + "\",state=\"copied\"} " +
              std::to_string(12345.5 * (i + 1)) + "\n";
    }
  }
  body += "# TYPE backup_file_size_bytes histogram\n";
  for (const char* le : {"1024", "65536", "1.048576e+06", "+Inf"}) {
    body += std::string("backup_file_size_bytes_bucket{le=\"") + le + "\"} 17\n";
  }
  body += "backup_file_size_bytes_sum 1.5e+09\nbackup_file_size_bytes_count 17\n";
  body += "# TYPE backup_duration_seconds summary\nbackup_duration_seconds{quantile=\"0.5\"} 1.5\n";
  body += "backup_duration_seconds_sum 10.5\nbackup_duration_seconds_count 7\n";
  return body;
}

std::vector<MetricFamily> Families() {
  return *ReadFamilies(Body(), Format::kText, NameScheme::kLegacy);
}

std::string BodyIn(Format format) {
  std::string body;
  WriteFamilies(Families(), {format, Escaping::kUnderscores}, body);
  return body;
}

void Report(benchmark::State& state, size_t bytes) {
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes));
  state.SetItemsProcessed(state.iterations());  // pushes
}

void BM_ReadPush(benchmark::State& state, Format format) {
  const std::string body = BodyIn(format);
  for (auto _ : state) {
    const auto families = ReadFamilies(body, format, NameScheme::kLegacy);
    if (!families.ok()) return state.SkipWithError("the body did not read");
    benchmark::DoNotOptimize(families->data());
  }
  Report(state, body.size());
}
BENCHMARK_CAPTURE(BM_ReadPush, text, Format::kText);
BENCHMARK_CAPTURE(BM_ReadPush, openmetrics, Format::kOpenMetrics);
BENCHMARK_CAPTURE(BM_ReadPush, protobuf, Format::kProtobuf);

void BM_WritePush(benchmark::State& state, Format format) {
  const auto families = Families();
  std::string body;
  for (auto _ : state) {
    body.clear();
    WriteFamilies(families, {format, Escaping::kUnderscores}, body);
    benchmark::DoNotOptimize(body.data());
  }
  Report(state, body.size());
}
BENCHMARK_CAPTURE(BM_WritePush, text, Format::kText);
BENCHMARK_CAPTURE(BM_WritePush, openmetrics, Format::kOpenMetrics);
BENCHMARK_CAPTURE(BM_WritePush, protobuf, Format::kProtobuf);

}  // namespace
}  // namespace narthex::openmetrics
