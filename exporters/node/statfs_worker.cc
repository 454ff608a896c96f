#include "exporters/node/statfs_worker.h"

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

namespace narthex::exporters {
namespace {

// One run over some paths by one thread, which owns a share of it: the asker may leave first.
struct Run {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> paths;
  std::vector<std::optional<Result<struct statfs>>> answers;
  bool abandoned = false;
};

Result<struct statfs> AskOne(const std::string& path) {
  struct statfs answer {};
  while (::statfs(path.c_str(), &answer) != 0) {
    if (errno != EINTR) return ErrnoStatus("statfs " + Quote(path), errno);
  }
  return answer;
}

}  // namespace

struct StatfsWorker::Shared {
  std::mutex mutex;
  std::set<std::string> stuck;

  bool IsStuck(const std::string& path) {
    const std::lock_guard lock(mutex);
    return stuck.contains(path);
  }
  void SetStuck(const std::string& path, bool is_stuck) {
    const std::lock_guard lock(mutex);
    if (is_stuck) {
      stuck.insert(path);
    } else {
      stuck.erase(path);
    }
  }
};

StatfsWorker::StatfsWorker() : shared_(std::make_shared<Shared>()) {}
StatfsWorker::~StatfsWorker() = default;

std::vector<Result<struct statfs>> StatfsWorker::Ask(const std::vector<std::string>& paths,
                                                     Duration timeout) {
  const Status timed_out = Timeout("mountpoint timeout");
  std::vector<Result<struct statfs>> results;
  for (size_t next = 0; next < paths.size();) {
    if (shared_->IsStuck(paths[next])) {
      results.emplace_back(timed_out);
      ++next;
      continue;
    }
    auto run = std::make_shared<Run>();
    run->paths.assign(paths.begin() + static_cast<ptrdiff_t>(next), paths.end());
    run->answers.resize(run->paths.size());
    std::thread([run, shared = shared_] {
      for (size_t i = 0; i < run->paths.size(); ++i) {
        const bool skip = shared->IsStuck(run->paths[i]);
        Result<struct statfs> answer =
            skip ? Result<struct statfs>(Timeout("mountpoint timeout")) : AskOne(run->paths[i]);
        const std::lock_guard lock(run->mutex);
        run->answers[i] = std::move(answer);
        if (run->abandoned) return shared->SetStuck(run->paths[i], false);
        run->changed.notify_one();
      }
    }).detach();
    std::unique_lock lock(run->mutex);
    for (size_t i = 0; i < run->paths.size(); ++i, ++next) {
      const bool answered = run->changed.wait_for(lock, std::chrono::milliseconds(timeout.ms),
                                                  [&] { return run->answers[i].has_value(); });
      if (answered) {
        results.push_back(*run->answers[i]);
        continue;
      }
      // The thread hangs in this path; another goes on with the rest.
      run->abandoned = true;
      shared_->SetStuck(run->paths[i], true);
      results.emplace_back(timed_out);
      ++next;
      break;
    }
  }
  return results;
}

}  // namespace narthex::exporters
