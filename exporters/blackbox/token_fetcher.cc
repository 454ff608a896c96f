#include "exporters/blackbox/token_fetcher.h"

#include <optional>

#include "common/io_loop/fibers.h"

namespace narthex::blackbox {
namespace {

// Belongs to the thread of the probe. Outlives whichever of the two sides is the first to leave.
struct Answer {
  FiberEvent arrived;
  std::optional<Result<std::string>> value;
};

}  // namespace

TokenFetcher::~TokenFetcher() = default;

Result<std::string> TokenFetcher::Fetch(const std::shared_ptr<OAuth2Tokens>& tokens,
                                        const Deadline& deadline) {
  const auto answer = std::make_shared<Answer>();
  IoLoop* const probe_loop = FiberLoop();
  {
    const std::lock_guard lock(mutex_);
    if (!loop_) loop_ = std::make_unique<Loop>(clock_);
    loop_->io.Post([this, loop = loop_.get(), tokens, answer, probe_loop] {
      const auto send = [loop](HttpGet request, const HttpClient::Done& done) {
        loop->client.Get(std::move(request), done);
      };
      tokens->Get(send, clock_.NowMs(), [answer, probe_loop](const Result<std::string>& value) {
        probe_loop->Post([answer, value] {
          answer->value.emplace(value);
          answer->arrived.Set();
        });
      });
    });
  }
  while (!answer->arrived.Wait(deadline.SliceMs()))
    RETURN_IF_ERROR(deadline.Check().Prefixed("oauth2"));
  return *answer->value;
}

}  // namespace narthex::blackbox
