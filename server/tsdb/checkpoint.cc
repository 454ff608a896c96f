#include "server/tsdb/checkpoint.h"

#include "server/tsdb/wal_files.h"

namespace narthex::tsdb {

Status WriteCheckpoint(Files& files, const std::string& directory, uint64_t last,
                       const WalOptions& options, const SampleFilter& keep_sample,
                       const SeriesFilter& keep_series, const Logger& log) {
  ASSIGN_OR_RETURN(const WalLayout layout, ListWal(files, directory));
  ASSIGN_OR_RETURN(const std::vector<SegmentFile> paths,
                   FilesToRead(files, directory, layout, last));
  const std::string target = CheckpointPath(directory, last);
  const std::string temporary = target + ".tmp";
  RETURN_IF_ERROR(files.Remove(temporary));
  ASSIGN_OR_RETURN(auto writer, WalWriter::Open(files, temporary, 0, options));
  RecordFilter filter(keep_sample, keep_series);
  for (const SegmentFile& file : paths) {
    Status written;
    const RecordVisitor copy = [&](std::string_view record) -> Status {
      ASSIGN_OR_RETURN(const std::vector<std::string_view> kept, filter.Kept(record));
      if (!kept.empty()) written = writer->Log(kept);
      return written;
    };
    ASSIGN_OR_RETURN(const SegmentDamage damage, VisitRecords(files, file.path, copy));
    RETURN_IF_ERROR(written);
    if (!damage.finding.ok()) {
      log.Error("log is damaged; the checkpoint goes without the rest of this segment",
                {{"segment", file.path}, {"err", damage.finding}});
    }
  }
  if (const auto rest = filter.Rest(); !rest.empty()) RETURN_IF_ERROR(writer->Log(rest));
  RETURN_IF_ERROR(writer->Sync());
  writer.reset();
  RETURN_IF_ERROR(files.Rename(temporary, target));
  RETURN_IF_ERROR(files.SyncDirectory(directory));
  return RemoveSegmentsBefore(files, directory, last + 1);
}

}  // namespace narthex::tsdb
