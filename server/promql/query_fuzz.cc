// Any text parses or is refused with a place; what parses can be destroyed, and printed as what
// parses again and prints the same.
#include "server/promql/parser.h"
#include "server/promql/printer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using narthex::promql::Parse;
  const auto options = narthex::promql::ParserOptions::All();
  const auto expr = Parse({reinterpret_cast<const char*>(data), size}, options);
  if (!expr.ok() && expr.message().empty()) __builtin_trap();
  if (!expr.ok()) return 0;
  if ((*expr)->place.end > size) __builtin_trap();
  const std::string printed = narthex::promql::Print(**expr);
  const auto again = Parse(printed, options);
  if (!again.ok() || narthex::promql::Print(**again) != printed) __builtin_trap();
  return 0;
}
