// Any text as prometheus.yml is read or refused, and what is in force is shown so that it reads
// back as the same.
#include "common/config/tree_diff.h"
#include "common/config/unbind.h"
#include "server/config/config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narthex;  // NOLINT(google-build-using-namespace)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Such files would be looked for on this machine.
  if (text.find("scrape_config_files") != std::string_view::npos) return 0;
  const auto config = server::ParseConfig(text, "/p.yml", {.allow_inactive = true});
  if (!config.ok()) return 0;
  const config::Node shown = config::ToNode(*config);
  const auto again = config::ParseYaml(config::ToYaml(shown));
  if (!again.ok() || !config::Differences(shown, *again).empty()) __builtin_trap();
  return 0;
}
