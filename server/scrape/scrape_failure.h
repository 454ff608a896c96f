// Why a scrape failed, as a closed list: for the API, the counters and the series of a target.
#ifndef NARTHEX_SERVER_SCRAPE_SCRAPE_FAILURE_H_
#define NARTHEX_SERVER_SCRAPE_SCRAPE_FAILURE_H_

#include <cstddef>
#include <string_view>

#include "common/http_client/http_client.h"
#include "common/status/status.h"

namespace narthex::server {

enum class ScrapeFailure : unsigned char {
  kNone,
  kSettings,     // credentials or certificates of the job cannot be read
  kDns,          // the target's name is not resolved
  kConnect,      // nobody takes the connection
  kTls,          // handshake or certificate
  kTimeout,      // no whole answer within the scrape timeout
  kProtocol,     // the answer is not HTTP, or is cut
  kRedirects,    // too many of them
  kHttp4xx,      // the answer has such a status
  kHttp5xx,      //
  kHttpStatus,   // any other but 200
  kTooLarge,     // the body exceeds body_size_limit
  kEncoding,     // the body's compression is damaged or unknown
  kContentType,  // the body is no exposition, and no fallback_scrape_protocol is configured
  kParse,        // the body breaks its format
  kDuplicate,    // a sample has a label twice
  kInvalid,      // a sample that cannot be stored: no name, or one that the job does not admit
  kLimit,        // one of the job's limits on samples, labels, buckets or targets
  kStorage,      // the database failed
};
inline constexpr size_t kScrapeFailures = static_cast<size_t>(ScrapeFailure::kStorage) + 1;

// "dns", "http_4xx"; empty for kNone.
std::string_view FailureName(ScrapeFailure failure);

ScrapeFailure FailureOfTransfer(HttpFailure failure);
ScrapeFailure FailureOfHttpStatus(int status);
// Of what Ingester::Store() returned.
ScrapeFailure FailureOfStore(const Status& status);

// A failure with its text for people; ok when `reason` is kNone.
struct ScrapeOutcome {
  ScrapeFailure reason = ScrapeFailure::kNone;
  Status status;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_SCRAPE_FAILURE_H_
