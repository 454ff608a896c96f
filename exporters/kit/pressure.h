#ifndef NARTHEX_EXPORTERS_KIT_PRESSURE_H_
#define NARTHEX_EXPORTERS_KIT_PRESSURE_H_

#include <optional>
#include <string_view>

#include "common/status/status.h"

namespace narthex::exporters {

// How long tasks waited for a resource, see Documentation/accounting/psi.rst. Unit: microseconds.
struct Pressure {
  std::optional<double> some_us;  // at least one task waited
  std::optional<double> full_us;  // all that could run waited
};

// A file of /proc/pressure:
//   some avg10=0.18 avg60=0.34 avg300=0.10 total=159886802
//   full avg10=0.18 avg60=0.34 avg300=0.10 total=159229614
Result<Pressure> ParsePressure(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_PRESSURE_H_
