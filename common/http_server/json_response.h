// An API answer in JSON, sent in pieces when it grows large, so that its size costs no memory.
#ifndef NARTHEX_COMMON_HTTP_SERVER_JSON_RESPONSE_H_
#define NARTHEX_COMMON_HTTP_SERVER_JSON_RESPONSE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "common/http_server/message.h"
#include "common/labels/label_set.h"

namespace narthex {

// Appends a JSON string; bytes that are no UTF-8 are replaced.
void AppendJsonString(std::string& out, std::string_view text);
// Unix time in seconds, with three decimals where there are milliseconds.
void AppendJsonTime(std::string& out, int64_t time_ms);
// Unix time by RFC 3339 in UTC; 0 as the zero of the reference's clock, which means never.
std::string Rfc3339(int64_t time_ms);
// A sample value, as a string.
void AppendJsonValue(std::string& out, double value);
// The same two into a buffer that has room for kMostJsonTime and kMostJsonValue, of which all may
// be written over; the end of the text is returned.
inline constexpr size_t kMostJsonTime = 40;
inline constexpr size_t kMostJsonValue = 64;
char* PutJsonTime(char* out, int64_t time_ms);
char* PutJsonValue(char* out, double value);
void AppendJsonLabels(std::string& out, const LabelSet& labels);

// Writes {"status":"success","data":…}: append the data to out() and call Flush() between pieces.
class JsonResponse {
 public:
  explicit JsonResponse(HttpResponse& response);

  std::string& out() { return buffer_; }
  // Sends what is there if it is much; false when the client is gone.
  bool Flush();
  // Appends a piece of some size, or sends it without a copy.
  bool Add(std::string_view piece);
  void Finish();

 private:
  HttpResponse& response_;
  std::string buffer_;
  bool begun_ = false;
};

// {"status":"error","errorType":…,"error":…}. `type` is one of the reference's: bad_data,
// execution, timeout, not_found, unavailable, internal.
void SendJsonError(HttpResponse& response, int http_status, std::string_view type,
                   std::string_view message);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_JSON_RESPONSE_H_
