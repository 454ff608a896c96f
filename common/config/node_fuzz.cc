// Any text gives a tree or an error.
#include "common/config/node.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto node = narthex::config::ParseYaml({reinterpret_cast<const char*>(data), size});
  if (!node.ok() && node.message().empty()) __builtin_trap();
  return 0;
}
