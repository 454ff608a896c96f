// Which of many devices, mounts or units a collector shows: one include or one exclude expression.
#ifndef NARTHEX_EXPORTERS_KIT_DEVICE_FILTER_H_
#define NARTHEX_EXPORTERS_KIT_DEVICE_FILTER_H_

#include <optional>
#include <string>
#include <string_view>

#include "common/cli/flags.h"
#include "common/regex/regex.h"

namespace narthex::exporters {

class DeviceFilter {
 public:
  // Flags --PREFIX-include and --PREFIX-exclude. As in the original, expressions are searched for
  // (not anchored), and an include given alone displaces the default exclude.
  DeviceFilter(std::string flag_prefix, std::string what, std::string default_exclude = "");

  void AddFlags(cli::Flags& flags);
  // After parsing. kInvalidArgument: a broken expression, or both flags given.
  Status Prepare();

  bool Takes(std::string_view name) const;

 private:
  std::string flag_prefix_;
  std::string what_;
  std::string default_exclude_;
  std::string include_text_;
  std::string exclude_text_;
  std::optional<Regex> include_;
  std::optional<Regex> exclude_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_DEVICE_FILTER_H_
