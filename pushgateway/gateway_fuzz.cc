// No sequence of pushes can make the page of metrics invalid, in any format and escaping; and what
// a restart would read from the snapshot is the same page again.
#include <cstdio>

#include "pushgateway/persistence.h"
#include "pushgateway/testing/page_checker.h"

namespace {

using namespace narthex::pushgateway;

void Require(bool condition, const std::string& what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what.c_str());
  __builtin_trap();
}

void CheckRestart(const TestGateway& gateway) {
  std::string frames(kLogMagic);
  gateway.store.AppendSnapshot(frames, [] {});
  RecoveredGroups recovered;
  const auto read = ReadFrames(frames, [&](std::string_view record) {
    Require(recovered.Take(record).ok(), "a record of the snapshot cannot be read");
  });
  Require(read.ok() && *read == frames.size(), "the snapshot cannot be read");
  TestGateway restarted;
  const narthex::Logger log(narthex::LogOptions{}, &restarted.log);
  recovered.RestoreInto(restarted.store, log);
  Require(restarted.Samples() == gateway.Samples(), "after a restart the page differs");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Choices choices(std::string_view(reinterpret_cast<const char*>(data), size));
  TestGateway gateway;
  while (!choices.done()) {
    const RandomRequest request = MakeRequest(choices);
    // More than once, so that the shape is learnt.
    for (size_t times = 1 + choices.Below(3); times > 0; --times) {
      gateway.Ask(request.method, "/metrics/" + request.path, request.body);
    }
  }
  const std::string fault = FindFault(gateway, size > 0 ? data[size - 1] : 0);
  Require(fault.empty(), fault);
  CheckRestart(gateway);
  return 0;
}
