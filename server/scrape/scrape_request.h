// What a scrape asks its target for, and how it reads what the answer says of itself.
#ifndef NARTHEX_SERVER_SCRAPE_SCRAPE_REQUEST_H_
#define NARTHEX_SERVER_SCRAPE_SCRAPE_REQUEST_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/openmetrics/format.h"
#include "common/status/status.h"
#include "server/config/scrape_options.h"
#include "server/scrape/target.h"

namespace narthex::server {

// The Accept header of these protocols, the first the most wanted, any other format the least. As
// the reference spells it: targets that compare the text see no difference.
std::string AcceptHeader(const std::vector<ScrapeProtocol>& protocols,
                         openmetrics::Escaping escaping);

// "Name: value" of each header.
std::vector<std::string> ScrapeHeaders(const Target& target);

// What a body is read as, by the media type that the answer announces; where there is no known one,
// the job's fallback. kInvalidArgument without either.
Result<openmetrics::Format> FormatOfAnswer(std::string_view content_type, const ScrapeConfig& job);

// The most bytes that a body may have: body_size_limit less one, as the reference refuses a body of
// that size already. Never more than kMaxBodyBytes, whatever the configuration says.
inline constexpr uint64_t kMaxBodyBytes = 256UL << 20;
uint64_t BodyLimit(const ScrapeConfig& job);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_SCRAPE_REQUEST_H_
