// Pushes from several connections for a while, and how long the answers took.
#ifndef NARTHEX_TESTS_BENCH_PUSH_GENERATOR_PUSH_LOAD_H_
#define NARTHEX_TESTS_BENCH_PUSH_GENERATOR_PUSH_LOAD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/status/status.h"

namespace narthex::bench {

struct PushLoadOptions {
  uint16_t port = 0;  // on 127.0.0.1, and nowhere else
  size_t connections = 8;
  size_t groups = 1000;
  size_t metrics = 50;
  uint64_t pushes = 0;  // stop after so many; 0 for no such bound
  double seconds = 10;  // stop then, whatever is left
  double rate = 0;      // pushes a second over all connections; 0: as fast as answers come
};

struct PushLoadResult {
  uint64_t pushes = 0;   // answered 200 or 202
  uint64_t refused = 0;  // answered otherwise
  double seconds = 0;
  std::vector<double> latency_ms;  // sorted; with a rate, from when the push was due
};

// kUnavailable when a connection cannot be made or breaks.
Result<PushLoadResult> RunPushLoad(const PushLoadOptions& options);

}  // namespace narthex::bench

#endif  // NARTHEX_TESTS_BENCH_PUSH_GENERATOR_PUSH_LOAD_H_
