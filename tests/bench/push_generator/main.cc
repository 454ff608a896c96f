// narthex-bench-pushes: the load of `./dev bench push`. Prints one line of JSON.
#include <sys/resource.h>

#include <cstdio>
#include <iostream>

#include "common/cli/flags.h"
#include "tests/bench/push_generator/push_load.h"

namespace narthex::bench {
namespace {

constexpr int64_t kMaxGroups = 1'000'000;
constexpr int64_t kMaxPushes = 10'000'000;
constexpr int64_t kMaxConnections = 256;
constexpr Duration kMaxTime = Duration::Seconds(600);

struct Flags {
  int64_t port = 9091;
  int64_t connections = 8;
  int64_t groups = 1000;
  int64_t metrics = 50;
  int64_t pushes = kMaxPushes;
  int64_t rate = 0;
  Duration time = Duration::Seconds(10);
};

Status Check(const Flags& flags) {
  const auto within = [](int64_t value, int64_t low, int64_t high) {
    return value >= low && value <= high;
  };
  if (!within(flags.port, 1, 65535)) return InvalidArgument("--port must be 1 to 65535");
  if (!within(flags.connections, 1, kMaxConnections) || !within(flags.groups, 1, kMaxGroups) ||
      !within(flags.metrics, 1, 10'000) || !within(flags.pushes, 1, kMaxPushes) ||
      !within(flags.rate, 0, 1'000'000) || flags.time > kMaxTime)
    return InvalidArgument("a number is out of its bounds");
  return {};
}

double CpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void Print(const PushLoadResult& result) {
  const auto quantile = [&](double q) {
    const size_t size = result.latency_ms.size();
    if (size == 0) return 0.0;
    return result
        .latency_ms[std::min(size - 1, static_cast<size_t>(q * static_cast<double>(size)))];
  };
  std::printf(
      "{\"pushes\": %llu, \"refused\": %llu, \"seconds\": %.3f, \"p50_ms\": %.3f, \"p99_ms\": "
      "%.3f, "
      "\"max_ms\": %.3f, \"cpu_seconds\": %.3f}\n",
      static_cast<unsigned long long>(result.pushes),
      static_cast<unsigned long long>(result.refused), result.seconds, quantile(0.5),
      quantile(0.99), quantile(1), CpuSeconds());
}

int Main(int argc, char** argv) {
  Flags values;
  cli::Flags flags("narthex-bench-pushes", "Pushes generated metrics to a gateway on loopback.");
  flags.Add("port", &values.port, "Port of the gateway on 127.0.0.1.");
  flags.Add("connections", &values.connections, "Connections that push at once.");
  flags.Add("groups", &values.groups, "Groups that are pushed to in turn.");
  flags.Add("metrics", &values.metrics, "Metrics of each push.");
  flags.Add("pushes", &values.pushes, "Pushes after which to stop.");
  flags.Add("time", &values.time, "Time after which to stop.");
  flags.Add("rate", &values.rate, "Pushes a second; 0 for as many as are answered.");
  const auto run = flags.Parse(argc, argv);
  if (run.ok() && !*run) return 0;
  Status status = run.ok() ? Check(values) : run.status();
  if (status.ok()) {
    const auto result = RunPushLoad({.port = static_cast<uint16_t>(values.port),
                                     .connections = static_cast<size_t>(values.connections),
                                     .groups = static_cast<size_t>(values.groups),
                                     .metrics = static_cast<size_t>(values.metrics),
                                     .pushes = static_cast<uint64_t>(values.pushes),
                                     .seconds = values.time.seconds(),
                                     .rate = static_cast<double>(values.rate)});
    status = result.status();
    if (result.ok()) Print(*result);
  }
  if (status.ok()) return 0;
  std::cerr << "narthex-bench-pushes: " << status.message() << "\n";
  return 1;
}

}  // namespace
}  // namespace narthex::bench

int main(int argc, char** argv) { return narthex::bench::Main(argc, argv); }
