#include "server/scrape/scrape_failure.h"

#include <iterator>

namespace narthex::server {

std::string_view FailureName(ScrapeFailure failure) {
  constexpr std::string_view kNames[] = {
      "",          "settings",  "dns",      "connect",     "tls",       "timeout",  "protocol",
      "redirects", "http_4xx",  "http_5xx", "http_status", "too_large", "encoding", "content_type",
      "parse",     "duplicate", "invalid",  "limit",       "storage"};
  static_assert(std::size(kNames) == kScrapeFailures);
  return kNames[static_cast<size_t>(failure)];
}

ScrapeFailure FailureOfTransfer(HttpFailure failure) {
  switch (failure) {
    case HttpFailure::kNone:
      return ScrapeFailure::kNone;
    case HttpFailure::kSettings:
      return ScrapeFailure::kSettings;
    case HttpFailure::kResolve:
      return ScrapeFailure::kDns;
    case HttpFailure::kConnect:
      return ScrapeFailure::kConnect;
    case HttpFailure::kTls:
      return ScrapeFailure::kTls;
    case HttpFailure::kTimeout:
      return ScrapeFailure::kTimeout;
    case HttpFailure::kProtocol:
      return ScrapeFailure::kProtocol;
    case HttpFailure::kTooLarge:
      return ScrapeFailure::kTooLarge;
    case HttpFailure::kRedirects:
      return ScrapeFailure::kRedirects;
  }
  return ScrapeFailure::kProtocol;
}

ScrapeFailure FailureOfHttpStatus(int status) {
  if (status == 200) return ScrapeFailure::kNone;
  if (status >= 400 && status < 500) return ScrapeFailure::kHttp4xx;
  if (status >= 500 && status < 600) return ScrapeFailure::kHttp5xx;
  return ScrapeFailure::kHttpStatus;
}

ScrapeFailure FailureOfStore(const Status& status) {
  switch (status.code()) {
    case Code::kOk:
      return ScrapeFailure::kNone;
    case Code::kCorruption:
      return ScrapeFailure::kParse;
    case Code::kDuplicate:
      return ScrapeFailure::kDuplicate;
    case Code::kLimit:
      return ScrapeFailure::kLimit;
    case Code::kInvalidArgument:
      return ScrapeFailure::kInvalid;
    default:
      return ScrapeFailure::kStorage;
  }
}

}  // namespace narthex::server
