// Any bytes are read or refused; what was read and is written again reads the same.
#include "server/tsdb/tombstones.h"

using namespace narthex::tsdb;  // NOLINT(google-build-using-namespace)

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = ParseTombstones({reinterpret_cast<const char*>(data), size});
  if (!read.ok()) return 0;
  const auto again = ParseTombstones(FormatTombstones(*read));
  if (!again.ok() || again->size() != read->size()) __builtin_trap();
  for (const auto& [ref, intervals] : *read) {
    const auto found = again->find(ref);
    if (found == again->end() || found->second.size() != intervals.size()) __builtin_trap();
    for (size_t i = 0; i < intervals.size(); ++i) {
      if (found->second[i].min_time_ms != intervals[i].min_time_ms ||
          found->second[i].max_time_ms != intervals[i].max_time_ms)
        __builtin_trap();
    }
  }
  return 0;
}
