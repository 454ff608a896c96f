// Tokens of OAuth 2.0 for probes: fetched on a loop of its own, which is started when the first
// module wants one.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_TOKEN_FETCHER_H_
#define NARTHEX_EXPORTERS_BLACKBOX_TOKEN_FETCHER_H_

#include <memory>
#include <mutex>
#include <string>

#include "common/http_client/http_client.h"
#include "common/http_client/oauth2_tokens.h"
#include "exporters/blackbox/deadline.h"

namespace narthex::blackbox {

// Safe from many threads; for the tasks of FiberThreads, which outlive it.
class TokenFetcher {
 public:
  explicit TokenFetcher(const Clock& clock) : clock_(clock) {}
  ~TokenFetcher();

  // The value of an Authorization header. kTimeout, kCancelled, or what the token server said.
  Result<std::string> Fetch(const std::shared_ptr<OAuth2Tokens>& tokens, const Deadline& deadline);

 private:
  struct Loop {
    explicit Loop(const Clock& clock) : io(clock), client(io, 4) { io.Start(); }
    ~Loop() { io.Stop(); }

    IoLoop io;
    HttpClient client;
  };

  const Clock& clock_;
  std::mutex mutex_;
  std::unique_ptr<Loop> loop_;  // null before the first Fetch; guarded by mutex_
};

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_TOKEN_FETCHER_H_
