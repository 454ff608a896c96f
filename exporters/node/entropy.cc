// The kernel's pool of entropy, from /proc/sys/kernel/random, see random(4).
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class EntropyCollector : public Collector {
 public:
  explicit EntropyCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const double available, ReadNumber(proc_, "sys/kernel/random/entropy_avail"));
    ASSIGN_OR_RETURN(const double size, ReadNumber(proc_, "sys/kernel/random/poolsize"));
    sink.Gauge("node_entropy_available_bits", "Entropy in the pool.", available);
    sink.Gauge("node_entropy_pool_size_bits", "Entropy that the pool can hold.", size);
    return {};
  }

 private:
  const Directory& proc_;
};

}  // namespace

std::unique_ptr<Collector> NewEntropyCollector(const SystemPaths& paths) {
  return std::make_unique<EntropyCollector>(paths.proc);
}

}  // namespace narthex::exporters
