// Any text is a file of rules or is refused with its place, and duplicates are among what it has.
#include "server/rules/rule_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file =
      narthex::server::ParseRuleFile({reinterpret_cast<const char*>(data), size}, "r");
  if (!file.ok()) {
    if (file.message().substr(0, 2) != "r:") __builtin_trap();
    return 0;
  }
  if (narthex::server::DuplicateRules(*file).size() > file->rule_count()) __builtin_trap();
  return 0;
}
