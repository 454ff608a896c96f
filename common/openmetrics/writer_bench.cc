// The writer at what an exporter does for each scrape: a page like the node exporter's on a machine
// of 16 cores, about 1,000 lines in 120 families, into buffers kept from the scrape before.
#include "common/openmetrics/writer.h"

#include <benchmark/benchmark.h>

#include <array>

namespace narthex::openmetrics {
namespace {

constexpr size_t kCpus = 16;
constexpr std::array<std::string_view, 8> kModes = {"idle",    "iowait", "irq",    "nice",
                                                    "softirq", "steal",  "system", "user"};
constexpr size_t kDevices = 8;
constexpr size_t kDeviceFamilies = 80;
constexpr size_t kPlainFamilies = 40;

struct Names {
  std::array<std::string, kCpus> cpus;
  std::array<std::string, kDevices> devices;
  std::array<std::string, kDeviceFamilies> device_families;
  std::array<std::string, kPlainFamilies> plain_families;
};

Names MakeNames() {
  Names names;
  for (size_t i = 0; i < kCpus; ++i) names.cpus[i] = std::to_string(i);
  for (size_t i = 0; i < kDevices; ++i) names.devices[i] = "nvme" + std::to_string(i) + "n1";
  for (size_t i = 0; i < kDeviceFamilies; ++i) {
    names.device_families[i] = "node_disk_statistic_" + std::to_string(i) + "_total";
  }
  for (size_t i = 0; i < kPlainFamilies; ++i) {
    names.plain_families[i] = "node_memory_Statistic" + std::to_string(i) + "_bytes";
  }
  return names;
}

void Collect(const Names& names, double seed, ExpositionWriter& writer) {
  Family& cpu =
      writer.Add("node_cpu_seconds_total", Type::kCounter, "Seconds the CPUs spent in each mode.");
  for (const std::string& core : names.cpus) {
    for (const std::string_view mode : kModes) {
      cpu.Sample({{"cpu", core}, {"mode", mode}}, seed += 817.37);
    }
  }
  for (const std::string& name : names.device_families) {
    Family& family = writer.Add(name, Type::kCounter, "What the kernel counts for each device.");
    for (const std::string& device : names.devices)
      family.Sample({{"device", device}}, seed += 1024);
  }
  for (const std::string& name : names.plain_families) {
    writer.Add(name, Type::kGauge, "Memory information field.").Sample({}, seed += 4096);
  }
}

void BM_WriterNodePage(benchmark::State& state) {
  const Names names = MakeNames();
  ExpositionWriter writer(state.range(0) == 0 ? Format::kText : Format::kOpenMetrics);
  std::string page;
  double seed = 12345.67;
  size_t samples = 0;
  for (auto _ : state) {
    writer.Reset();
    page.clear();
    Collect(names, seed += 1.01, writer);
    samples = writer.sample_count();
    writer.Finish(page);
    benchmark::DoNotOptimize(page.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(page.size()));
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(samples));
}
BENCHMARK(BM_WriterNodePage)->ArgName("openmetrics")->Arg(0)->Arg(1);

}  // namespace
}  // namespace narthex::openmetrics
