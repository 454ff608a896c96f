// The records of exemplars and of metadata. See wal_records.h.
#include <array>

#include "server/tsdb/byte_codec.h"
#include "server/tsdb/ref_time.h"
#include "server/tsdb/wal_records.h"

namespace narthex::tsdb {
namespace {

using openmetrics::Type;

constexpr std::string_view kUnitField = "UNIT";
constexpr std::string_view kHelpField = "HELP";

// By their number on disk.
constexpr std::array kTypes = {Type::kUnknown,   Type::kCounter,        Type::kGauge,
                               Type::kHistogram, Type::kGaugeHistogram, Type::kSummary,
                               Type::kInfo,      Type::kStateSet};

char NumberOf(Type type) {
  for (size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i] == type) return static_cast<char>(i);
  }
  return 0;
}

}  // namespace

void EncodeExemplars(std::span<const RefExemplar> exemplars, std::string& out) {
  out += static_cast<char>(RecordType::kExemplars);
  if (exemplars.empty()) return;
  const storage::SeriesRef first_ref = exemplars.front().ref;
  const int64_t first_ms = exemplars.front().exemplar.timestamp_ms.value_or(0);
  PutFixed64(out, first_ref);
  PutFixed64(out, static_cast<uint64_t>(first_ms));
  for (const RefExemplar& one : exemplars) {
    PutZigzag(out, static_cast<int64_t>(one.ref - first_ref));
    PutZigzag(out, one.exemplar.timestamp_ms.value_or(0) - first_ms);
    PutDouble(out, one.exemplar.value);
    PutLabels(out, one.exemplar.labels);
  }
}

Status DecodeExemplars(std::string_view record, std::vector<RefExemplar>& exemplars) {
  ByteReader reader(record.substr(1));
  RefTimeReader next(reader, false);
  while (!reader.AtEnd()) {
    const RefTime at = next.Read();
    RefExemplar one{at.ref, {}};
    one.exemplar.timestamp_ms = at.timestamp_ms;
    one.exemplar.value = reader.Double();
    one.exemplar.labels = ReadLabels(reader);
    if (!reader.failed()) exemplars.push_back(std::move(one));
  }
  return reader.failed() ? Corruption("exemplars record cut short") : Status();
}

void EncodeMetadata(std::span<const RefMetadata> metadata, std::string& out) {
  out += static_cast<char>(RecordType::kMetadata);
  for (const RefMetadata& one : metadata) {
    PutVarint(out, one.ref);
    out += NumberOf(one.metadata.type);
    PutVarint(out, 2);
    PutText(out, kUnitField);
    PutText(out, one.metadata.unit);
    PutText(out, kHelpField);
    PutText(out, one.metadata.help);
  }
}

Status DecodeMetadata(std::string_view record, std::vector<RefMetadata>& metadata) {
  ByteReader reader(record.substr(1));
  while (!reader.AtEnd()) {
    RefMetadata one;
    one.ref = reader.Varint();
    const uint8_t type = reader.Byte();
    one.metadata.type = type < kTypes.size() ? kTypes[type] : Type::kUnknown;
    for (uint64_t fields = reader.Varint(); fields > 0 && !reader.failed(); --fields) {
      const std::string_view name = reader.Text();
      const std::string_view value = reader.Text();
      if (name == kUnitField) one.metadata.unit = value;
      if (name == kHelpField) one.metadata.help = value;
    }
    if (!reader.failed()) metadata.push_back(std::move(one));
  }
  return reader.failed() ? Corruption("metadata record cut short") : Status();
}

}  // namespace narthex::tsdb
