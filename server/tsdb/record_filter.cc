#include "server/tsdb/record_filter.h"

namespace narthex::tsdb {
namespace {

bool IsKnown(RecordType type) {
  return type == RecordType::kSeries || type == RecordType::kTombstones ||
         type == RecordType::kExemplars || type == RecordType::kMetadata || IsSamplesRecord(type) ||
         IsHistogramsRecord(type);
}

}  // namespace

Result<std::vector<std::string_view>> RecordFilter::Kept(std::string_view record) {
  const RecordType type = RecordTypeOf(record);
  kept_.Clear();
  if (!IsKnown(type)) return std::vector<std::string_view>{record};
  RETURN_IF_ERROR(Filter(type, record));
  return kept_.views();
}

Status RecordFilter::Filter(RecordType type, std::string_view record) {
  const auto dropped = [this](const auto& one) { return !Keeps(one); };
  if (type == RecordType::kSeries) {
    series_.clear();
    RETURN_IF_ERROR(DecodeSeries(record, series_));
    std::erase_if(series_, [&](const RefSeries& one) { return !keep_series_(one.ref); });
    if (!series_.empty()) EncodeSeries(series_, kept_.Add());
  } else if (IsSamplesRecord(type)) {
    samples_.clear();
    RETURN_IF_ERROR(DecodeSamples(record, samples_));
    std::erase_if(samples_, dropped);
    if (!samples_.empty()) EncodeSamples(samples_, kept_.Add());
  } else if (IsHistogramsRecord(type)) {
    histograms_.clear();
    RETURN_IF_ERROR(DecodeHistograms(record, histograms_));
    std::erase_if(histograms_, dropped);
    EncodeHistograms(histograms_, kept_);
  } else if (type == RecordType::kTombstones) {
    tombstones_.clear();
    RETURN_IF_ERROR(DecodeTombstones(record, tombstones_));
    std::erase_if(tombstones_, [&](const RefTombstone& one) {
      return !keep_sample_(one.ref, one.interval.max_time_ms) || !keep_series_(one.ref);
    });
    if (!tombstones_.empty()) EncodeTombstones(tombstones_, kept_.Add());
  } else if (type == RecordType::kExemplars) {
    exemplars_.clear();
    RETURN_IF_ERROR(DecodeExemplars(record, exemplars_));
    std::erase_if(exemplars_, [&](const RefExemplar& one) {
      return !keep_sample_(one.ref, *one.exemplar.timestamp_ms) || !keep_series_(one.ref);
    });
    if (!exemplars_.empty()) EncodeExemplars(exemplars_, kept_.Add());
  } else {
    metadata_.clear();
    RETURN_IF_ERROR(DecodeMetadata(record, metadata_));
    for (RefMetadata& one : metadata_) newest_metadata_[one.ref] = std::move(one.metadata);
  }
  return {};
}

std::vector<std::string_view> RecordFilter::Rest() {
  kept_.Clear();
  metadata_.clear();
  for (auto& [ref, metadata] : newest_metadata_) {
    if (keep_series_(ref)) metadata_.push_back({ref, std::move(metadata)});
  }
  newest_metadata_.clear();
  if (!metadata_.empty()) EncodeMetadata(metadata_, kept_.Add());
  return kept_.views();
}

}  // namespace narthex::tsdb
