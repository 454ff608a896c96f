// libcurl's multi interface on a loop: any number of transfers at once on one thread.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_CURL_MULTI_H_
#define NARTHEX_COMMON_HTTP_CLIENT_CURL_MULTI_H_

#include <curl/curl.h>

#include <functional>

#include "common/io_loop/io_loop.h"

namespace narthex {

// Use on the thread of the loop only.
class CurlMulti {
 public:
  // Tells of a transfer that has ended, in a callback of the loop. Its handle is the multi's until
  // Remove(), which `ended` may call.
  using Ended = std::function<void(CURL* easy, CURLcode code)>;

  // Keeps up to `max_idle_connections` open. The loop is borrowed.
  CurlMulti(IoLoop& loop, long max_idle_connections, Ended ended);
  // After all handles were removed. The loop may have stopped.
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  // The transfer begins in a later turn of the loop.
  void Add(CURL* easy) { curl_multi_add_handle(multi_, easy); }
  // Ends one that is under way.
  void Remove(CURL* easy) { curl_multi_remove_handle(multi_, easy); }

  // From now on libcurl's sockets and times are let be: what is removed now closes its own.
  void BeginClosing() { closing_ = true; }

 private:
  static int OnSocket(CURL* easy, curl_socket_t fd, int what, void* user, void* socket_data);
  static int OnTimer(CURLM* multi, long timeout_ms, void* user);
  void Act(curl_socket_t fd, int mask);

  IoLoop& loop_;
  const Ended ended_;
  CURLM* const multi_;
  bool closing_ = false;
  IoLoop::TimerId timer_{-1, 0};
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_CURL_MULTI_H_
