#include "exporters/blackbox/token_fetcher.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <optional>

namespace narthex::blackbox {
namespace {

// Outlives whichever of the two sides is the first to leave.
struct Answer {
  std::mutex mutex;
  std::condition_variable arrived;
  std::optional<Result<std::string>> value;  // guarded by mutex
};

}  // namespace

TokenFetcher::~TokenFetcher() = default;

Result<std::string> TokenFetcher::Fetch(const std::shared_ptr<OAuth2Tokens>& tokens,
                                        const Deadline& deadline) {
  const auto answer = std::make_shared<Answer>();
  {
    const std::lock_guard lock(mutex_);
    if (!loop_) loop_ = std::make_unique<Loop>(clock_);
    loop_->io.Post([this, loop = loop_.get(), tokens, answer] {
      const auto send = [loop](HttpGet request, const HttpClient::Done& done) {
        loop->client.Get(std::move(request), done);
      };
      tokens->Get(send, clock_.NowMs(), [answer](const Result<std::string>& value) {
        const std::lock_guard answer_lock(answer->mutex);
        answer->value.emplace(value);
        answer->arrived.notify_all();
      });
    });
  }
  std::unique_lock lock(answer->mutex);
  while (!answer->value) {
    RETURN_IF_ERROR(deadline.Check().Prefixed("oauth2"));
    answer->arrived.wait_for(lock,
                             std::chrono::milliseconds(std::max<int64_t>(deadline.SliceMs(), 1)));
  }
  return *answer->value;
}

}  // namespace narthex::blackbox
