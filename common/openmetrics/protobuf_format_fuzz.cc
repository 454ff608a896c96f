// What protobuf is read and written again is read as the same families, to the last bit; and any
// name that it brings is legacy once escaped.
#include <algorithm>
#include <cstdint>

#include "common/openmetrics/escaping.h"
#include "common/openmetrics/formats.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narthex::openmetrics;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto families = ReadFamilies(body, Format::kProtobuf, NameScheme::kUtf8);
  if (!families.ok()) return 0;
  std::string written;
  WriteFamilies(*families, {Format::kProtobuf, Escaping::kAllowUtf8}, written);
  const auto again = ReadFamilies(written, Format::kProtobuf, NameScheme::kUtf8);
  const bool same = again.ok() && std::equal(families->begin(), families->end(), again->begin(),
                                             again->end(), Same);
  if (!same) __builtin_trap();
  for (const MetricFamily& family : *families) {
    for (const Escaping escaping : {Escaping::kUnderscores, Escaping::kDots, Escaping::kValues}) {
      if (!narthex::IsLegacyMetricName(EscapeName(family.name, escaping))) __builtin_trap();
    }
  }
  return 0;
}
