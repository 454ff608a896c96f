// A collector reads one source and gives its samples. An exporter lists its collectors in one
// table; the table makes the flags --collector.NAME, --help and the docs.
//
//   constexpr CollectorRow kCollectors[] = {
//       {"arp",     true, NewArpCollector,     "ARP entries per device, from /proc/net/arp."},
//       {"loadavg", true, NewLoadAvgCollector, "Load averages, from /proc/loadavg."},
//   };
#ifndef NARTHEX_EXPORTERS_KIT_COLLECTOR_H_
#define NARTHEX_EXPORTERS_KIT_COLLECTOR_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes/duration.h"
#include "common/cli/flags.h"
#include "common/client/registry.h"
#include "common/fs/files.h"
#include "common/log/logger.h"
#include "exporters/kit/deadline_runner.h"
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

  // Whether the names of its families are chosen by others, and so may be another collector's too.
  // The other's is shown then.
  virtual bool HasForeignNames() const { return false; }
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
  std::function<std::unique_ptr<Collector>(const SystemPaths&)> make;
  std::string_view help;
};

// Which collectors a scrape asks for: indices into the set's enabled ones, ascending.
using CollectorChoice = std::vector<size_t>;

// The collectors of one exporter. Each has a budget of time. One that is over it counts as failed:
// its samples are left out, and while it is still under way it is not begun again.
class CollectorSet {
 public:
  // Makes every collector of the table and declares their flags. `prefix` begins the names of the
  // metrics on collectors: "node".
  CollectorSet(const std::vector<CollectorRow>& table, const SystemPaths& paths, std::string prefix,
               cli::Flags& flags);

  // After parsing: keeps the enabled collectors and prepares them.
  Status Prepare(const cli::Flags& flags);

  // By names as the URL parameters collect[] and exclude[] give them; all when both are empty.
  // kInvalidArgument names a collector that is unknown or off, or says that both were given.
  // Excluding what is not there is no error.
  Result<CollectorChoice> Choose(const std::vector<std::string_view>& collect,
                                 const std::vector<std::string_view>& exclude) const;

  // The time that a scrape's collectors have: --collector.timeout, or less where the scraper says
  // in X-Prometheus-Scrape-Timeout-Seconds that it waits less.
  Duration Budget(std::string_view scrape_timeout_seconds) const;

  // Runs each chosen collector and adds PREFIX_scrape_collector_duration_seconds and _success.
  // What `out` holds already wins over families with foreign names. Safe from several threads.
  void Collect(const CollectorChoice& choice, Duration budget, openmetrics::ExpositionWriter& out,
               const Logger& log);

  // Adds how often collectors were over their budget, and how many runs are under way since.
  // The set must outlive the registry's expositions.
  void AddMetrics(Registry& registry);

  // Whether runs that were given up are still under way. They use the collectors and all that these
  // refer to, so a program may then end by _Exit only.
  bool HasStuckRuns() const { return runner_.stuck() > 0; }

  std::vector<std::string_view> names() const;

 private:
  struct Run;
  struct RunPool;
  struct Entry {
    CollectorRow row;
    bool enabled;
    std::shared_ptr<Collector> collector;
    std::shared_ptr<RunPool> pool;
  };

  static void Report(const Entry& entry, const Run& run, JobEnd end,
                     const std::vector<std::string_view>& left_out, const Logger& log);

  std::string prefix_;
  std::vector<Entry> entries_;
  bool disable_defaults_ = false;
  Duration timeout_ = Duration::Seconds(60);
  DeadlineRunner runner_;
  CounterFamily over_budget_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_COLLECTOR_H_
