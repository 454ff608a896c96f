// SCSI tapes, from /sys/class/scsi_tape/stN/stats; see the kernel's
// Documentation/ABI/testing/sysfs-class-scsi_tape.
#include "common/regex/regex.h"
#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

using openmetrics::Type;

struct TapeFile {
  const char* file;
  const char* name;
  Type type;
  double divisor;  // of the file's unit to the metric's
  const char* help;
};
constexpr TapeFile kFiles[] = {
    {"in_flight", "node_tape_io_now", Type::kGauge, 1, "Requests under way."},
    {"io_ns", "node_tape_io_time_seconds_total", Type::kCounter, 1e9,
     "Time that requests of all kinds took."},
    {"other_cnt", "node_tape_io_others_total", Type::kCounter, 1,
     "Requests other than reads and writes."},
    {"read_byte_cnt", "node_tape_read_bytes_total", Type::kCounter, 1, "Bytes read."},
    {"read_cnt", "node_tape_reads_completed_total", Type::kCounter, 1, "Reads."},
    {"read_ns", "node_tape_read_time_seconds_total", Type::kCounter, 1e9, "Time that reads took."},
    {"resid_cnt", "node_tape_residual_total", Type::kCounter, 1,
     "Reads and writes that moved less than was asked for."},
    {"write_byte_cnt", "node_tape_written_bytes_total", Type::kCounter, 1, "Bytes written."},
    {"write_cnt", "node_tape_writes_completed_total", Type::kCounter, 1, "Writes."},
    {"write_ns", "node_tape_write_time_seconds_total", Type::kCounter, 1e9,
     "Time that writes took."},
};

class TapestatsCollector : public Collector {
 public:
  explicit TapestatsCollector(const Directory& sys) : sys_(sys) {}

  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.tapestats.ignored-devices", &ignored_text_,
              "Leave out tapes that this expression finds.", "REGEX");
  }
  Status Prepare() override {
    ASSIGN_OR_RETURN(
        ignored_,
        Regex::Compile(ignored_text_).Prefixed("flag --collector.tapestats.ignored-devices"));
    return {};
  }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> entries, sys_.List("class/scsi_tape"));
    for (const std::string& entry : entries) {
      // The other entries are modes of the same tapes.
      if (entry.compare(0, 2, "st") != 0 || !ParseUnsigned(std::string_view(entry).substr(2)))
        continue;
      if (!ignored_.FindsIn(entry)) RETURN_IF_ERROR(CollectTape(entry, sink));
    }
    return {};
  }

 private:
  Status CollectTape(const std::string& tape, MetricSink& sink) const {
    for (const TapeFile& file : kFiles) {
      ASSIGN_OR_RETURN(const double value,
                       ReadNumber(sys_, "class/scsi_tape/" + tape + "/stats/" + file.file));
      sink.AnyFamily(file.name, file.type, file.help)
          .Sample({{"device", tape}}, value / file.divisor);
    }
    return {};
  }

  const Directory& sys_;
  std::string ignored_text_ = "^$";
  Regex ignored_;
};

}  // namespace

std::unique_ptr<Collector> NewTapestatsCollector(const SystemPaths& paths) {
  return std::make_unique<TapestatsCollector>(paths.sys);
}

}  // namespace narthex::exporters
