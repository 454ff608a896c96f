#include "server/tsdb/record_filter.h"

namespace narthex::tsdb {

Result<std::vector<std::string_view>> RecordFilter::Kept(std::string_view record) {
  const std::vector<std::string_view> whole = {record};
  const std::vector<std::string_view> nothing;
  const auto dropped = [this](const auto& one) { return !Keeps(one); };
  kept_.Clear();
  series_.clear();
  samples_.clear();
  histograms_.clear();
  const RecordType type = RecordTypeOf(record);
  if (type == RecordType::kSeries) {
    RETURN_IF_ERROR(DecodeSeries(record, series_));
    std::erase_if(series_, [&](const RefSeries& one) { return !keep_series_(one.ref); });
    if (!series_.empty()) EncodeSeries(series_, kept_.Add());
    return kept_.views();
  }
  if (IsSamplesRecord(type)) {
    RETURN_IF_ERROR(DecodeSamples(record, samples_));
    std::erase_if(samples_, dropped);
    if (type == RecordType::kSamplesV2) return samples_.empty() ? nothing : whole;
    if (!samples_.empty()) EncodeSamples(samples_, kept_.Add());
    return kept_.views();
  }
  if (IsHistogramsRecord(type)) {
    RETURN_IF_ERROR(DecodeHistograms(record, histograms_));
    std::erase_if(histograms_, dropped);
    const bool with_starts =
        type == RecordType::kHistogramsV2 || type == RecordType::kFloatHistogramsV2;
    if (with_starts) return histograms_.empty() ? nothing : whole;
    EncodeHistograms(histograms_, kept_);
    return kept_.views();
  }
  return whole;
}

}  // namespace narthex::tsdb
