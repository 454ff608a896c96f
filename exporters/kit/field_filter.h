// Which of the kernel's many fields a collector shows: one expression, as in
// --collector.vmstat.fields.
#ifndef NARTHEX_EXPORTERS_KIT_FIELD_FILTER_H_
#define NARTHEX_EXPORTERS_KIT_FIELD_FILTER_H_

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/bytes/string_hash.h"
#include "common/cli/flags.h"
#include "common/regex/regex.h"

namespace narthex::exporters {

// A kernel tells the same fields at each scrape, so what the expression said of a field is kept.
class FieldFilter {
 public:
  // The expression is searched for, not anchored, as in the originals.
  FieldFilter(std::string flag, std::string default_expression)
      : flag_(std::move(flag)), text_(std::move(default_expression)) {}

  void AddFlags(cli::Flags& flags) {
    flags.Add(flag_, &text_, "Show the fields that this expression finds.", "REGEX");
  }
  // After parsing. kInvalidArgument: a broken expression.
  Status Prepare() {
    ASSIGN_OR_RETURN(expression_, Regex::Compile(text_).Prefixed("flag --" + flag_));
    return {};
  }

  // Safe from several threads.
  bool Takes(std::string_view field);

 private:
  static constexpr size_t kMaxKept = 4096;

  std::string flag_;
  std::string text_;
  Regex expression_;
  std::mutex mutex_;
  std::unordered_map<std::string, bool, StringHash, std::equal_to<>> kept_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_FIELD_FILTER_H_
