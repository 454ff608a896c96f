#include "common/http_client/curl_multi.h"

#include <sys/epoll.h>

#include <utility>

namespace narthex {
namespace {

// Before the first multi handle is made, and undone after the last is gone.
CURLM* NewMulti() {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  return curl_multi_init();
}

}  // namespace

CurlMulti::CurlMulti(IoLoop& loop, long max_idle_connections, Ended ended)
    : loop_(loop), ended_(std::move(ended)), multi_(NewMulti()) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, max_idle_connections);
}

CurlMulti::~CurlMulti() {
  BeginClosing();
  curl_multi_cleanup(multi_);
  curl_global_cleanup();
}

int CurlMulti::OnSocket(CURL* /*easy*/, curl_socket_t fd, int what, void* user,
                        void* /*socket_data*/) {
  auto* self = static_cast<CurlMulti*>(user);
  if (self->closing_) return 0;
  if (what == CURL_POLL_REMOVE) {
    self->loop_.Unwatch(fd);
    return 0;
  }
  const uint32_t events =
      ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
  self->loop_.Watch(fd, events, [self, fd](uint32_t ready) {
    const int mask = ((ready & (EPOLLIN | EPOLLHUP)) != 0 ? CURL_CSELECT_IN : 0) |
                     ((ready & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                     ((ready & EPOLLERR) != 0 ? CURL_CSELECT_ERR : 0);
    self->Act(fd, mask);
  });
  return 0;
}

int CurlMulti::OnTimer(CURLM* /*multi*/, long timeout_ms, void* user) {
  auto* self = static_cast<CurlMulti*>(user);
  if (self->closing_) return 0;
  self->loop_.Cancel(self->timer_);
  if (timeout_ms < 0) return 0;
  const int64_t at_ns =
      self->loop_.clock().MonotonicNs() + static_cast<int64_t>(timeout_ms) * 1'000'000;
  self->timer_ = self->loop_.RunAt(at_ns, [self] { self->Act(CURL_SOCKET_TIMEOUT, 0); });
  return 0;
}

void CurlMulti::Act(curl_socket_t fd, int mask) {
  int running = 0;
  curl_multi_socket_action(multi_, fd, mask, &running);
  int queued = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &queued)) {
    if (message->msg == CURLMSG_DONE) ended_(message->easy_handle, message->data.result);
  }
}

}  // namespace narthex
