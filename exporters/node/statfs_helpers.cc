#include "exporters/node/statfs_helpers.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <span>

namespace narthex::exporters {
namespace {

using Time = std::chrono::steady_clock::time_point;

// Memory that helper and exporter share: questions and answers of one batch.
struct Board {
  struct Reply {
    int error;  // errno, or 0
    struct statfs sizes;
  };
  static constexpr size_t kMaxPaths = 512;
  static constexpr size_t kPathBytes = size_t{64} * 1024;

  std::atomic<uint32_t> count;     // of paths
  std::atomic<uint32_t> answered;  // of them, in their order
  std::atomic<bool> leave_rest;    // the helper is to stop after the present path
  Reply replies[kMaxPaths];
  char paths[kPathBytes];  // a NUL behind each
};
static_assert(std::atomic<uint32_t>::is_always_lock_free);

// The life of a helper, between fork and end: a byte comes for each batch, a byte goes back. Only
// what is safe in the child of a process with threads.
[[noreturn]] void Serve(Board& board, int channel) {
  char byte = 0;
  while (::read(channel, &byte, 1) == 1) {
    const char* path = board.paths;
    const uint32_t count = board.count.load(std::memory_order_acquire);
    for (uint32_t i = 0; i < count && !board.leave_rest.load(std::memory_order_acquire); ++i) {
      Board::Reply& reply = board.replies[i];
      do {
        reply.error = ::statfs(path, &reply.sizes) == 0 ? 0 : errno;
      } while (reply.error == EINTR);
      path += std::strlen(path) + 1;
      board.answered.store(i + 1, std::memory_order_release);
    }
    if (::write(channel, &byte, 1) != 1) break;
  }
  ::_exit(0);  // the exporter has gone
}

// In the child: nothing of the exporter's is kept open, and signals act as they do by default.
[[noreturn]] void BecomeHelper(Board& board, int channel) {
  ::prctl(PR_SET_NAME, "narthex-statfs");
  const int nowhere = ::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, fd);
  constexpr int kChannel = STDERR_FILENO + 1;
  if (channel != kChannel) ::dup2(channel, kChannel);
  ::close_range(kChannel + 1, ~0U, 0);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  Serve(board, kChannel);
}

int MillisecondsUntil(Time time) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(time - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 86'400'000));
}

}  // namespace

// The exporter's side of one helper process.
class StatfsHelpers::Helper {
 public:
  // kUnavailable where the system has no process or memory left.
  static Result<std::unique_ptr<Helper>> Start() {
    void* memory =
        ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return ErrnoStatus("memory for a helper", errno);
    int channel[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0) {
      const Status failure = ErrnoStatus("channel to a helper", errno);
      ::munmap(memory, sizeof(Board));
      return failure;
    }
    Board* board = new (memory) Board;
    const pid_t pid = ::fork();
    const int error = errno;
    if (pid == 0) BecomeHelper(*board, channel[1]);
    ::close(channel[1]);
    auto helper = std::unique_ptr<Helper>(new Helper(board, channel[0], pid));
    if (pid < 0) return ErrnoStatus("start a helper", error);
    return helper;
  }

  ~Helper() {
    ::close(channel_);
    ::munmap(board_, sizeof(Board));
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    // One that hangs in statfs ends when the call comes back; init takes it then.
    for (int i = 0; i < 10 && ::waitpid(pid_, nullptr, WNOHANG) == 0; ++i) ::usleep(100);
  }
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;

  // Sends as many of the paths as the board holds, and says how many.
  size_t Send(std::span<const std::string> paths) {
    size_t count = 0;
    size_t used = 0;
    for (; count < std::min(paths.size(), Board::kMaxPaths); ++count) {
      const std::string& path = paths[count];
      if (used + path.size() + 1 > Board::kPathBytes) break;
      std::memcpy(board_->paths + used, path.c_str(), path.size() + 1);
      used += path.size() + 1;
    }
    board_->answered.store(0, std::memory_order_relaxed);
    board_->leave_rest.store(false, std::memory_order_relaxed);
    board_->count.store(static_cast<uint32_t>(count), std::memory_order_release);
    const char byte = 0;
    is_alive_ = ::send(channel_, &byte, 1, MSG_NOSIGNAL) == 1;
    return count;
  }

  enum class State { kBusy, kReady, kEnded };
  // Waits for the end of the batch.
  State Wait(int milliseconds) {
    if (!is_alive_) return State::kEnded;
    pollfd ready{channel_, POLLIN, 0};
    if (::poll(&ready, 1, milliseconds) <= 0) return State::kBusy;
    char byte = 0;
    is_alive_ = ::recv(channel_, &byte, 1, MSG_DONTWAIT) == 1;
    return is_alive_ ? State::kReady : State::kEnded;
  }

  // Waits for it as long as it gets on.
  State WaitWhileItAnswers() {
    for (size_t before = 0;;) {
      const State state = Wait(static_cast<int>(kPatience.ms));
      const size_t now = answered();
      if (state != State::kBusy || now == before) return state;
      before = now;
    }
  }

  size_t answered() const { return board_->answered.load(std::memory_order_acquire); }
  void LeaveRest() { board_->leave_rest.store(true, std::memory_order_release); }

  // Of a path that is answered.
  Result<struct statfs> AnswerOf(size_t i, const std::string& path) const {
    const Board::Reply& reply = board_->replies[i];
    if (reply.error != 0) return ErrnoStatus("statfs " + Quote(path), reply.error);
    return reply.sizes;
  }

 private:
  Helper(Board* board, int channel, pid_t pid) : board_(board), channel_(channel), pid_(pid) {}

  Board* const board_;
  const int channel_;
  const pid_t pid_;
  bool is_alive_ = true;
};

// A helper that is over its patience with one path, whose rest others do.
struct StatfsHelpers::Late {
  std::unique_ptr<Helper> helper;
  size_t in_batch;  // place of the path in the helper's batch
  size_t path;      // and in the call
  Time deadline;
};

// One call of Ask, and how far it is.
struct StatfsHelpers::Call {
  const std::vector<std::string>& paths;
  std::vector<Answer> answers;
  std::vector<std::string> asked;  // those of the paths that are not stuck already
  std::vector<size_t> places;      // of these in `paths`
  size_t done = 0;                 // of these
  std::unique_ptr<Helper> helper;
  bool is_new = false;  // the helper
  std::vector<Late> late;
};

StatfsHelpers::StatfsHelpers() = default;
StatfsHelpers::~StatfsHelpers() = default;

std::vector<StatfsHelpers::Answer> StatfsHelpers::Ask(const std::vector<std::string>& paths,
                                                      Duration timeout) {
  WelcomeBack();
  Call call{paths, std::vector<Answer>(paths.size()), {}, {}, 0, nullptr, false, {}};
  for (size_t i = 0; i < paths.size(); ++i) {
    call.answers[i].is_stuck = IsStuck(paths[i]);
    if (call.answers[i].is_stuck) continue;
    call.places.push_back(i);
    call.asked.push_back(paths[i]);
  }
  while (call.done < call.asked.size()) {
    const Status status = FindHelper(call);
    if (status.ok()) {
      AskBatch(call, timeout);
    } else {
      for (; call.done < call.asked.size(); ++call.done)
        call.answers[call.places[call.done]].sizes = status;
    }
  }
  if (call.helper) GiveBack(std::move(call.helper));
  for (Late& late : call.late) WaitFor(late, call);
  return std::move(call.answers);
}

Status StatfsHelpers::FindHelper(Call& call) {
  if (call.helper) return {};
  call.helper = TakeIdle();
  call.is_new = call.helper == nullptr;
  if (!call.is_new) return {};
  if (stuck() + call.late.size() >= kMaxStuck) return LimitReached("too many mounts hang");
  ASSIGN_OR_RETURN(call.helper, Helper::Start());
  return {};
}

// Asks as far as the helper comes. One that is stopped by a path is left with it.
void StatfsHelpers::AskBatch(Call& call, Duration timeout) {
  Helper& helper = *call.helper;
  const size_t sent = helper.Send(std::span(call.asked).subspan(call.done));
  if (sent == 0) {
    call.answers[call.places[call.done++]].sizes = InvalidArgument("path is too long");
    return;
  }
  const Helper::State state = helper.WaitWhileItAnswers();
  const size_t answered = std::min(helper.answered(), sent);
  for (size_t i = 0; i < answered; ++i, ++call.done)
    call.answers[call.places[call.done]].sizes = helper.AnswerOf(i, call.asked[call.done]);
  if (state == Helper::State::kReady) return;
  if (state == Helper::State::kBusy && answered < sent) {
    helper.LeaveRest();
    const std::chrono::milliseconds wait(std::max<int64_t>(timeout.ms - kPatience.ms, 0));
    call.late.push_back({std::move(call.helper), answered, call.places[call.done++],
                         std::chrono::steady_clock::now() + wait});
  } else if (answered < sent && (call.is_new || answered > 0)) {
    call.answers[call.places[call.done++]].sizes = EndedEarly();
  }  // else one that had ended while it was idle: another is asked
  call.helper.reset();
}

void StatfsHelpers::WaitFor(Late& late, Call& call) {
  Answer& answer = call.answers[late.path];
  const Helper::State state = late.helper->Wait(MillisecondsUntil(late.deadline));
  const bool is_answered = late.helper->answered() > late.in_batch;
  if (is_answered) {
    answer.sizes = late.helper->AnswerOf(late.in_batch, call.paths[late.path]);
  } else if (state == Helper::State::kEnded) {
    answer.sizes = EndedEarly();
  }
  if (state == Helper::State::kReady) GiveBack(std::move(late.helper));
  // One that went on to a next path before it was told not to is stuck there, as is another.
  if (state != Helper::State::kBusy || is_answered) return;
  answer.is_stuck = true;
  const std::lock_guard lock(mutex_);
  stuck_[call.paths[late.path]] = std::move(late.helper);
}

Status StatfsHelpers::EndedEarly() { return Unavailable("helper: ended while it asked"); }

// Takes back the helpers whose calls have come back after all.
void StatfsHelpers::WelcomeBack() {
  std::vector<std::unique_ptr<Helper>> back;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = stuck_.begin(); at != stuck_.end();) {
      const Helper::State state = at->second->Wait(0);
      if (state == Helper::State::kBusy) {
        ++at;
        continue;
      }
      if (state == Helper::State::kReady) back.push_back(std::move(at->second));
      at = stuck_.erase(at);
    }
  }
  for (auto& helper : back) GiveBack(std::move(helper));
}

bool StatfsHelpers::IsStuck(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  return stuck_.contains(path);
}

size_t StatfsHelpers::stuck() const {
  const std::lock_guard lock(mutex_);
  return stuck_.size();
}

std::unique_ptr<StatfsHelpers::Helper> StatfsHelpers::TakeIdle() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return nullptr;
  auto helper = std::move(idle_.back());
  idle_.pop_back();
  return helper;
}

void StatfsHelpers::GiveBack(std::unique_ptr<Helper> helper) {
  constexpr size_t kMaxIdle = 1;  // scrapes seldom overlap
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdle) idle_.push_back(std::move(helper));
}

}  // namespace narthex::exporters
