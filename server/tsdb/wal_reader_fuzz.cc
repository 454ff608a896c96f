// Any segment gives records and an end or an error; any record decodes or fails.
#include "server/tsdb/wal_reader.h"
#include "server/tsdb/wal_records.h"

using namespace narthex::tsdb;  // NOLINT(google-build-using-namespace)

namespace {

// What decodes and is encoded again decodes to as many.
void CheckHistograms(std::string_view record) {
  std::vector<RefHistogram> histograms;
  if (!DecodeHistograms(record, histograms).ok()) return;
  RecordList records;
  EncodeHistograms(histograms, records);
  std::vector<RefHistogram> again;
  for (const std::string_view one : records.views()) {
    if (!DecodeHistograms(one, again).ok()) __builtin_trap();
  }
  if (again.size() != histograms.size()) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  WalReader reader(bytes);
  for (;;) {
    const auto record = reader.Next();
    if (!record.ok() || !*record) break;
    if (reader.good_size() > size) __builtin_trap();
  }
  std::vector<RefSeries> series;
  std::vector<RefSample> samples;
  if (size > 0) {
    (void)DecodeSeries(bytes, series);
    (void)DecodeSamples(bytes, samples);
    CheckHistograms(bytes);
    std::vector<RefExemplar> exemplars;
    (void)DecodeExemplars(bytes, exemplars);
    std::vector<RefMetadata> metadata;
    (void)DecodeMetadata(bytes, metadata);
  }
  return 0;
}
