#include "exporters/node/filefd.h"

#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class FilefdCollector : public Collector {
 public:
  explicit FilefdCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("sys/fs/file-nr"));
    ASSIGN_OR_RETURN(const FileHandles files, ParseFileNr(text));
    sink.Gauge("node_filefd_allocated", "File handles in use.", files.allocated);
    sink.Gauge("node_filefd_maximum", "File handles that there may be.", files.maximum);
    return {};
  }

 private:
  const Directory& proc_;
};

}  // namespace

Result<FileHandles> ParseFileNr(std::string_view text) {
  FieldReader fields(text);
  const auto allocated = fields.NextDouble();
  const auto free = fields.NextDouble();
  const auto maximum = fields.NextDouble();
  if (!allocated || !free || !maximum)
    return Corruption("file-nr: want three numbers, got ", Quote(text));
  return FileHandles{*allocated, *maximum};
}

std::unique_ptr<Collector> NewFilefdCollector(const SystemPaths& paths) {
  return std::make_unique<FilefdCollector>(paths.proc);
}

}  // namespace narthex::exporters
