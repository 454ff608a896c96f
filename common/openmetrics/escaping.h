// Names that are not legacy, for readers that take no others. The schemes are the reference's
// (common/model: EscapeName), so that what one side escapes the other can undo.
#ifndef NARTHEX_COMMON_OPENMETRICS_ESCAPING_H_
#define NARTHEX_COMMON_OPENMETRICS_ESCAPING_H_

#include <string>
#include <string_view>

#include "common/openmetrics/format.h"
#include "common/openmetrics/model.h"

namespace narthex::openmetrics {

// The name as `escaping` has it. kDots changes legacy names too, if they have an underscore.
std::string EscapeName(std::string_view name, Escaping escaping);

// Undoes kValues: "U__a_2e_b" becomes "a.b". What is not of that form stays as it is.
std::string UnescapeValues(std::string_view name);

// Whether the family or a label of it has a name that is not legacy.
bool NeedsEscaping(const MetricFamily& family);

// The family with each name that is not legacy escaped. Names that become equal stay so.
MetricFamily Escaped(MetricFamily family, Escaping escaping);

}  // namespace narthex::openmetrics

#endif  // NARTHEX_COMMON_OPENMETRICS_ESCAPING_H_
