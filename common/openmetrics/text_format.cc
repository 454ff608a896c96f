#include "common/openmetrics/text_format.h"

namespace narthex::openmetrics {

std::string_view TextTypeName(Type type) {
  switch (type) {
    case Type::kUnknown:
      return "untyped";
    case Type::kInfo:
    case Type::kStateSet:
      return "gauge";
    case Type::kGaugeHistogram:
      return "histogram";
    default:
      return TypeName(type);
  }
}

}  // namespace narthex::openmetrics
