#include "exporters/kit/device_filter.h"

namespace narthex::exporters {

DeviceFilter::DeviceFilter(std::string flag_prefix, std::string what, std::string default_exclude)
    : flag_prefix_(std::move(flag_prefix)),
      what_(std::move(what)),
      default_exclude_(std::move(default_exclude)),
      exclude_text_(default_exclude_) {}

void DeviceFilter::AddFlags(cli::Flags& flags) {
  flags.Add(flag_prefix_ + "-include", &include_text_,
            "Show only " + what_ + " that this expression finds.", "REGEX");
  flags.Add(flag_prefix_ + "-exclude", &exclude_text_,
            "Leave out " + what_ + " that this expression finds.", "REGEX");
}

Status DeviceFilter::Prepare() {
  if (!include_text_.empty() && exclude_text_ == default_exclude_) exclude_text_.clear();
  if (!include_text_.empty() && !exclude_text_.empty()) {
    return InvalidArgument("flags --", flag_prefix_, "-include and --", flag_prefix_,
                           "-exclude exclude each other");
  }
  if (!include_text_.empty()) {
    ASSIGN_OR_RETURN(include_,
                     Regex::Compile(include_text_).Prefixed("flag --" + flag_prefix_ + "-include"));
  }
  if (!exclude_text_.empty()) {
    ASSIGN_OR_RETURN(exclude_,
                     Regex::Compile(exclude_text_).Prefixed("flag --" + flag_prefix_ + "-exclude"));
  }
  return {};
}

bool DeviceFilter::Takes(std::string_view name) const {
  if (include_ && !include_->FindsIn(name)) return false;
  return !exclude_ || !exclude_->FindsIn(name);
}

}  // namespace narthex::exporters
