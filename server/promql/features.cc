#include "server/promql/features.h"

namespace narthex::promql {

Status EnableFeature(std::string_view name, EngineOptions& options) {
  if (name == "promql-experimental-functions") {
    options.parser.experimental_functions = true;
  } else if (name == "promql-extended-range-selectors") {
    options.parser.extended_range_selectors = true;
  } else if (name == "promql-binop-fill-modifiers") {
    options.parser.fill_modifiers = true;
  } else if (name == "promql-delayed-name-removal") {
    options.features.delayed_name_removal = true;
  } else if (name == "promql-per-step-stats") {
    options.per_step_stats = true;
  } else if (name == "use-start-timestamps") {
    options.features.start_timestamps = true;
  } else if (name == "type-and-unit-labels") {
    options.features.type_and_unit_labels = true;
  } else {
    return InvalidArgument("feature ", Quote(name), " is not known");
  }
  return {};
}

}  // namespace narthex::promql
