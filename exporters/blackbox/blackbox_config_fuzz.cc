// Configurations: what is taken is shown, and what is shown without secrets is taken again and
// shown the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "exporters/blackbox/module_config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narthex::blackbox;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = ParseBlackboxConfig(text, "fuzz.yml");
  if (!config.ok()) return 0;
  const std::string shown = Show(*config);
  // Secrets are not shown, and what YAML cannot say is not said.
  const bool plain =
      std::string_view(shown).find_first_not_of(
          "\n abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_-{}[],.") ==
      std::string_view::npos;
  if (!plain) return 0;
  const auto again = ParseBlackboxConfig(shown, "shown.yml");
  if (again.ok() && Show(*again) != shown) __builtin_trap();
  return 0;
}
