// A target that changes its body from scrape to scrape stores what a target without memory stores:
// the cache changes no sample. The input is cut at 0x00 bytes into the bodies of successive
// scrapes.
#include "server/scrape/dropping_target.h"
#include "server/scrape/ingest.h"
#include "server/scrape/recording_storage.h"

using namespace narthex;          // NOLINT(google-build-using-namespace)
using namespace narthex::server;  // NOLINT(google-build-using-namespace)

namespace {

// The samples of the body, without the markers of ended series, which need the memory, and without
// the report, whose count of new series does.
std::vector<std::string> Samples(const RecordingStorage& storage) {
  std::vector<std::string> lines = storage.Lines();
  std::erase_if(lines,
                [](const std::string& line) { return line.find(" stale@") != std::string::npos; });
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto target = DroppingTarget("d.*");
  // A marker must not keep a later line's older sample out of the one storage and not the other.
  RecordingStorage cached_storage(false);
  RecordingStorage plain_storage(false);
  Ingester cached(cached_storage, target);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  for (int64_t time_ms = 1; !rest.empty() && time_ms < 20; ++time_ms) {
    const std::string body(rest.substr(0, rest.find('\0')));
    rest.remove_prefix(std::min(body.size() + 1, rest.size()));
    cached_storage.Forget();
    plain_storage.Forget();
    IngestCounts cached_counts;
    IngestCounts plain_counts;
    const Status cached_status =
        cached.Store(body, openmetrics::Format::kText, time_ms, cached_counts);
    if (cached_status.ok()) (void)cached.Report({.up = true}, time_ms);
    Ingester plain(plain_storage, target);
    const Status plain_status =
        plain.Store(body, openmetrics::Format::kText, time_ms, plain_counts);
    if (plain_status.ok()) (void)plain.Report({.up = true}, time_ms);
    if (cached_status.message() != plain_status.message()) __builtin_trap();
    if (Samples(cached_storage) != Samples(plain_storage)) __builtin_trap();
    if (cached_status.ok() && cached_counts.samples != plain_counts.samples) __builtin_trap();
  }
  return 0;
}
