// Runs jobs that may hang, as a read from the server of a network file system that is gone does: in
// a thread that cannot be ended. Whoever asked gets an answer in time, such a thread is left
// behind, and its job is not started again until the old run has come back.
//
//   DeadlineRunner runner;
//   auto answer = std::make_shared<Answer>();  // owned by the job: the asker may leave first
//   const auto ends = runner.Run({{"/mnt", [answer] { answer->Fill(); }}}, {kEach, kTotal});
//   if (ends[0] == JobEnd::kDone) Use(*answer);
//
// One thread runs the jobs of a call in turn. When a job takes longer than kPatience, another
// thread goes on with the rest, so a slow job delays nobody.
#ifndef NARTHEX_EXPORTERS_KIT_DEADLINE_RUNNER_H_
#define NARTHEX_EXPORTERS_KIT_DEADLINE_RUNNER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/bytes/duration.h"

namespace narthex::exporters {

enum class JobEnd : unsigned char {
  kDone,
  kLate,     // still under way at its deadline, or never begun before the last deadline
  kStuck,    // not begun: an earlier run of this key was late and is still under way
  kRefused,  // not begun: all threads are taken
};

// Safe from several threads.
class DeadlineRunner {
 public:
  // Jobs of one key are one as far as hanging goes. `run` must own all that it touches, and must
  // not throw.
  struct Job {
    std::string key;
    std::function<void()> run;
  };
  struct Limits {
    Duration each;   // from the start of each job
    Duration total;  // from the start of the call
    // Called every kWatchInterval while the call waits, on its thread: to see whether the answer is
    // still wanted, say.
    std::function<void()> watch = nullptr;
  };

  static constexpr Duration kPatience{50};
  static constexpr Duration kWatchInterval{100};

  explicit DeadlineRunner(size_t max_threads = 128);
  ~DeadlineRunner();  // waits for nobody: late threads end when they come back
  DeadlineRunner(const DeadlineRunner&) = delete;
  DeadlineRunner& operator=(const DeadlineRunner&) = delete;

  // How each job ended, in their order. Only what a job that is kDone wrote may be read.
  std::vector<JobEnd> Run(std::vector<Job> jobs, const Limits& limits);

  // Late runs that have not come back; each holds a thread.
  size_t stuck() const;

 private:
  struct Shared;
  struct Batch;

  std::shared_ptr<Shared> shared_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_DEADLINE_RUNNER_H_
