// Any text parses or is refused with a place; what parses can be destroyed.
#include "server/promql/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto expr = narthex::promql::Parse({reinterpret_cast<const char*>(data), size},
                                           narthex::promql::ParserOptions::All());
  if (!expr.ok() && expr.message().empty()) __builtin_trap();
  if (expr.ok() && (*expr)->place.end > size) __builtin_trap();
  return 0;
}
