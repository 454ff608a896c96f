// What text is read and written again is read as the same, and written as the same bytes.
#include <cstdint>

#include "common/openmetrics/formats.h"

namespace {

using namespace narthex::openmetrics;

void Check(std::string_view body, Format format, NameScheme names) {
  const auto families = ReadFamilies(body, format, names);
  if (!families.ok()) return;
  std::string once;
  WriteFamilies(*families, {format, Escaping::kAllowUtf8}, once);
  const auto again = ReadFamilies(once, format, names);
  if (!again.ok()) __builtin_trap();
  std::string twice;
  WriteFamilies(*again, {format, Escaping::kAllowUtf8}, twice);
  if (once != twice) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  Check(body, Format::kText, NameScheme::kLegacy);
  Check(body, Format::kText1, NameScheme::kUtf8);
  return 0;
}
