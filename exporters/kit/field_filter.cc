#include "exporters/kit/field_filter.h"

namespace narthex::exporters {

bool FieldFilter::Takes(std::string_view field) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(field);
  if (found != kept_.end()) return found->second;
  const bool takes = expression_.FindsIn(field);
  if (kept_.size() < kMaxKept) kept_.emplace(field, takes);
  return takes;
}

}  // namespace narthex::exporters
