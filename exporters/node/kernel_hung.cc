// Tasks that the kernel's watch found hanging, from /proc/sys/kernel/hung_task_detect_count (since
// Linux 6.13).
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class KernelHungCollector : public Collector {
 public:
  explicit KernelHungCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const double count, ReadNumber(proc_, "sys/kernel/hung_task_detect_count"));
    sink.Counter("node_kernel_hung_tasks_total", "Tasks that hung, found since the boot.", count);
    return {};
  }

 private:
  const Directory& proc_;
};

}  // namespace

std::unique_ptr<Collector> NewKernelHungCollector(const SystemPaths& paths) {
  return std::make_unique<KernelHungCollector>(paths.proc);
}

}  // namespace narthex::exporters
