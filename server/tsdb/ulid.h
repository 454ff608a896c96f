// The names of blocks: 26 characters of Crockford's base 32, of which the first ten are the time of
// making and the rest is random, so that they sort by age (github.com/ulid/spec).
#ifndef NARTHEX_SERVER_TSDB_ULID_H_
#define NARTHEX_SERVER_TSDB_ULID_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace narthex::tsdb {

std::string NewUlid(int64_t now_ms);
bool IsUlid(std::string_view text);
// Unix milliseconds at which it was made; `ulid` must be one.
int64_t UlidTimeMs(std::string_view ulid);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_ULID_H_
