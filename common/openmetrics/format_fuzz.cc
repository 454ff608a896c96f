// Whatever a client accepts, the answer's Content-Type is one that readers take for its format.
#include <cstdint>

#include "common/openmetrics/format.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narthex::openmetrics;
  const std::string_view header(reinterpret_cast<const char*>(data), size);
  (void)FormatOfContentType(header);
  const Exposition exposition = Negotiate(header);
  const std::string type = ContentType(exposition);
  if (FormatOfContentType(type) != exposition.format) __builtin_trap();
  if (Negotiate(type).escaping != exposition.escaping) __builtin_trap();
  return 0;
}
