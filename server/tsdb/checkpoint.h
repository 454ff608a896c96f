// Replaces the older part of a log by what of it is still alive.
#ifndef NARTHEX_SERVER_TSDB_CHECKPOINT_H_
#define NARTHEX_SERVER_TSDB_CHECKPOINT_H_

#include <cstdint>
#include <string>

#include "common/fs/file_layer.h"
#include "common/log/logger.h"
#include "server/tsdb/record_filter.h"
#include "server/tsdb/wal_writer.h"

namespace narthex::tsdb {

// Writes checkpoint.`last` from the log up to that segment, keeping the series and samples for
// which the functions say so and records of unknown types, and removes what it replaces. Damage is
// logged and passed over, as replay does.
Status WriteCheckpoint(Files& files, const std::string& directory, uint64_t last,
                       const WalOptions& options, const SampleFilter& keep_sample,
                       const SeriesFilter& keep_series, const Logger& log);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_CHECKPOINT_H_
