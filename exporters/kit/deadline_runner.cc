#include "exporters/kit/deadline_runner.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <limits>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <thread>

namespace narthex::exporters {
namespace {

using Time = std::chrono::steady_clock::time_point;

// A day stands for any longer time: the clock's range cannot be left.
Time After(Time begin, Duration duration) {
  constexpr int64_t kDayMs = 86'400'000;
  return begin + std::chrono::milliseconds(std::min(duration.ms, kDayMs));
}

}  // namespace

// What threads share with askers, who may be gone before them; one lock for all of it.
struct DeadlineRunner::Shared {
  explicit Shared(size_t max) : max_threads(max) {}

  const size_t max_threads;
  std::mutex mutex;
  size_t threads = 0;  // idle ones too
  size_t idle = 0;
  bool closed = false;
  std::condition_variable work;                // `waiting` or `closed` changed
  std::deque<std::shared_ptr<Batch>> waiting;  // for idle threads, not more than there are
  std::multiset<std::string> late_keys;        // of late runs that have not come back
};

// One call of Run: its jobs, and how far they are.
struct DeadlineRunner::Batch {
  struct Entry {
    Job job;
    std::optional<JobEnd> end;
    std::optional<Time> begun;
  };

  // Begins another thread on the batch; false where there is none to be had. Gives the lock up
  // meanwhile.
  static bool Start(const std::shared_ptr<Shared>& shared, const std::shared_ptr<Batch>& batch,
                    std::unique_lock<std::mutex>& lock);
  // The life of a thread: batch after batch, and an end after a minute without one.
  static void Serve(const std::shared_ptr<Shared>& shared, std::shared_ptr<Batch> batch);
  void Work(Shared& shared, std::unique_lock<std::mutex>& lock);
  void RunEntry(Shared& shared, std::unique_lock<std::mutex>& lock, Entry& entry);

  // Gives up what is over its deadline and tells when to look again.
  Time Check(Shared& shared, const Limits& limits, Time now);
  bool IsHeldUp(Time now) const;
  void Refuse(JobEnd end);

  std::condition_variable changed;
  std::vector<Entry> entries;
  size_t next = 0;       // the first entry that no thread took
  size_t open = 0;       // entries without an end
  size_t coming = 0;     // threads begun that took no entry yet
  Time deadline;         // of all
  bool can_grow = true;  // no thread was refused yet
};

bool DeadlineRunner::Batch::Start(const std::shared_ptr<Shared>& shared,
                                  const std::shared_ptr<Batch>& batch,
                                  std::unique_lock<std::mutex>& lock) {
  if (shared->idle > shared->waiting.size()) {
    shared->waiting.push_back(batch);
    ++batch->coming;
    lock.unlock();  // on which the thread would have to wait at once
    shared->work.notify_one();
    lock.lock();
    return true;
  }
  if (shared->threads >= shared->max_threads) return false;
  try {
    // The thread keeps no batch that it is done with: its jobs own what they touch.
    std::thread([shared, taken = batch]() mutable { Serve(shared, std::move(taken)); }).detach();
  } catch (const std::system_error&) {
    return false;  // the system has no thread left
  }
  ++shared->threads;
  ++batch->coming;
  return true;
}

void DeadlineRunner::Batch::Serve(const std::shared_ptr<Shared>& shared,
                                  std::shared_ptr<Batch> batch) {
  constexpr std::chrono::minutes kIdle(1);
  std::unique_lock lock(shared->mutex);
  for (;;) {
    batch->Work(*shared, lock);
    batch.reset();
    ++shared->idle;
    shared->work.wait_for(lock, kIdle, [&] { return shared->closed || !shared->waiting.empty(); });
    --shared->idle;
    if (shared->waiting.empty()) break;
    batch = std::move(shared->waiting.front());
    shared->waiting.pop_front();
  }
  --shared->threads;
}

void DeadlineRunner::Batch::Work(Shared& shared, std::unique_lock<std::mutex>& lock) {
  --coming;
  while (next < entries.size()) {
    Entry& entry = entries[next++];
    if (shared.late_keys.contains(entry.job.key)) {
      entry.end = JobEnd::kStuck;
      --open;
      continue;
    }
    RunEntry(shared, lock, entry);
  }
  if (open > 0) return;
  // Without the lock, on which whoever is woken would have to wait at once.
  lock.unlock();
  changed.notify_one();
  lock.lock();
}

void DeadlineRunner::Batch::RunEntry(Shared& shared, std::unique_lock<std::mutex>& lock,
                                     Entry& entry) {
  entry.begun = std::chrono::steady_clock::now();
  lock.unlock();
  entry.job.run();
  lock.lock();
  if (entry.end == JobEnd::kLate) {
    shared.late_keys.erase(shared.late_keys.find(entry.job.key));
    return;
  }
  entry.end = JobEnd::kDone;
  --open;
}

Time DeadlineRunner::Batch::Check(Shared& shared, const Limits& limits, Time now) {
  Time wake = std::min(deadline, After(now, limits.each));  // an entry may begin this moment
  if (next < entries.size() && can_grow) wake = std::min(wake, After(now, kPatience));
  for (size_t i = 0; i < next; ++i) {
    Entry& entry = entries[i];
    if (entry.end || !entry.begun) continue;
    const Time over = std::min(deadline, After(*entry.begun, limits.each));
    if (now >= over) {
      entry.end = JobEnd::kLate;
      shared.late_keys.insert(entry.job.key);
      --open;
      continue;
    }
    wake = std::min(wake, over);
  }
  return wake;
}

// Whether jobs wait for others that all take long.
bool DeadlineRunner::Batch::IsHeldUp(Time now) const {
  if (coming > 0 || next == entries.size() || !can_grow) return false;
  return std::none_of(entries.begin(), entries.begin() + static_cast<ptrdiff_t>(next),
                      [now](const Entry& entry) {
                        return entry.begun && !entry.end && now < After(*entry.begun, kPatience);
                      });
}

void DeadlineRunner::Batch::Refuse(JobEnd end) {
  for (; next < entries.size(); ++next, --open) entries[next].end = end;
}

DeadlineRunner::DeadlineRunner(size_t max_threads)
    : shared_(std::make_shared<Shared>(max_threads)) {}
DeadlineRunner::~DeadlineRunner() {
  const std::lock_guard lock(shared_->mutex);
  shared_->closed = true;
  shared_->work.notify_all();
}

std::vector<JobEnd> DeadlineRunner::Run(std::vector<Job> jobs, const Limits& limits) {
  auto batch = std::make_shared<Batch>();
  batch->open = jobs.size();
  for (Job& job : jobs) batch->entries.push_back({std::move(job), std::nullopt, std::nullopt});
  batch->deadline = After(std::chrono::steady_clock::now(), limits.total);

  Time next_watch = After(std::chrono::steady_clock::now(), kWatchInterval);
  std::unique_lock lock(shared_->mutex);
  if (batch->open > 0 && !Batch::Start(shared_, batch, lock)) batch->Refuse(JobEnd::kRefused);
  while (batch->open > 0) {
    const Time now = std::chrono::steady_clock::now();
    if (limits.watch && now >= next_watch) {
      next_watch = After(now, kWatchInterval);
      lock.unlock();
      limits.watch();
      lock.lock();
    }
    Time wake = batch->Check(*shared_, limits, now);
    if (limits.watch) wake = std::min(wake, next_watch);
    if (now >= batch->deadline) batch->Refuse(JobEnd::kLate);
    if (batch->open == 0) break;
    if (batch->IsHeldUp(now)) {
      batch->can_grow = Batch::Start(shared_, batch, lock);
    } else {
      batch->changed.wait_until(lock, wake);
    }
  }
  std::vector<JobEnd> ends;
  for (const Batch::Entry& entry : batch->entries) ends.push_back(*entry.end);
  return ends;
}

size_t DeadlineRunner::stuck() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->late_keys.size();
}

}  // namespace narthex::exporters
