// An answer reads the same however its bytes are cut: whole, or in the pieces that the first bytes
// choose.
#include "common/http_client/response_reader.h"

namespace {

struct Outcome {
  std::string message;
  size_t taken = 0;
  bool done = false;
  bool keeps_alive = false;
  int status = 0;
  std::string body;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

template <typename NextSize>
Outcome Read(std::string_view stream, NextSize next_size) {
  narthex::ResponseReader reader(1000);
  Outcome outcome;
  while (!reader.done() && outcome.taken < stream.size()) {
    const auto taken = reader.Take(stream.substr(outcome.taken, next_size()));
    if (!taken.ok()) return {.message = "broken"};  // where it shows depends on the pieces
    outcome.taken += *taken;
  }
  if (!reader.End().ok()) return {.message = "broken"};
  outcome.done = reader.done();
  outcome.keeps_alive = reader.keeps_alive();
  outcome.status = reader.head().status;
  outcome.body = reader.TakeBody();
  if (!outcome.done || outcome.body.size() > 1000) __builtin_trap();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kCuts = 4;
  if (size < kCuts) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + kCuts, size - kCuts);
  size_t cut = 0;
  const Outcome pieces = Read(stream, [&] { return size_t{1} + data[cut++ % kCuts]; });
  if (Read(stream, [&] { return stream.size(); }) != pieces) __builtin_trap();
  return 0;
}
