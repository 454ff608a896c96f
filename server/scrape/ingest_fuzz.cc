// A target that changes its body from scrape to scrape stores what a target without memory stores:
// the cache changes no sample. The first byte chooses the format, the limits, and whether types
// become labels; the rest is cut at 0x00 bytes into the bodies of successive scrapes.
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
  if (size == 0) return 0;
  const unsigned choice = data[0];
  const auto format =
      (choice & 1) != 0 ? openmetrics::Format::kOpenMetrics : openmetrics::Format::kText;
  const IngestOptions options{.start_times = (choice & 2) != 0,
                              .type_and_unit_labels = (choice & 4) != 0};
  ScrapeOptions limits;
  if ((choice & 8) != 0) limits.sample_limit = 3;
  if ((choice & 16) != 0) limits.label_limit = 4;
  if ((choice & 32) != 0) limits.label_name_length_limit = 8;
  if ((choice & 64) != 0) limits.label_value_length_limit = 3;
  const auto target = DroppingTarget("d.*", limits);
  // A marker must not keep a later line's older sample out of the one storage and not the other.
  RecordingStorage cached_storage(false);
  RecordingStorage plain_storage(false);
  Ingester cached(cached_storage, target, options);
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (int64_t time_ms = 1; !rest.empty() && time_ms < 20; ++time_ms) {
    const std::string body(rest.substr(0, rest.find('\0')));
    rest.remove_prefix(std::min(body.size() + 1, rest.size()));
    cached_storage.Forget();
    plain_storage.Forget();
    IngestCounts cached_counts;
    IngestCounts plain_counts;
    const Status cached_status = cached.Store(body, format, time_ms, cached_counts);
    if (!cached_status.ok()) {
      cached_storage.Forget();
      cached.Fail(time_ms);
    }
    (void)cached.Report({.up = cached_status.ok()}, time_ms);
    Ingester plain(plain_storage, target, options);
    const Status plain_status = plain.Store(body, format, time_ms, plain_counts);
    if (!plain_status.ok()) {
      plain_storage.Forget();
      plain.Fail(time_ms);
    }
    (void)plain.Report({.up = plain_status.ok()}, time_ms);
    if (cached_status.message() != plain_status.message()) __builtin_trap();
    if (Samples(cached_storage) != Samples(plain_storage)) __builtin_trap();
    if (cached_status.ok() && cached_counts.samples != plain_counts.samples) __builtin_trap();
  }
  return 0;
}
