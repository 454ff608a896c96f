// A collector reads one source and gives its samples. An exporter lists its collectors in one
// table; the table makes the flags --collector.NAME, --help and the docs.
//
//   constexpr CollectorRow kCollectors[] = {
//       {"arp",     true, NewArpCollector,     "ARP entries per device, from /proc/net/arp."},
//       {"loadavg", true, NewLoadAvgCollector, "Load averages, from /proc/loadavg."},
//   };
#ifndef NARTHEX_EXPORTERS_KIT_COLLECTOR_H_
#define NARTHEX_EXPORTERS_KIT_COLLECTOR_H_

#include <memory>
#include <string_view>
#include <vector>

#include "common/cli/flags.h"
#include "common/clock/clock.h"
#include "common/fs/files.h"
#include "common/log/logger.h"
#include "exporters/kit/metric_sink.h"

namespace narthex::exporters {

class Collector {
 public:
  virtual ~Collector() = default;

  // Declares the collector's own flags; called once, before they are parsed.
  virtual void AddFlags(cli::Flags& flags) { (void)flags; }

  // After parsing: checks and compiles what the flags gave. kInvalidArgument ends the program.
  virtual Status Prepare() { return {}; }

  // Reads and gives samples. Runs on several threads at once. kNoData (or kNotFound): this machine
  // has no such source. Anything else is a failure of this collector alone; what it gave before
  // failing is kept.
  virtual Status Collect(MetricSink& sink) = 0;
};

// The trees that collectors read. Filled by flags; outlives the collectors.
struct SystemPaths {
  Directory proc{"/proc"};
  Directory sys{"/sys"};
  Directory root{"/"};
  Directory udev_data{"/run/udev/data"};
};

struct CollectorRow {
  std::string_view name;
  bool enabled_by_default;
  std::unique_ptr<Collector> (*make)(const SystemPaths&);
  std::string_view help;
};

// The collectors of one exporter.
class CollectorSet {
 public:
  // Makes every collector of the table and declares their flags.
  CollectorSet(const std::vector<CollectorRow>& table, const SystemPaths& paths, cli::Flags& flags);

  // After parsing: keeps the enabled collectors and prepares them.
  Status Prepare();

  // Runs each collector in turn and adds PREFIX_scrape_collector_duration_seconds and _success.
  // Safe from several threads.
  void Collect(MetricSink& sink, const Clock& clock, const Logger& log,
               std::string_view prefix) const;

  std::vector<std::string_view> names() const;

 private:
  struct Entry {
    CollectorRow row;
    bool enabled;
    std::unique_ptr<Collector> collector;
  };

  std::vector<Entry> entries_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_COLLECTOR_H_
