#include "exporters/container/unix_http.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "common/bytes/trim.h"

namespace narthex::exporters {
namespace {

using Easy = std::unique_ptr<CURL, void (*)(CURL*)>;
using HeaderList = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

size_t TakeBody(const char* bytes, size_t size, size_t count, void* user) {
  auto& reply = *static_cast<UnixReply*>(user);
  if (reply.body.size() + size * count > kMaxUnixReplyBytes) return 0;  // ends the transfer
  reply.body.append(bytes, size * count);
  return size * count;
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

size_t TakeHeader(const char* bytes, size_t size, size_t count, void* user) {
  constexpr size_t kMaxHeaders = 200;
  auto& reply = *static_cast<UnixReply*>(user);
  const std::string_view line(bytes, size * count);
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || reply.headers.size() >= kMaxHeaders) return line.size();
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), Lower);
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.back() == '\r' || value.back() == '\n')) value.remove_suffix(1);
  reply.headers[std::move(name)] = TrimBlanks(value);
  return line.size();
}

Status StatusOf(CURLcode code, const std::string& socket) {
  const std::string context = "ask " + Quote(socket) + ": ";
  switch (code) {
    case CURLE_OK:
      return {};
    case CURLE_COULDNT_CONNECT:
      return NotFound(context, "nobody listens");
    case CURLE_OPERATION_TIMEDOUT:
      return Timeout(context, "no answer in time");
    case CURLE_WRITE_ERROR:
      return LimitReached(context, "the answer is too large");
    default:
      return Unavailable(context, curl_easy_strerror(code));
  }
}

void SetUp(CURL* easy, const UnixRequest& request, const HeaderList& headers, UnixReply& reply) {
  curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, request.socket.c_str());
  curl_easy_setopt(easy, CURLOPT_URL, ("http://localhost" + request.path).c_str());
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // whatever the environment says
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                   static_cast<long>(request.is_http2 ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
                                                      : CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reply);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, TakeHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &reply);
  if (request.body.empty()) return;
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
}

}  // namespace

Result<UnixReply> AskUnixSocket(const UnixRequest& request) {
  const Easy easy(curl_easy_init(), curl_easy_cleanup);
  if (!easy) return Unavailable("ask ", Quote(request.socket), ": no memory for a request");
  HeaderList headers(curl_slist_append(nullptr, "Expect:"), curl_slist_free_all);
  for (const std::string& header : request.headers) {
    curl_slist* longer = curl_slist_append(headers.get(), header.c_str());
    if (longer == nullptr) return Unavailable("ask ", Quote(request.socket), ": no memory");
  }
  UnixReply reply;
  SetUp(easy.get(), request, headers, reply);
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      request.deadline - std::chrono::steady_clock::now());
  if (left.count() <= 0) return StatusOf(CURLE_OPERATION_TIMEDOUT, request.socket);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  RETURN_IF_ERROR(StatusOf(curl_easy_perform(easy.get()), request.socket));
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  reply.http_status = static_cast<int>(status);
  return reply;
}

}  // namespace narthex::exporters
