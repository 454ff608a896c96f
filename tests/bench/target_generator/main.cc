// narthex-bench-targets: the load of `./dev bench ingest`, N targets of M series each on loopback.
#include <sys/resource.h>
#include <sys/signalfd.h>

#include <csignal>
#include <cstdio>
#include <iostream>

#include "common/cli/flags.h"
#include "tests/bench/target_generator/target_server.h"

namespace narthex::bench {
namespace {

constexpr int64_t kMaxTargets = 4096;
constexpr int64_t kMaxSeries = 1'000'000;

struct Flags {
  int64_t port_base = 20000;
  int64_t targets = 100;
  int64_t series = 1000;
  int64_t churn = 0;
  int64_t constants = 0;
  bool gzip = false;
};

Status Check(const Flags& flags) {
  const auto within = [](int64_t value, int64_t low, int64_t high) {
    return value >= low && value <= high;
  };
  if (!within(flags.targets, 1, kMaxTargets))
    return InvalidArgument("--targets must be 1 to ", std::to_string(kMaxTargets));
  if (!within(flags.series, 1, kMaxSeries))
    return InvalidArgument("--series must be 1 to ", std::to_string(kMaxSeries));
  if (!within(flags.port_base, 1, 65536 - flags.targets))
    return InvalidArgument("--port-base leaves no room for a port a target");
  if (!within(flags.churn, 0, 100) || !within(flags.constants, 0, 100))
    return InvalidArgument("want a percentage of 0 to 100");
  return {};
}

// Blocked from here on, so that they arrive at the descriptor.
OwnedFd StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return OwnedFd(::signalfd(-1, &signals, SFD_CLOEXEC));
}

void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int Main(int argc, char** argv) {
  Flags values;
  cli::Flags flags("narthex-bench-targets",
                   "Serves generated targets on loopback, one port each, path /metrics.");
  flags.Add("port-base", &values.port_base, "Port of the first target; the others follow it.");
  flags.Add("targets", &values.targets, "Number of targets.");
  flags.Add("series", &values.series, "Series of each target.");
  flags.Add("churn", &values.churn, "Series that get a new label value at each scrape.", "PERCENT");
  flags.Add("constants", &values.constants, "Series whose value never changes.", "PERCENT");
  flags.Add("gzip", &values.gzip, "Compress answers for who takes it.");
  const auto run = flags.Parse(argc, argv);
  if (run.ok() && !*run) return 0;
  Status status = run.ok() ? Check(values) : run.status();
  const OwnedFd stop = StopSignals();
  RaiseDescriptorLimit();
  if (status.ok()) {
    TargetServer server({static_cast<size_t>(values.targets),
                         static_cast<uint16_t>(values.port_base),
                         {static_cast<size_t>(values.series), static_cast<double>(values.churn),
                          static_cast<double>(values.constants)},
                         values.gzip});
    status = server.Listen();
    if (status.ok()) status = server.Run(stop.get());
    const CpuSeconds cpu = ProcessCpu();
    const TargetServerStats& stats = server.stats();
    std::printf("served %llu scrapes, %llu samples, %.1f MB; CPU %.3f s user, %.3f s system\n",
                static_cast<unsigned long long>(stats.scrapes),
                static_cast<unsigned long long>(stats.samples),
                static_cast<double>(stats.body_bytes) / 1e6, cpu.user, cpu.system);
  }
  if (status.ok()) return 0;
  std::cerr << "narthex-bench-targets: " << status.message() << "\n";
  return 1;
}

}  // namespace
}  // namespace narthex::bench

int main(int argc, char** argv) { return narthex::bench::Main(argc, argv); }
