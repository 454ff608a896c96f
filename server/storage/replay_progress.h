// How far storage is in reading its log at the start.
#ifndef NARTHEX_SERVER_STORAGE_REPLAY_PROGRESS_H_
#define NARTHEX_SERVER_STORAGE_REPLAY_PROGRESS_H_

#include <atomic>
#include <cstdint>

namespace narthex::storage {

// Safe from many threads; one of them tells, others look.
class ReplayProgress {
 public:
  enum class State : uint8_t { kWaiting, kInProgress, kDone };

  // A log begins whose segments have these numbers.
  void Begin(uint64_t first_segment, uint64_t last_segment) {
    first_ = first_segment;
    last_ = last_segment;
    current_ = first_segment;
    state_ = State::kInProgress;
  }
  void Read(uint64_t segment) { current_ = segment; }
  void Finish() { state_ = State::kDone; }

  State state() const { return state_; }
  uint64_t first_segment() const { return first_; }
  uint64_t last_segment() const { return last_; }
  uint64_t current_segment() const { return current_; }  // the newest that was read

 private:
  std::atomic<State> state_{State::kWaiting};
  std::atomic<uint64_t> first_{0};
  std::atomic<uint64_t> last_{0};
  std::atomic<uint64_t> current_{0};
};

}  // namespace narthex::storage

#endif  // NARTHEX_SERVER_STORAGE_REPLAY_PROGRESS_H_
