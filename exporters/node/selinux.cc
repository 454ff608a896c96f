// SELinux, from its file system and /etc/selinux/config, see selinux_config(5).
#include "exporters/node/selinux.h"

#include "common/bytes/ignore_case.h"
#include "common/bytes/trim.h"
#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class SelinuxCollector : public Collector {
 public:
  explicit SelinuxCollector(const SystemPaths& paths) : sys_(paths.sys), root_(paths.root) {}

  Status Collect(MetricSink& sink) override {
    const auto enforcing = FindNumber(sys_, "fs/selinux/enforce");
    sink.Gauge("node_selinux_enabled", "1 where SELinux is enabled, else 0.", enforcing ? 1 : 0);
    if (!enforcing) return {};
    const auto config = FindValue(root_, "etc/selinux/config");
    const auto mode = config ? ParseSelinuxConfig(*config) : std::nullopt;
    sink.Gauge("node_selinux_config_mode",
               "Mode that SELinux is to have at boot: 1 enforcing, 0 permissive, -1 disabled.",
               mode.value_or(-1));
    sink.Gauge("node_selinux_current_mode", "Mode of SELinux: 1 enforcing, 0 permissive.",
               *enforcing);
    return {};
  }

 private:
  const Directory& sys_;
  const Directory& root_;
};

}  // namespace

std::optional<int> ParseSelinuxConfig(std::string_view text) {
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    const size_t equals = line->find('=');
    if (equals == std::string_view::npos || TrimBlanks(line->substr(0, equals)) != "SELINUX")
      continue;
    const std::string_view mode = TrimBlanks(line->substr(equals + 1));
    if (EqualIgnoringCase(mode, "enforcing")) return 1;
    if (EqualIgnoringCase(mode, "permissive")) return 0;
    if (EqualIgnoringCase(mode, "disabled")) return -1;
  }
  return std::nullopt;
}

std::unique_ptr<Collector> NewSelinuxCollector(const SystemPaths& paths) {
  return std::make_unique<SelinuxCollector>(paths);
}

}  // namespace narthex::exporters
