#include "server/promql/features.h"

#include <algorithm>

namespace narthex::promql {
namespace {

Status Enable(std::string_view name, EngineOptions& options) {
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
  } else if (name != "promql-duration-expr") {  // which is always on
    return InvalidArgument("feature ", Quote(name), " is not known");
  }
  return {};
}

}  // namespace

Status EnableFeatures(const std::vector<std::string>& lists, EngineOptions& options) {
  for (const std::string& list : lists) {
    for (size_t begin = 0; begin < list.size();) {
      const size_t end = std::min(list.find(',', begin), list.size());
      if (end > begin)
        RETURN_IF_ERROR(Enable(std::string_view(list).substr(begin, end - begin), options));
      begin = end + 1;
    }
  }
  return {};
}

}  // namespace narthex::promql
