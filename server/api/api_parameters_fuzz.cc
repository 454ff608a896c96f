// Times and durations of requests: any text is taken or refused, and what is taken is a time that
// storage can hold.
#include "server/api/parameters.h"
#include "server/api/search_score.h"
#include "server/storage/storage.h"

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto time = narthex::server::ParseTime(text);
  if (time.ok())
    Require(*time >= narthex::storage::kMinTime && *time <= narthex::storage::kMaxTime);
  (void)narthex::server::ParseDurationParameter(text);
  // A term and a text to find it in, at most as long as names are.
  constexpr size_t kMaxText = 256;
  const std::string_view term = text.substr(0, text.find('\n'));
  const std::string_view name = text.substr(std::min(term.size() + 1, text.size()), kMaxText);
  if (term.size() > kMaxText) return 0;
  for (const double score : {narthex::server::SubsequenceScore(term, name),
                             narthex::server::JaroWinklerScore(term, name),
                             narthex::server::SubstringScore(term, name).value_or(0)})
    Require(score >= 0 && score <= 1);
  return 0;
}
