// The storage section: what a reload may change of the database. Fields, defaults and rules follow
// Prometheus 3.14.
#ifndef NARTHEX_SERVER_CONFIG_STORAGE_CONFIG_H_
#define NARTHEX_SERVER_CONFIG_STORAGE_CONFIG_H_

#include <optional>
#include <string>

#include "common/bytes/duration.h"
#include "common/config/bind.h"

namespace narthex::server {

// Stands for the flags where it is there. Zero is no limit.
struct RetentionConfig {
  Duration time{0};
  ByteSize size;
  double percentage = 0;  // of the disk

  void Describe(auto& fields) {
    fields.Optional("time", time);
    fields.Optional("size", size);
    fields.Optional("percentage", percentage);
  }
  Status Validate() const;
};

struct ChunkEncodingConfig {
  std::string floats;  // "xor", "xor2"; empty: as the feature flag says

  void Describe(auto& fields) { fields.Optional("floats", floats); }
  Status Validate() const;
};

struct TsdbConfig {
  Duration out_of_order_time_window{0};          // how late a sample may be
  double stale_series_compaction_threshold = 0;  // part of the series that ended; 0: none
  ChunkEncodingConfig chunk_encoding;
  std::optional<RetentionConfig> retention;

  void Describe(auto& fields) {
    fields.Optional("out_of_order_time_window", out_of_order_time_window);
    fields.Optional("stale_series_compaction_threshold", stale_series_compaction_threshold);
    fields.Optional("chunk_encoding", chunk_encoding);
    fields.Optional("retention", retention);
  }
};

struct ExemplarsConfig {
  int64_t max_exemplars = 100'000;  // 0 or less: none are kept

  void Describe(auto& fields) { fields.Optional("max_exemplars", max_exemplars); }
};

struct StorageConfig {
  TsdbConfig tsdb;
  ExemplarsConfig exemplars;

  void Describe(auto& fields) {
    fields.Optional("tsdb", tsdb);
    fields.Optional("exemplars", exemplars);
  }
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_STORAGE_CONFIG_H_
