// Orders commits and readers.
//
// Isolation: every commit has a number. A reader pins the last number such that all commits up to
// it are complete; what later ones add is hidden from it. Series remember the numbers of their
// newest samples as long as watermark() says that somebody may ask.
//
// Reclamation: what a reader may still look at is not freed but retired, and freed when the readers
// that were open then are gone.
#ifndef NARTHEX_SERVER_TSDB_COMMIT_CLOCK_H_
#define NARTHEX_SERVER_TSDB_COMMIT_CLOCK_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <set>

namespace narthex::tsdb {

using CommitId = uint64_t;

// Safe from many threads.
class CommitClock {
 public:
  // Keeps what it may look at alive, and for a pinning guard commits after pin() hidden.
  class Guard {
   public:
    Guard(CommitClock& clock, bool pins);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

    CommitId pin() const { return pin_; }

   private:
    CommitClock& clock_;
    uint64_t number_;
    CommitId pin_;
  };

  CommitId BeginCommit();
  void EndCommit(CommitId id);

  // The last commit that was begun.
  CommitId last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }
  // No reader, present or future, pins less than this.
  CommitId watermark() const { return watermark_.load(std::memory_order_acquire); }

  // A mark to wait for: whether all guards that were open when it was taken are gone, or all of
  // those that pin nothing, which are writers'.
  uint64_t Mark() const {
    const std::lock_guard lock(mutex_);
    return last_guard_;
  }
  bool HavePassed(uint64_t mark, bool writers_only) const;

  // Frees `garbage` once every guard that is open now is gone.
  void Retire(std::shared_ptr<void> garbage);

 private:
  static constexpr CommitId kNoPin = std::numeric_limits<CommitId>::max();

  CommitId LastCompleteLocked() const {
    return in_progress_.empty() ? last_ : *in_progress_.begin() - 1;
  }
  void UpdateLocked(std::deque<std::shared_ptr<void>>& freed);

  mutable std::mutex mutex_;
  CommitId last_ = 0;
  std::set<CommitId> in_progress_;
  uint64_t last_guard_ = 0;
  std::map<uint64_t, CommitId> guards_;  // number of the guard to its pin
  std::deque<std::pair<uint64_t, std::shared_ptr<void>>> retired_;  // with the newest guard then
  std::atomic<CommitId> watermark_{0};
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_COMMIT_CLOCK_H_
