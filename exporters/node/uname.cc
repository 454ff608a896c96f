// Kernel and host names, as uname(2) gives them.
#include <sys/utsname.h>

#include <cerrno>

#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

// The field's name depends on feature test macros.
std::string_view DomainName(const utsname& names) {
#ifdef _GNU_SOURCE
  return names.domainname;
#else
  return names.__domainname;
#endif
}

class UnameCollector : public Collector {
 public:
  Status Collect(MetricSink& sink) override {
    utsname names{};
    if (::uname(&names) != 0) return ErrnoStatus("uname", errno);
    sink.Gauge("node_uname_info", "Constant 1, labelled with what uname tells.", 1,
               {{"sysname", names.sysname},
                {"release", names.release},
                {"version", names.version},
                {"machine", names.machine},
                {"nodename", names.nodename},
                {"domainname", DomainName(names)}});
    return {};
  }
};

}  // namespace

std::unique_ptr<Collector> NewUnameCollector(const SystemPaths&) {
  return std::make_unique<UnameCollector>();
}

}  // namespace narthex::exporters
